/* How much of what a camera's microphone hears is the camera's own speaker, found by what the
 * speaker was given. Not a canceller (that is what src/transcode has, for people's ears): a network
 * that takes loud for quiet alike would hear in any rest what was to be taken out. Here each 16 ms
 * are the speaker's, or somebody else's, and nothing is changed; that works with distortion,
 * coding, and two clocks that drift.
 *
 * How late the speaker is heard, -0.25 to 1.8 s, is where the loudness of all bands rises and falls
 * together; how loud, in each band, what the microphone mostly had over what the speaker had. Until
 * the former is known, three seconds at most, all that may be the speaker's is taken for the
 * speaker's; after that a camera that cancels its own echo is left alone. Pure, no allocation. */
#ifndef PROTO_HEAR_OWN_H
#define PROTO_HEAR_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/hear/mel.h"

enum {
	OWN_RING = 512,      /* frames of the speaker that are kept: 8 s */
	OWN_PAST = 256,      /* and of the microphone */
	OWN_DELAY_MIN = -16, /* frames */
	OWN_DELAYS = 128,
	OWN_HOLD = 188,   /* frames of a voice until it is left alone if it was not found: 3 s */
	OWN_REST = 625,   /* frames without one, and the next is looked for anew: 10 s */
	OWN_TAIL = 40,    /* frames that it rings on in a room */
	OWN_RATIOS = 128, /* steps of a decibel, from -64 */
};

/* One side: powers, and their logarithms less what is usual, by number of the frame. */
struct own_side {
	float mean[MEL_BANDS];
	bool has_mean;
};

/* One microphone and its speaker. Zero-initialised. */
struct own {
	struct own_side speaker, mic;
	uint64_t end; /* the speaker's frames from here on were not told yet; 0: it never sounded */
	uint64_t since, last;             /* its running voice: first and newest loud frame */
	float power[OWN_RING][MEL_BANDS]; /* as it rings on in a room */
	float shape[OWN_RING][MEL_BANDS];
	float heard[OWN_PAST][MEL_BANDS]; /* by the microphone */
	uint64_t heard_at[OWN_PAST];      /* number of that frame */
	float cross[OWN_DELAYS], weight[OWN_DELAYS], mic_weight;
	uint32_t evidence; /* frames in these sums, saturates */
	int32_t best, agreeing;
	bool is_found, has_gain;
	int32_t delay;           /* frames, if it is found */
	float likeness;          /* at that delay, -1..1 */
	int32_t gain[MEL_BANDS]; /* decibels, the microphone over the speaker */
	uint32_t fresh;          /* frames since the gains were learned */
};

/* The speaker's frame `number`: the one that begins `number` times MEL_HOP samples after the
 * clock's zero. In order; what lies between two was silent. */
void own_play(struct own *own, uint64_t number, const float *power);

/* The microphone's frame of that number: the share of its power that the speaker explains, 0..1. */
float own_share(struct own *own, uint64_t number, const float *power);

/* May the speaker be heard in that frame? */
bool own_sounds(const struct own *own, uint64_t number);

#endif
