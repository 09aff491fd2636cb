/* Puts packets that came over UDP back in order. Bounded in packets and in time: a hole is given up
 * when the buffer is half full or its first packet has waited long enough, so delay never builds.
 */
#ifndef PROTO_RTP_RTP_REORDER_H
#define PROTO_RTP_RTP_REORDER_H

#include "proto/rtp/rtp_packet.h"

enum {
	RTP_REORDER_DEPTH = 64, /* packets; a power of two */
	RTP_REORDER_HELD_MAX = RTP_REORDER_DEPTH / 2,
	RTP_REORDER_SIZE_MAX = 2048, /* bytes of one packet; larger ones do not pass a network */
	RTP_REORDER_STRAYS_MAX = 8,  /* late packets in a row that mean a restarted sender */
};
#define RTP_REORDER_WAIT_NS UINT64_C(60000000)

struct rtp_reorder_slot {
	uint64_t arrival_ns;
	uint16_t size; /* 0: free */
	uint8_t data[RTP_REORDER_SIZE_MAX];
};

/* Zero-initialised before use and when the sender changes its SSRC. */
struct rtp_reorder {
	bool is_started, has_gap;
	uint16_t next; /* the sequence number to come */
	unsigned held, strays;
	struct rtp_reorder_slot slots[RTP_REORDER_DEPTH];
};

/* Copies a packet in. 0, -EALREADY if it is late or repeated (drop it), -EMSGSIZE. */
NODISCARD int rtp_reorder_push(struct rtp_reorder *reorder, uint16_t sequence, const void *data,
			       size_t size, uint64_t now_ns);

struct rtp_reordered {
	const uint8_t *data; /* borrowed until the next call */
	size_t size;
	uint64_t arrival_ns;
	bool after_gap; /* packets before it are given up */
};

/* The next packet that is due; false if there is none yet. */
bool rtp_reorder_pop(struct rtp_reorder *reorder, uint64_t now_ns,
		     struct rtp_reordered *ret_packet);

#endif
