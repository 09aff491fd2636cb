/* Ward's own sounds, from nothing but arithmetic: 16-bit samples, one channel, TONE_HZ a second, none
 * louder than TONE_PEAK. */
#ifndef TRANSCODE_TONE_H
#define TRANSCODE_TONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"

enum {
	TONE_HZ = 48000,
	TONE_PEAK = 8192, /* a quarter of full scale, -12 dB */
	TONE_CHIME_MS = 500,
};

/* Zero-initialised but for `sound`. */
struct tone {
	enum speaker_sound sound;
	uint64_t at; /* samples given */
};

/* The next samples, at most `count`; fewer at its end, 0 after it. */
size_t tone_take(struct tone *tone, int16_t *ret_samples, size_t count);

#endif
