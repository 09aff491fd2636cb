/* What a linear filter leaves of an echo, taken out by frequency: a loudspeaker that distorts, a
 * room longer than the filter. What it leaves is a share of what it took, learnt for each frequency
 * where the speaker alone sounds; somebody in the room who speaks lies above that and stays. Pure.
 */
#ifndef TRANSCODE_RESIDUE_H
#define TRANSCODE_RESIDUE_H

#include <stdbool.h>
#include <stdint.h>

#include "transcode/spectrum.h"

struct residue {
	uint32_t block; /* of samples; a window is two of them */
	uint32_t dice;
	float error[SPECTRUM_SIZE_MAX], echo[SPECTRUM_SIZE_MAX]; /* the last two blocks */
	float window[SPECTRUM_SIZE_MAX], overlap[SPECTRUM_SIZE_MAX];
	/* By bin: the share, the gain, the room's noise, means of the powers, what was expected to
	 * be left and how far above that the last block lay. */
	float share[SPECTRUM_BINS_MAX], gain[SPECTRUM_BINS_MAX], noise[SPECTRUM_BINS_MAX];
	float error_mean[SPECTRUM_BINS_MAX], echo_mean[SPECTRUM_BINS_MAX];
	float left[SPECTRUM_BINS_MAX], above[SPECTRUM_BINS_MAX];
};

void residue_init(struct residue *residue, uint32_t block);
/* The filter has begun anew: much is left. */
void residue_doubt(struct residue *residue);

/* `error`: what the filter left of the microphone's block, full scale 1; `echo`: what it took.
 * Gives out the block before this one. */
void residue_take(struct residue *residue, struct spectrum *spectrum, const float *error,
		  const float *echo, int16_t *ret_out);

#endif
