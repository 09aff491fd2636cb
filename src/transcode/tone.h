/* Ward's own sounds, from nothing but arithmetic: 16-bit samples, one channel, TONE_HZ a second, none
 * louder than TONE_PEAK. A chime is as long as it is; the others last as long as they are asked to, begin
 * softly, and fade out. */
#ifndef TRANSCODE_TONE_H
#define TRANSCODE_TONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "transcode/lullaby.h"
#include "transcode/noise.h"

enum {
	TONE_HZ = 48000,
	TONE_PEAK = 8192, /* a quarter of full scale, -12 dB */
	TONE_CHIME_MS = 500,
	TONE_FADE_IN_MS = 3000,
	TONE_FADE_OUT_MS = 20000, /* of a short sound, its last third */
};

/* Zero-initialised but for `sound`, and what is asked of a sound that lasts. */
struct tone {
	enum speaker_sound sound;
	uint32_t seconds, volume; /* 1 to 100; half of it is 12 dB less */
	uint64_t at;              /* samples given */
	struct noise noise;
	struct lullaby lullaby;
};

/* The next samples, at most `count`; fewer at its end, 0 after it. */
size_t tone_take(struct tone *tone, int16_t *ret_samples, size_t count);

#endif
