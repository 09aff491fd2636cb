#include "proto/hear/mel.h"

#include <string.h>

#include "proto/hear/exact.h"

enum { BINS = MEL_WINDOW / 2 };

static const float TINY = 1e-12F;

/* 1127 ln(1 + f/700) */
static float mel_of_hz(float hz)
{
	return 781.1768F * exact_log2(1.0F + hz / 700.0F);
}

static void make_band(struct mel *mel, int band)
{
	float low = mel_of_hz(MEL_LOW_HZ);
	float step = (mel_of_hz(MEL_HIGH_HZ) - low) / (float)(MEL_BANDS + 1);
	float from = low + step * (float)band;

	mel->first[band] = BINS;
	for (int bin = 1; bin <= BINS; bin++) {
		float at = mel_of_hz((float)bin * MEL_HZ / MEL_WINDOW);
		float up = (at - from) / step, down = (from + 2 * step - at) / step;
		float weight = up < down ? up : down;

		if (weight <= 0)
			continue;
		mel->weight[band][bin] = weight;
		if (bin < mel->first[band])
			mel->first[band] = (uint8_t)bin;
		mel->last[band] = (uint8_t)bin;
	}
}

void mel_init(struct mel *mel)
{
	memset(mel, 0, sizeof(*mel));
	for (int i = 0; i < MEL_WINDOW; i++)
		mel->shape[i] = (float)(0.5 - 0.5 * exact_sine((double)i / MEL_WINDOW + 0.25));
	for (int i = 0; i < BINS; i++) {
		mel->cosine[i] = (float)exact_sine((double)i / MEL_WINDOW + 0.25);
		mel->sine[i] = (float)-exact_sine((double)i / MEL_WINDOW);
	}
	for (int band = 0; band < MEL_BANDS; band++)
		make_band(mel, band);
}

static void swap_bits(float *values)
{
	for (int i = 1, j = 0; i < MEL_WINDOW; i++) {
		int bit = MEL_WINDOW >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i >= j)
			continue;
		float held = values[i];

		values[i] = values[j];
		values[j] = held;
	}
}

/* One pass of the radix-2 transform over pairs that lie `half` apart. */
static void combine(const struct mel *mel, float *re, float *im, int half)
{
	int step = BINS / half;

	for (int start = 0; start < MEL_WINDOW; start += 2 * half) {
		for (int k = 0; k < half; k++) {
			int p = start + k, q = p + half;
			float c = mel->cosine[k * step], s = mel->sine[k * step];
			float x = re[q] * c - im[q] * s, y = re[q] * s + im[q] * c;

			re[q] = re[p] - x;
			im[q] = im[p] - y;
			re[p] += x;
			im[p] += y;
		}
	}
}

/* The power of each frequency, BINS + 1 of them. */
static void transform(const struct mel *mel, const float *samples, float *ret_bins)
{
	float re[MEL_WINDOW], im[MEL_WINDOW] = {0};

	for (int i = 0; i < MEL_WINDOW; i++)
		re[i] = samples[i] * mel->shape[i];
	swap_bits(re);
	for (int half = 1; half < MEL_WINDOW; half *= 2)
		combine(mel, re, im, half);
	for (int bin = 0; bin <= BINS; bin++)
		ret_bins[bin] = re[bin] * re[bin] + im[bin] * im[bin];
}

static void gather_bands(const struct mel *mel, const float *bins, float *ret_power)
{
	for (int band = 0; band < MEL_BANDS; band++) {
		float sum = 0;

		for (int bin = mel->first[band]; bin <= mel->last[band]; bin++)
			sum += bins[bin] * mel->weight[band][bin];
		ret_power[band] = sum;
	}
}

void mel_power(const struct mel *mel, const float *samples, float *ret_power)
{
	float bins[BINS + 1];

	transform(mel, samples, bins);
	gather_bands(mel, bins, ret_power);
}

/* The window spreads a tone over three or four frequencies. */
static void find_tone(const float *bins, struct mel_frame *frame)
{
	float sum = TINY, most = 0;
	int peak = 0;

	for (int bin = 2; bin < BINS; bin++) {
		float near = bins[bin - 1] + bins[bin] + bins[bin + 1];

		sum += bins[bin];
		if (near > most) {
			most = near;
			peak = bin;
		}
	}
	frame->tone = most < sum ? most / sum : 1;
	frame->tone_hz = (float)peak * MEL_HZ / MEL_WINDOW;
}

static float correlate(const float *samples, int lag)
{
	float sum = 0, one = 0, other = 0;

	for (int i = 0; i + lag < MEL_WINDOW; i++) {
		sum += samples[i] * samples[i + lag];
		one += samples[i] * samples[i];
		other += samples[i + lag] * samples[i + lag];
	}
	float norm = one * other;

	return norm > TINY * TINY ? sum / exact_root(norm) : 0;
}

/* The shortest lag that is nearly as good as the best, so that a pitch is not taken for its half.
 * Only what is better than its neighbours counts: a deep hum is alike at every short lag. */
static void measure_pitch(const float *samples, struct mel_frame *frame)
{
	float score[MEL_LAG_MAX + 2], best = 0;
	int lag = 0;

	for (int i = MEL_LAG_MIN - 1; i <= MEL_LAG_MAX + 1; i++)
		score[i] = correlate(samples, i);
	for (int i = MEL_LAG_MIN; i <= MEL_LAG_MAX; i++)
		if (score[i] > best && score[i] >= score[i - 1] && score[i] >= score[i + 1])
			best = score[i];
	for (int i = MEL_LAG_MAX; i >= MEL_LAG_MIN && best > 0; i--)
		if (score[i] >= 0.9F * best && score[i] >= score[i - 1] && score[i] >= score[i + 1])
			lag = i;
	frame->harmonic = best;
	frame->pitch_hz = lag ? (float)MEL_HZ / (float)lag : 0;
}

void mel_measure(const struct mel *mel, const float *samples, struct mel_frame *ret_frame)
{
	float sum = 0, bins[BINS + 1];

	for (int i = 0; i < MEL_WINDOW; i++)
		sum += samples[i] * samples[i];
	ret_frame->level = sum / MEL_WINDOW;
	transform(mel, samples, bins);
	gather_bands(mel, bins, ret_frame->power);
	find_tone(bins, ret_frame);
	measure_pitch(samples, ret_frame);
}
