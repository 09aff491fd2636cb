/* How much later a microphone hears what a speaker was given, 0 to 1024 ms (500 of a camera, and
 * what the ways there and back add): by generalised cross-correlation with phase transform (Knapp,
 * Carter 1976), at 4 kHz, over the last two seconds. Pure: samples in, an estimate out. */
#ifndef TRANSCODE_ALIGN_H
#define TRANSCODE_ALIGN_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ALIGN_HZ = 4000,
	ALIGN_SIZE = 8192,      /* of the window, a power of two */
	ALIGN_DELAY_MAX = 4096, /* what can be found, in samples at ALIGN_HZ */
	ALIGN_STEP = 512,       /* between two estimates */
};

/* One signal on its way down to 4 kHz. */
struct align_side {
	float low, lower, sum; /* of the low pass, and of what becomes one sample */
	float window[ALIGN_SIZE];
};

struct align {
	uint32_t factor, phase; /* so many samples become one */
	float keep;             /* of the low pass */
	uint32_t fresh;         /* samples since the last estimate */
	struct align_side far, mic;
	float complex cross[ALIGN_SIZE / 2]; /* smoothed, each frequency of length 1 at most */
	float complex turn[ALIGN_SIZE / 2], a[ALIGN_SIZE], b[ALIGN_SIZE];
	/* Set by who uses it, when more is known: how fast the delay grows, per sample, so that an
	 * estimate is of the window's end; how much of the newest window is in an estimate. */
	float rate, newest_part;
	float delay;   /* the newest estimate, in samples at `hz` */
	float age;     /* how long ago that sounded which it was made from, seconds */
	float news;    /* the share of the far end's power in that which is new */
	float quality; /* the peak over the root mean square of all delays: 3 is noise */
};

/* `hz` is a multiple of ALIGN_HZ. */
void align_init(struct align *align, uint32_t hz);
/* Takes `count` samples of both, of the same time. true: there is a new estimate. */
bool align_feed(struct align *align, const int16_t *far, const int16_t *mic, size_t count);

#endif
