/* ICE: connectivity checks (RFC 8445, RFC 8489). */
#include "whepload.h"

#include <openssl/hmac.h>
#include <string.h>
#include <sys/socket.h>

static uint32_t crc32b(const uint8_t *p, size_t n)
{
	static uint32_t T[256];
	if (!T[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;
			for (int k = 0; k < 8; k++)
				c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
			T[i] = c;
		}
	uint32_t c = ~0u;
	while (n--)
		c = T[(c ^ *p++) & 255] ^ c >> 8;
	return ~c;
}
void w16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
void w32(uint8_t *p, uint32_t v)
{
	w16(p, v >> 16);
	w16(p + 2, v & 0xffff);
}
uint32_t r32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static size_t stun_end(uint8_t *b, size_t n, const char *pw)
{
	unsigned l = 20;
	w16(b + 2, (unsigned)n - 20 + 24);
	w16(b + n, 8);
	w16(b + n + 2, 20);
	HMAC(EVP_sha1(), pw, (int)strlen(pw), b, n, b + n + 4, &l);
	n += 24;
	w16(b + 2, (unsigned)n - 20 + 8);
	uint32_t c = crc32b(b, n) ^ 0x5354554e;
	w16(b + n, 0x8028);
	w16(b + n + 2, 4);
	w32(b + n + 4, c);
	return n + 8;
}
void check(struct viewer *v, struct sockaddr_in *to)
{
	uint8_t b[300];
	size_t n = 20;
	char user[200];
	int ul = snprintf(user, sizeof user, "%s:%s", v->ruf, v->uf);
	w16(b, 1);
	w32(b + 4, 0x2112a442);
	memcpy(b + 8, v->tid, 12);
	w16(b + n, 6);
	w16(b + n + 2, (unsigned)ul);
	memset(b + n + 4, 0, 4 + (size_t)ul);
	memcpy(b + n + 4, user, (size_t)ul);
	n += 4 + (((size_t)ul + 3) & ~3ul);
	w16(b + n, 0x24);
	w16(b + n + 2, 4);
	w32(b + n + 4, 0x6e0001ff);
	n += 8;
	w16(b + n, v->control ? 0x802a : 0x8029);
	w16(b + n + 2, 8);
	memcpy(b + n + 4, "benchtie", 8);
	n += 12;
	if (v->control) {
		w16(b + n, 0x25);
		w16(b + n + 2, 0);
		n += 4;
	}
	n = stun_end(b, n, v->rpw);
	sendto(v->fd, b, n, 0, (void *)to, sizeof *to);
}
void stun_in(struct viewer *v, uint8_t *p, size_t n, struct sockaddr_in *from)
{
	if (n < 20 || r32(p + 4) != 0x2112a442)
		return;
	unsigned type = (unsigned)(p[0] << 8 | p[1]);
	if (type == 1) {
		uint8_t b[120];
		size_t k = 20;
		int use = 0;
		w16(b, 0x101);
		memcpy(b + 4, p + 4, 16);
		for (size_t i = 20; i + 4 <= n;) {
			unsigned at = (unsigned)(p[i] << 8 | p[i + 1]),
				 l = (unsigned)(p[i + 2] << 8 | p[i + 3]);
			if (at == 0x25)
				use = 1;
			i += 4 + ((l + 3) & ~3u);
		}
		w16(b + k, 0x20);
		w16(b + k + 2, 8);
		b[k + 4] = 0;
		b[k + 5] = 1;
		w16(b + k + 6, ntohs(from->sin_port) ^ 0x2112u);
		w32(b + k + 8, ntohl(from->sin_addr.s_addr) ^ 0x2112a442u);
		k += 12;
		k = stun_end(b, k, v->pw);
		sendto(v->fd, b, k, 0, (void *)from, sizeof *from);
		if (!v->control && !v->havepeer && use && v->state >= ICE) {
			v->peer = *from;
			v->havepeer = 1;
			v->tice = mono_ns();
			dtls_start(v);
		}
	} else if (type == 0x101 && !memcmp(p + 8, v->tid, 12) && !v->havepeer && v->state == ICE &&
		   v->control) {
		v->peer = *from;
		v->havepeer = 1;
		v->tice = mono_ns();
		dtls_start(v);
	}
}
