/* What a viewer's link can carry: the full picture, the camera's smaller one, or key frames only
 * (RFC 8836's aim: no standing queue). Down soon, up seldom: after each failed attempt the next one
 * waits twice as long. */
#ifndef RTC_LEVEL_H
#define RTC_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "ipc/messages.h"

enum { LEVEL_DOWN_SCORE = 6 }; /* a bad second counts two, a good one takes one away */
#define LEVEL_GRACE_NS    (4 * CLOCK_NS_PER_S)  /* losses this soon after a change say nothing */
#define LEVEL_UP_FIRST_NS (15 * CLOCK_NS_PER_S) /* good for this long: try up */
#define LEVEL_UP_MAX_NS   (120 * CLOCK_NS_PER_S)
#define LEVEL_SETTLE_NS   (10 * CLOCK_NS_PER_S) /* down within this of going up: it had failed */

/* A receiver report (RFC 3550 §6.4.1): what it says holds until the next one. */
struct level_report {
	uint32_t lost_percent;  /* since the report before */
	uint32_t round_trip_ms; /* 0: not known */
};

struct level {
	enum view_level level;
	uint32_t bad_score;
	uint64_t good_since_ns; /* 0: not now */
	uint64_t changed_ns, up_wait_ns;
	uint32_t drops;               /* since the last step */
	struct level_report report;   /* the newest */
	uint64_t reported_ns;         /* when it came; 0: none yet */
	uint32_t round_trip_least_ms; /* the link without a queue; 0: not known */
	bool report_counts;           /* it is only about what was sent at this level */
	uint64_t estimate_bps;        /* by the viewer's REMB; 0: none yet */
	uint64_t estimate_ns;
};

void level_init(struct level *level, uint64_t now_ns);

/* The viewer estimates its link, or reports what came; the backlog was late. */
void level_note_estimate(struct level *level, uint64_t bps, uint64_t now_ns);
void level_note_report(struct level *level, const struct level_report *report, uint64_t now_ns);
void level_note_drop(struct level *level);

/* Once a second. `full_bps` and `sub_bps` are the streams' own rates, 0: unknown or absent. True if
 * the level changed. */
bool level_step(struct level *level, uint64_t full_bps, uint64_t sub_bps, bool has_sub,
		uint64_t now_ns);

#endif
