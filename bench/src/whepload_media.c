/* RTP and RTCP as a browser would treat them, without decoding. */
#include "whepload.h"

#include <string.h>
#include <sys/socket.h>

static void send_rtcp(struct viewer *v, uint8_t *b, int n)
{
	if (v->haveout && !srtp_protect_rtcp(v->out, b, &n))
		sendto(v->fd, b, (size_t)n, 0, (void *)&v->peer, sizeof v->peer);
}
void send_rr(struct viewer *v)
{
	uint8_t b[200] = {0};
	int n = 8, c = 0;
	struct stream *s[2] = {&v->v, &v->a};
	for (int i = 0; i < 2; i++)
		if (s[i]->ssrc) {
			w32(b + n, s[i]->ssrc);
			w32(b + n + 4, (uint32_t)s[i]->q.lost & 0xffffff);
			w32(b + n + 8, s[i]->q.top);
			n += 24;
			c++;
		}
	b[0] = (uint8_t)(0x80 | c);
	b[1] = 201;
	w16(b + 2, (unsigned)n / 4 - 1);
	w32(b + 4, 0x12345678);
	uint8_t *q = b + n;
	q[0] = 0x81;
	q[1] = 202;
	w16(q + 2, 3);
	w32(q + 4, 0x12345678);
	q[8] = 1;
	q[9] = 4;
	memcpy(q + 10, "load", 4);
	n += 16;
	send_rtcp(v, b, n);
}
void send_pli(struct viewer *v)
{
	uint8_t b[80] = {0};
	b[0] = 0x81;
	b[1] = 206;
	w16(b + 2, 2);
	w32(b + 4, 0x12345678);
	w32(b + 8, v->v.ssrc);
	send_rtcp(v, b, 12);
}
static void send_nack(struct viewer *v)
{
	uint8_t b[600] = {0};
	int n = 12, i = 0;
	b[0] = 0x81;
	b[1] = 205;
	w32(b + 4, 0x12345678);
	w32(b + 8, v->v.ssrc);
	while (i < v->nlost && n < 400) {
		uint16_t pid = v->lost[i], blp = 0;
		int j = i + 1;
		while (j < v->nlost && (uint16_t)(v->lost[j] - pid) <= 16) {
			blp |= (uint16_t)(1u << ((uint16_t)(v->lost[j] - pid) - 1));
			j++;
		}
		w16(b + n, pid);
		w16(b + n + 2, blp);
		n += 4;
		i = j;
	}
	w16(b + 2, (unsigned)n / 4 - 1);
	v->nlost = 0;
	load.nacks++;
	send_rtcp(v, b, n);
}

/* RTX goes by the offer's types: each codec's own is one above it. */
static int is_repeat(unsigned type)
{
	return type == 97 || type == 103 || type == 107 || type == 113;
}

/* --drop: throws a share of the packets away, and counts those that come again. 1 if this one is
 * not to be looked at further. */
static int lose(struct viewer *v, struct stream *s, unsigned seq, size_t n)
{
	uint8_t round = (uint8_t)((seq >> 13) + 1);
	uint8_t *mark = &s->seen[seq & 8191];

	if (*mark == round) {
		v->recovered++;
		seq_put(&s->q, (uint16_t)seq);
		v->bytes += n;
		return 1;
	}
	if (!v->tkey || random_u32() >= load.drop_rate * UINT32_MAX)
		return 0;
	*mark = round;
	v->dropped++;
	if (v->nlost < 200)
		v->lost[v->nlost++] = (uint16_t)seq;
	return 1;
}

/* The last packet of a frame has come at `at`. */
static void end_frame(struct viewer *v, uint32_t ts, uint64_t at)
{
	if (v->key && v->keyok && !v->tkey && ts == v->keyts)
		v->tkey = mono_ns();
	if (!v->sei_t || !load.is_measuring || !v->probe || !v->tkey)
		return;
	uint32_t since = ts - v->sei_ts;

	if (!since)
		hist_add(&load.frame, (int64_t)(at - v->sei_t));
	else if (since < 450000)
		hist_add(&load.estimated, (int64_t)(at - v->sei_t) - (int64_t)since * 100000 / 9);
}

/* Decrypts a packet and looks for stamps and key frames. `step` is how far the sequence went. */
static void look_inside(struct viewer *v, uint8_t *p, size_t n, int step, uint64_t at)
{
	uint32_t ts = r32(p + 4), camera, frame;
	int mark = p[1] >> 7, size = (int)n;
	uint64_t stamp;

	if (srtp_unprotect(v->in, p, &size)) {
		v->srtp_fail++;
		return;
	}
	size_t head = 12 + 4 * (size_t)(p[0] & 15);

	if (p[0] & 16)
		head += 4 + 4 * (size_t)(p[head + 2] << 8 | p[head + 3]);
	if ((size_t)size <= head)
		return;
	if (sei_find(p + head, (size_t)size - head, &stamp, &camera, &frame)) {
		v->sei_t = stamp;
		v->sei_ts = ts;
		if (load.is_measuring && v->probe && v->tkey)
			hist_add(&load.first, (int64_t)(at - stamp));
	}
	if (!v->tkey && h264_kind(p + head, (size_t)size - head) == 5) {
		v->key = v->keyok = 1;
		v->keyts = ts;
	} else if (!v->tkey && v->key && step != 1) {
		v->keyok = 0;
	}
	if (mark)
		end_frame(v, ts, at);
}

void media(struct viewer *v, uint8_t *p, size_t n, uint64_t at)
{
	uint64_t now = mono_ns();
	unsigned type = p[1] & 127, seq = (unsigned)(p[2] << 8 | p[3]);
	uint32_t ssrc = r32(p + 8);
	int mark = p[1] >> 7, video = type != 8 && type != 0 && type != 111;
	struct stream *s = video ? &v->v : &v->a;

	if (!v->tpkt)
		v->tpkt = now;
	if (is_repeat(type)) {
		v->recovered++;
		v->bytes += n;
		return;
	}
	if (s->ssrc != ssrc)
		*s = (struct stream){.ssrc = ssrc};
	if (load.drop_rate > 0 && video && lose(v, s, seq, n))
		return;
	v->last = now;
	v->bytes += n;
	int step = seq_put(&s->q, (uint16_t)seq);

	if (step > 0 && load.drop_rate > 0)
		s->seen[(seq + 4096) & 8191] = 0;
	if (!video)
		return;
	v->frames += (uint64_t)mark;
	if (mark && v->nlost)
		send_nack(v);
	if (!v->tkey || v->probe)
		look_inside(v, p, n, step, at);
}
