#include "transcode/residue.h"

#include <math.h>
#include <string.h>

static const float PI = 3.14159265f;
static const float SHARE_FIRST = 0.3f;  /* is left, as long as nothing is known */
static const float SHARE_FALL = 0.3f;   /* of the way to a lesser share, per block */
static const float SHARE_RISE = 1.005f; /* per block: a decibel a second */
static const float SHARE_SURE = 3;      /* times the least share seen */
static const float MEAN_PART = 0.35f;   /* of the newest block in a mean */
static const float MEAN_COUNTS = 0.6f;  /* of the echo's mean: a room goes on after a syllable */
static const float LEFT_FALL = 0.4f;    /* per block: and so does what is left of it */
static const float NOISE_RISE = 1.002f; /* per block: half a decibel a second */
static const float NOISE_ABOVE = 8;     /* an echo is so much over the room's noise, or not one */
static const float GAIN_MIN = 0.05f;
static const float GAIN_KEPT = 0.6f; /* of the last block's in this one's: less of it sings */
static const float TINY = 1e-12f;

void residue_init(struct residue *residue, uint32_t block)
{
	memset(residue, 0, sizeof(*residue));
	residue->block = block;
	residue->dice = 1;
	for (uint32_t i = 0; i < 2 * block; i++)
		residue->window[i] = sinf(PI * ((float)i + 0.5f) / (float)(2 * block));
	for (uint32_t k = 0; k <= block; k++) {
		residue->gain[k] = 1;
		residue->noise[k] = 1e9f;
	}
	residue_doubt(residue);
}

void residue_doubt(struct residue *residue)
{
	for (uint32_t k = 0; k <= residue->block; k++)
		residue->share[k] = fmaxf(residue->share[k], SHARE_FIRST);
}

/* Of the last two blocks, windowed. */
static void take_spectrum(const struct residue *residue, struct spectrum *spectrum,
			  const float *samples, float complex *ret_bins)
{
	float windowed[SPECTRUM_SIZE_MAX];

	for (uint32_t i = 0; i < 2 * residue->block; i++)
		windowed[i] = samples[i] * residue->window[i];
	spectrum_of(spectrum, windowed, ret_bins);
}

static void keep(const struct residue *residue, float *two_blocks, const float *newest)
{
	size_t size = residue->block * sizeof(*newest);

	memmove(two_blocks, two_blocks + residue->block, size);
	memcpy(two_blocks + residue->block, newest, size);
}

/* The least share seen lately is the filter's: whoever speaks in the room only adds to it. */
static void learn_share(struct residue *residue, uint32_t k)
{
	float *noise = &residue->noise[k], *share = &residue->share[k];
	float error = residue->error_mean[k], echo = residue->echo_mean[k];

	*noise = fminf(error, *noise * NOISE_RISE);
	if (echo <= NOISE_ABOVE * *noise + TINY)
		return;
	float seen = error / echo;

	*share = seen < *share ? *share + SHARE_FALL * (seen - *share)
			       : fminf(1, *share * SHARE_RISE);
}

/* Ephraim and Malah's decision-directed gain (1984), for an echo in place of a noise. */
static float find_gain(struct residue *residue, uint32_t k, float error, float echo)
{
	float left =
		SHARE_SURE * residue->share[k] * fmaxf(echo, MEAN_COUNTS * residue->echo_mean[k]);

	left = residue->left[k] = fmaxf(left, LEFT_FALL * residue->left[k]);
	float above = error / (left + TINY), before = residue->gain[k];
	float near = GAIN_KEPT * before * before * residue->above[k] +
		     (1 - GAIN_KEPT) * fmaxf(above - 1, 0);

	residue->above[k] = above;
	return residue->gain[k] = fmaxf(GAIN_MIN, near / (1 + near));
}

/* As loud as the room's own, where that was taken out with the echo: silence would be heard. */
static float complex make_noise(struct residue *residue, uint32_t k)
{
	float gain = residue->gain[k];
	float size = sqrtf(fmaxf(0, 1 - gain * gain) * residue->noise[k]);

	residue->dice = residue->dice * 1664525 + 1013904223;
	float turn = 2 * PI * (float)(residue->dice >> 8) / 16777216;

	return size * cosf(turn) + I * (size * sinf(turn));
}

static void give_out(struct residue *residue, const float *samples, int16_t *ret_out)
{
	for (uint32_t i = 0; i < residue->block; i++) {
		float sum = residue->overlap[i] + samples[i] * residue->window[i];
		uint32_t later = residue->block + i;

		ret_out[i] = (int16_t)lrintf(fmaxf(-32768, fminf(32767, sum * 32768)));
		residue->overlap[i] = samples[later] * residue->window[later];
	}
}

void residue_take(struct residue *residue, struct spectrum *spectrum, const float *error,
		  const float *echo, int16_t *ret_out)
{
	float complex errors[SPECTRUM_BINS_MAX], echoes[SPECTRUM_BINS_MAX];
	float samples[SPECTRUM_SIZE_MAX];

	keep(residue, residue->error, error);
	keep(residue, residue->echo, echo);
	take_spectrum(residue, spectrum, residue->error, errors);
	take_spectrum(residue, spectrum, residue->echo, echoes);
	for (uint32_t k = 0; k <= residue->block; k++) {
		float left = spectrum_power(errors[k]), taken = spectrum_power(echoes[k]);

		residue->error_mean[k] += MEAN_PART * (left - residue->error_mean[k]);
		residue->echo_mean[k] += MEAN_PART * (taken - residue->echo_mean[k]);
		learn_share(residue, k);
		errors[k] = find_gain(residue, k, left, taken) * errors[k] + make_noise(residue, k);
	}
	spectrum_back(spectrum, errors, samples);
	give_out(residue, samples, ret_out);
}
