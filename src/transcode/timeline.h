/* Carries presentation times over a change of sample rate. Every frame that comes in says when its
 * first sample was heard; every block that goes out gets the time of its first sample, found from
 * the frame that sample came from. So nothing drifts, however far the camera's clock is off. */
#ifndef TRANSCODE_TIMELINE_H
#define TRANSCODE_TIMELINE_H

#include <stdint.h>

enum {
	TIMELINE_MARKS_MAX = 64, /* frames remembered: far more than lie in one block */
	TIMELINE_OUT_HZ = 48000,
	TIMELINE_IN_HZ_MAX = 96000,
};

struct timeline_mark {
	uint64_t sample; /* of the input, counted from the last reset */
	uint64_t pts_ns;
};

/* Zero-initialised, then reset before use. */
struct timeline {
	uint32_t in_hz;
	uint64_t samples;   /* that came in since the reset */
	uint32_t mark_count; /* since the reset; the newest TIMELINE_MARKS_MAX are kept */
	struct timeline_mark marks[TIMELINE_MARKS_MAX];
};

/* Input of `in_hz` (1..TIMELINE_IN_HZ_MAX) begins anew; output is counted from 0 again. */
void timeline_reset(struct timeline *timeline, uint32_t in_hz);

/* The next `samples` of input begin at `pts_ns`. */
void timeline_add(struct timeline *timeline, uint32_t samples, uint64_t pts_ns);

/* When the input that was added last ends, as its own times say. Needs a mark. */
uint64_t timeline_end_ns(const struct timeline *timeline);

/* The time of output sample `sample`; may lie before the first mark. Needs a mark. */
uint64_t timeline_pts_ns(const struct timeline *timeline, int64_t sample);

#endif
