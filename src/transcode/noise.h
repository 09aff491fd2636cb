/* Sounds without a tune, to fall asleep by, as deterministic as arithmetic: the same sample at the same place
 * each time. What comes out lies within -1 and 1, and is about equally loud for each of them. */
#ifndef TRANSCODE_NOISE_H
#define TRANSCODE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/messages.h"

enum { NOISE_HZ = 48000, NOISE_ROWS = 12 };

/* Zero-initialised. */
struct noise {
	uint64_t random, at;
	float rows[NOISE_ROWS], sum; /* pink: one random value an octave */
	float low, brown;            /* one-pole filters */
	float ring[2][2];            /* drops: two resonators, their last two samples */
};

bool noise_makes(enum speaker_sound sound);
/* The next sample. */
float noise_next(struct noise *noise, enum speaker_sound sound);

#endif
