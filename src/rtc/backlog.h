/* Frames released to one viewer that did not leave yet. They leave at a pace that a home's link
 * takes, a viewer's first group of pictures as a fast burst; what is late is dropped up to the next
 * key frame: delay never builds up. */
#ifndef RTC_BACKLOG_H
#define RTC_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "rtc/frame.h"

enum {
	BACKLOG_MAX = 1024,                    /* frames */
	BACKLOG_PACE_FLOOR_BPS = 25 * 1000000, /* slower than this only hurts */
	BACKLOG_PACE_LOSSY_PERCENT = 130,      /* the least, once packets are lost */
	BACKLOG_PACE_PERCENT = 250,            /* of the stream's own rate */
	BACKLOG_AT_ONCE = 64 * 1024,           /* bytes that may leave together */
};
#define BACKLOG_LATE_NS    (300 * CLOCK_NS_PER_MS)
#define BACKLOG_EASE_NS    (100 * CLOCK_NS_PER_MS) /* losses of one moment count once */
#define BACKLOG_RECOVER_NS (2 * CLOCK_NS_PER_S)
#define BACKLOG_BURST_NS   (3 * CLOCK_NS_PER_S) /* the longest that a burst may take */

struct backlog_entry {
	struct frame *frame; /* a reference */
	uint64_t released_ns;
};

struct backlog {
	uint32_t head, count;
	uint32_t packet;         /* of the head frame, the next to go */
	uint64_t burst_until_ns; /* a burst is on until then, or until it is empty; 0: none */
	int64_t allowance;       /* bytes that may go now; negative: owed */
	uint64_t floor_bps;      /* of this viewer's pace; 0: BACKLOG_PACE_FLOOR_BPS */
	uint64_t eased_ns;       /* when the floor was last lowered or raised */
	uint64_t filled_ns;      /* when the allowance was last added to */
	struct backlog_entry entry[BACKLOG_MAX];
};

/* Takes a reference. When it is full, everything older is dropped. */
void backlog_push(struct backlog *backlog, struct frame *frame, uint64_t now_ns);

/* The viewer starts (again) here: lateness does not count until it is empty once. */
void backlog_start_burst(struct backlog *backlog, uint64_t now_ns);

/* The frame whose turn it is, borrowed; NULL: none. */
struct frame *backlog_head(const struct backlog *backlog);

/* Packets of the head frame left; the frame goes when its last one did. */
void backlog_sent(struct backlog *backlog, uint32_t packets, uint64_t bytes);

/* Adds what time allows at this pace; nanoseconds until something may go, 0: now. */
uint64_t backlog_wait_ns(struct backlog *backlog, uint32_t rate_bps, uint64_t now_ns);

/* Packets were lost, perhaps because they left too fast: the floor of the pace sinks, down to a
 * little over the stream's own rate. Without losses it rises again, second by second. */
void backlog_ease(struct backlog *backlog, uint32_t rate_bps, uint64_t now_ns);
void backlog_recover(struct backlog *backlog, uint64_t now_ns);

/* Bytes went out beside the backlog (packets sent again): they count against its pace. */
void backlog_charge(struct backlog *backlog, uint64_t bytes);

/* Drops what is late, up to the next key frame. True if anything was dropped: then the head is a
 * key frame, or nothing is left and the next frame to send must be one. */
bool backlog_drop_late(struct backlog *backlog, uint64_t now_ns);

/* Drops everything before the newest key frame in it. False if there is none (nothing is dropped).
 */
bool backlog_skip_to_key(struct backlog *backlog);

void backlog_clear(struct backlog *backlog);

#endif
