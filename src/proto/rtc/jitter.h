/* A jitter buffer for one voice: RTP packets in as the network brings them, out in order and at an
 * even pace, each as late as the network has lately needed and no later. Pure: the caller says what
 * time it is.
 *
 * Every packet has a transit, its arrival less its RTP time; the smallest of late is the base. What
 * is given out is `delay` behind that base. The delay grows at once when a packet comes too late,
 * and shrinks slowly while none does.
 *
 * Some talkers send all at once what they said before they were connected. So nothing is given out
 * until what comes has found its pace, and what is too old by then is passed over: else it would
 * be heard late for as long as the talk lasts. */
#ifndef PROTO_RTC_JITTER_H
#define PROTO_RTC_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	JITTER_SLOTS = 64, /* packets that wait at once: 1.28 s of 20 ms */
	JITTER_PACKET_MAX = 1275,
	JITTER_HZ = 48000,
	JITTER_DELAY_MS_MIN = 20,
	JITTER_DELAY_MS_START = 40,
	JITTER_DELAY_MS_MAX = 240,
	JITTER_RESET_MS = 2000, /* times that jump by more are a new clock */
	JITTER_EARLY_MS = 10,   /* packets that come earlier than the last by more are no pace */
	JITTER_HOLD_MS_MAX = 500, /* longer than this a pace is not waited for */
};

struct jitter_slot {
	uint32_t number; /* extended sequence number; 0: empty */
	uint32_t size;
	uint64_t sample; /* RTP time without wrapping */
	int64_t transit_ns;
	uint8_t data[JITTER_PACKET_MAX];
};

/* Zero-initialised. */
struct jitter {
	bool is_begun;
	uint32_t next;    /* number of the packet whose turn it is */
	uint32_t highest; /* that came */
	uint64_t sample;  /* of the packet `highest` */
	uint64_t first_sample;
	uint64_t given;   /* count of the last packet that was given out */
	bool is_fresh;    /* none of this clock was yet: */
	uint64_t begun_ns, held_ns; /* nothing before held_ns */
	int64_t base_ns;  /* smallest transit of late */
	uint64_t delay_ns;
	uint64_t eased_ns; /* when the delay and the base were last eased */
	uint32_t count;   /* waiting */
	uint64_t lost, late;
	struct jitter_slot slots[JITTER_SLOTS];
};

struct jitter_packet {
	uint64_t sample; /* of its first, counted from the first packet's */
	struct bytes data; /* valid until the next jitter_put */
};

/* Takes a packet: 0; -EALREADY if it came twice or too late, -EMSGSIZE if it is empty or too long. */
NODISCARD int jitter_put(struct jitter *jitter, uint16_t sequence, uint32_t rtp_time,
			 struct bytes data, uint64_t now_ns);

/* When the next one is due; UINT64_MAX: nothing waits. */
uint64_t jitter_due_ns(const struct jitter *jitter);

/* The next one, if it is due. What was lost before it is passed over. */
bool jitter_take(struct jitter *jitter, uint64_t now_ns, struct jitter_packet *ret_packet);

#endif
