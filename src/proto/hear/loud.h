/* Loud noise: louder than a household allows for a fifth of a second begins it, five seconds of
 * quiet end it. By the mean over 125 ms, as a sound level meter's "fast" (IEC 61672), without its
 * weighting of pitch. Pure. */
#ifndef PROTO_HEAR_LOUD_H
#define PROTO_HEAR_LOUD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/hear/episode.h"

/* Zero-initialised. */
struct loud {
	float mean;
	uint32_t over; /* frames in a row */
	bool is_open;
	uint64_t start, last; /* frames: when it began, when it was last too loud */
	float level;          /* the loudest mean */
};

/* One frame of MEL_HOP samples; `limit` and `level` are mean squares, full scale 1. */
enum episode_event loud_take(struct loud *loud, uint64_t number, float limit, float level);

/* The sound ends here: true if it was open and ends with it. */
bool loud_cut(struct loud *loud);

#endif
