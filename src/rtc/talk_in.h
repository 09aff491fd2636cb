/* What a viewer says: RTP in, made even by a jitter buffer, Opus packets out to the vault, which is
 * told them only while it wants them (IPC_TALK). Nothing is decoded here. */
#ifndef RTC_TALK_IN_H
#define RTC_TALK_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "loop/loop.h"

struct viewer;
struct jitter;
struct talk_report;

struct talk_in {
	bool is_agreed; /* in the SDP: the viewer may send */
	uint8_t payload_type;
	uint32_t own_ssrc; /* that reports to the talker come from */
	struct jitter *jitter; /* NULL: nobody wants to hear */
	struct loop_timer due;
	struct talk_report *report; /* for the view's life; NULL: nothing was said yet */
};

/* The vault wants to hear it from now on, or no longer. */
void talk_in_want(struct viewer *viewer, bool is_wanted);
/* One RTP packet, decrypted. */
void talk_in_take(struct viewer *viewer, struct bytes packet);
/* The same of RTCP: when it was sent. */
void talk_in_take_rtcp(struct viewer *viewer, struct bytes compound);
/* Once a second: tells the talker what of it has arrived. */
void talk_in_second(struct viewer *viewer, uint64_t now_ns);
void talk_in_finish(struct viewer *viewer);
/* Frees what outlives a talk. */
void talk_in_free(struct viewer *viewer);

#endif
