/* What a receiver knows about one stream (RFC 3550 §6.4.1, §A.1, §A.3, §A.8), and where each packet
 * stands in it. Cameras change SSRC and sequence at will: that is a restart, not an error. */
#ifndef PROTO_RTP_RTP_STATS_H
#define PROTO_RTP_RTP_STATS_H

#include "proto/rtp/rtcp.h"
#include "proto/rtp/rtp_packet.h"

enum rtp_place {
	RTP_NEXT,    /* follows the one before */
	RTP_GAP,     /* some before it are missing */
	RTP_LATE,    /* older than one already seen: reordered or repeated */
	RTP_RESTART, /* another stream: new SSRC, or a sequence far away */
};

enum {
	RTP_SEQUENCE_AHEAD_MAX = 3000, /* RFC 3550 §A.1: MAX_DROPOUT */
	RTP_SEQUENCE_BEHIND_MAX = 100, /* MAX_MISORDER */
};

/* Zero-initialised before use. */
struct rtp_stats {
	bool is_started;
	uint32_t ssrc;
	uint32_t base, highest; /* extended sequence numbers */
	uint32_t received;      /* since the start or restart */
	uint32_t expected_before, received_before;
	uint32_t transit, jitter; /* jitter times 16, in timestamp units */
	/* over restarts, for people */
	uint64_t packets, lost, reordered;
};

/* `arrival` is the time of arrival in the units of the stream's clock. */
enum rtp_place rtp_stats_add(struct rtp_stats *stats, const struct rtp_packet *packet,
			     uint32_t arrival);

/* Fills ssrc, fraction_lost, lost, highest_sequence and jitter, and begins the next interval. */
void rtp_stats_report(struct rtp_stats *stats, struct rtcp_report *report);

#endif
