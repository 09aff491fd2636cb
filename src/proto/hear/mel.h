/* Sound at 8 kHz as the network sees it: for each 16 ms the power in 40 bands on the mel scale
 * (O'Shaughnessy 1987), and, from the same window, how harmonic it is. 8 kHz because cameras with
 * G.711 and the recordings that the network learned from have no more: it cannot mistake a
 * recording's bandwidth for what was recorded. */
#ifndef PROTO_HEAR_MEL_H
#define PROTO_HEAR_MEL_H

#include <stdint.h>

enum {
	MEL_HZ = 8000,
	MEL_WINDOW = 256, /* samples: 32 ms */
	MEL_HOP = 128,    /* from one window to the next */
	MEL_BANDS = 40,
	MEL_LOW_HZ = 100,
	MEL_HIGH_HZ = 3800,
	MEL_LAG_MIN = 10, /* 800 Hz */
	MEL_LAG_MAX = 36, /* 222 Hz */
};

/* What is known of one window. */
struct mel_frame {
	float power[MEL_BANDS];
	float level;    /* mean square, 1 is full scale */
	float harmonic; /* 0..1: the best autocorrelation for a pitch of 222..800 Hz, normalised */
	float pitch_hz; /* where that is; 0 if nothing repeats */
	float tone;     /* 0..1: the part of its power that is one tone, with its neighbours */
	float tone_hz;  /* which: MEL_HZ / MEL_WINDOW apart */
};

/* Tables, made once; then only read. */
struct mel {
	float shape[MEL_WINDOW]; /* Hann */
	float cosine[MEL_WINDOW / 2], sine[MEL_WINDOW / 2];
	float weight[MEL_BANDS][MEL_WINDOW / 2 + 1];
	uint8_t first[MEL_BANDS], last[MEL_BANDS]; /* bins of a band */
};

void mel_init(struct mel *mel);
/* The powers alone. `samples`: MEL_WINDOW of them, full scale is 1. */
void mel_power(const struct mel *mel, const float *samples, float *ret_power);
/* `samples`: MEL_WINDOW of them, full scale is 1. */
void mel_measure(const struct mel *mel, const float *samples, struct mel_frame *ret_frame);

#endif
