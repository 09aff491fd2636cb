/* A browser, as far as the wire shows: ICE, DTLS and SRTP over one UDP socket. */
#ifndef UNIT_RTC_VISITOR_H
#define UNIT_RTC_VISITOR_H

#include <netinet/in.h>

#include "rig.h"

enum { VISITOR_VIDEO = 106, VISITOR_RTX = 107 };

struct visitor {
	struct rig *rig;
	struct loop_watch watch;
	struct sockaddr_in to;
	struct dtls_identity *identity;
	struct dtls_session *dtls;
	struct srtp_session *srtp;
	char offer[4096];
	char ufrag[64], pwd[64]; /* theirs */
	bool is_checked;         /* ICE is through */
	bool is_mute;            /* answers no checks */
	enum dtls_state state;
	/* what came */
	uint64_t video, rtx, reports, unreadable;
	uint64_t last_ns; /* of the last RTP packet */
	uint16_t first_sequence, last_sequence;
	uint64_t gaps;
	uint32_t ssrc;
	uint8_t first_payload[64]; /* of the first video packet */
	uint16_t rtx_number;       /* what the last RTX packet repeats */
	bool has_bye;
};

void visitor_init(struct visitor *visitor, struct rig *rig);
void visitor_finish(struct visitor *visitor);
const uint8_t *visitor_fingerprint(const struct visitor *visitor);

/* From the answer in the rig: checks, shakes hands, until media can flow. */
bool visitor_connect(struct visitor *visitor);

/* Sends bytes as they are, or an RTCP packet protected. */
void visitor_send(struct visitor *visitor, const void *data, size_t size);
void visitor_rtcp(struct visitor *visitor, const void *data, size_t size);

#endif
