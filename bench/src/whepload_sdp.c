/* Offers, answers, and what the other side says of itself. */
#include "whepload.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

struct sdp {
	char *text;
	size_t size, capacity;
};

__attribute__((format(printf, 2, 3))) static void add(struct sdp *sdp, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(sdp->text + sdp->size, sdp->capacity - sdp->size, format, arguments);

	va_end(arguments);
	if (size > 0 && sdp->size + (size_t)size < sdp->capacity)
		sdp->size += (size_t)size;
}

/* What every media section says of the transport. */
static void add_transport(struct sdp *sdp, const struct viewer *v, const char *setup)
{
	add(sdp,
	    "c=IN IP4 127.0.0.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n"
	    "a=fingerprint:sha-256 %s\r\na=setup:%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=recvonly\r\n",
	    v->uf, v->pw, load.fingerprint, setup);
}

static void add_candidate(struct sdp *sdp, const struct viewer *v)
{
	add(sdp,
	    "a=candidate:1 1 udp 2130706431 %s %d typ host generation 0\r\na=end-of-candidates\r\n",
	    load.bind_address, v->port);
}

static void build_offer(struct sdp *sdp, const struct viewer *v)
{
	static const struct {
		int type;
		const char *profile;
	} h264[] = {{102, "42001f"}, {106, "42e01f"}, {112, "4d001f"}, {96, "64001f"}};

	add(sdp,
	    "v=0\r\no=- %u 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
	    "a=msid-semantic: WMS\r\nm=video 9 UDP/TLS/RTP/SAVPF 102 103 106 107 112 113 96 97\r\n",
	    random_u32() >> 1);
	add_transport(sdp, v, "actpass");
	add(sdp, "a=mid:0\r\n");
	for (size_t i = 0; i < 4; i++) {
		int type = h264[i].type;

		add(sdp,
		    "a=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\na=rtcp-fb:%d ccm fir\r\n"
		    "a=rtpmap:%d H264/90000\r\na=fmtp:%d level-asymmetry-allowed=1;"
		    "packetization-mode=1;profile-level-id=%s\r\n"
		    "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n",
		    type, type, type, type, type, h264[i].profile, type + 1, type + 1, type);
	}
	add_candidate(sdp, v);
	add(sdp, "m=audio 9 UDP/TLS/RTP/SAVPF 111 8 0\r\n");
	add_transport(sdp, v, "actpass");
	add(sdp, "a=mid:1\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
		 "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n");
	add_candidate(sdp, v);
}

/* The payload type that repeats packets of `type` in this section, or -1. */
static int find_rtx(const char *section, int type)
{
	for (const char *at = strstr(section, "\r\na=fmtp:"); at;
	     at = strstr(at + 2, "\r\na=fmtp:")) {
		int rtx, of;

		if (sscanf(at, "\r\na=fmtp:%d apt=%d", &rtx, &of) == 2 && of == type)
			return rtx;
	}
	return -1;
}

/* Takes over the lines of the offer that are about the types that are accepted. */
static void copy_lines(struct sdp *sdp, const char *section, int type, int rtx)
{
	for (const char *at = strstr(section, "\r\na="); at; at = strstr(at + 2, "\r\na=")) {
		char line[300];
		int about;

		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 2, "\r"), at + 2);
		if (sscanf(line, "a=rtpmap:%d", &about) != 1 &&
		    sscanf(line, "a=fmtp:%d", &about) != 1 &&
		    sscanf(line, "a=rtcp-fb:%d", &about) != 1)
			continue;
		if ((about == type || about == rtx) && !strstr(line, "transport-cc") &&
		    !strstr(line, "remb"))
			add(sdp, "%s\r\n", line);
	}
}

static void answer_section(struct sdp *sdp, struct sdp *group, const struct viewer *v,
			   const char *section)
{
	char kind[16], protocol[40], mid[20] = "0";
	const char *at = strstr(section, "\r\na=mid:");
	int type;

	if (sscanf(section, "\r\nm=%15s %*d %39s %d", kind, protocol, &type) != 3)
		return;
	if (at)
		sscanf(at + 8, "%19[^\r]", mid);
	int rtx = find_rtx(section, type);

	add(group, " %s", mid);
	add(sdp, "m=%s 9 %s %d", kind, protocol, type);
	if (rtx >= 0)
		add(sdp, " %d", rtx);
	add(sdp, "\r\n");
	add_transport(sdp, v, "active");
	add(sdp, "a=mid:%s\r\n", mid);
	copy_lines(sdp, section, type, rtx);
	add_candidate(sdp, v);
}

/* Takes every section of the offer as it stands, with its first format. */
static void build_answer(struct sdp *sdp, const struct viewer *v, const char *offer)
{
	char sections[SDP_MAX], mids[100];
	struct sdp body = {sections, 0, sizeof(sections)}, group = {mids, 0, sizeof(mids)};

	sections[0] = mids[0] = 0;
	for (const char *at = strstr(offer, "\r\nm="); at;) {
		const char *next = strstr(at + 2, "\r\nm=");
		char *section = strndup(at, next ? (size_t)(next - at) : strlen(at));

		answer_section(&body, &group, v, section);
		free(section);
		at = next;
	}
	add(sdp,
	    "v=0\r\no=- %u 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE%s\r\n"
	    "a=msid-semantic: WMS\r\n%s",
	    random_u32() >> 1, mids, sections);
}

int build_sdp(struct viewer *v, char *o, size_t cap, const char *offer)
{
	struct sdp sdp = {o, 0, cap};

	if (offer)
		build_answer(&sdp, v, offer);
	else
		build_offer(&sdp, v);
	return (int)sdp.size;
}

static void add_remote(struct viewer *v, const char *line)
{
	char transport[16], host[64];
	int component, port;
	struct sockaddr_in a = {.sin_family = AF_INET};

	if (sscanf(line, "a=candidate:%*s %d %15s %*s %63s %d", &component, transport, host,
		   &port) != 4)
		return;
	if (strcasecmp(transport, "udp") != 0 || component != 1 ||
	    inet_pton(AF_INET, host, &a.sin_addr) != 1 || !local_only(a.sin_addr))
		return;
	a.sin_port = htons((uint16_t)port);
	for (int i = 0; i < v->ncand; i++)
		if (!memcmp(&v->cand[i], &a, sizeof(a)))
			return;
	v->cand[v->ncand++] = a;
}

void parse_remote(struct viewer *v, const char *sdp)
{
	const char *at;

	if ((at = strstr(sdp, "a=ice-ufrag:")))
		sscanf(at + 12, "%63[^\r\n]", v->ruf);
	if ((at = strstr(sdp, "a=ice-pwd:")))
		sscanf(at + 10, "%127[^\r\n]", v->rpw);
	v->active = v->answerer || !strstr(sdp, "a=setup:active");
	/* The offerer controls, or whoever faces a lite agent. */
	v->control = !v->answerer || strstr(sdp, "a=ice-lite");
	for (at = strstr(sdp, "a=candidate:"); at && v->ncand < 8;
	     at = strstr(at + 5, "a=candidate:"))
		add_remote(v, at);
	if (!v->ruf[0] || !v->rpw[0])
		fail(v, "answer without ICE credentials");
	else if (!v->ncand && !v->answerer)
		fail(v, "answer without a loopback UDP candidate");
}
