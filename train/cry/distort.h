/* What lies between a recording and a camera's microphone: another speed, a room, a distance,
 * noise, an overdriven amplifier, G.711. Float samples at 8 kHz, full scale 1. */
#ifndef TRAIN_DISTORT_H
#define TRAIN_DISTORT_H

#include <stddef.h>
#include <stdint.h>

#include "train/cry/chance.h"

/* Samples at `hz` to 8 kHz, played `speed` times as fast. At most `room` samples; returns how many.
 */
size_t distort_resample(const int16_t *in, size_t count, uint32_t hz, float speed, float *ret_out,
			size_t room);
void distort_room(float *samples, size_t count, struct chance *chance);
void distort_clip(float *samples, size_t count, float gain);
void distort_telephone(float *samples, size_t count);
void distort_noise(float *samples, size_t count, float level, struct chance *chance);

#endif
