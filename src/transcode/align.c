#include "transcode/align.h"

#include <math.h>
#include <string.h>

static const float TAU = 6.28318531f;
static const float CUT_HZ = 1400;
static const float NEWEST_PART = 0.2f;  /* of the newest spectrum in the smoothed one, at first */
static const float LOUD_ENOUGH = 1e-6f; /* mean square of the far end, full scale 1: -60 dB */

enum {
	BIN_FIRST = 200 * ALIGN_SIZE / ALIGN_HZ,
	BIN_LAST = 1700 * ALIGN_SIZE / ALIGN_HZ,
};

void align_init(struct align *align, uint32_t hz)
{
	memset(align, 0, sizeof(*align));
	align->factor = hz / ALIGN_HZ;
	align->newest_part = NEWEST_PART;
	align->keep = expf(-TAU * CUT_HZ / (float)hz);
	for (int i = 0; i < ALIGN_SIZE / 2; i++)
		align->turn[i] = cexpf(-I * TAU * (float)i / ALIGN_SIZE);
}

/* ---- the transform: radix 2, decimation in time ---- */

static void reorder(float complex *data)
{
	for (uint32_t i = 1, j = 0; i < ALIGN_SIZE; i++) {
		uint32_t bit = ALIGN_SIZE / 2;

		for (; j & bit; bit /= 2)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			float complex swap = data[i];

			data[i] = data[j];
			data[j] = swap;
		}
	}
}

/* Written out: a product of two complex numbers that may be infinite is a call. */
static float complex multiply(float complex a, float complex b)
{
	return crealf(a) * crealf(b) - cimagf(a) * cimagf(b) +
	       I * (crealf(a) * cimagf(b) + cimagf(a) * crealf(b));
}

static void transform(const struct align *align, float complex *data)
{
	reorder(data);
	for (size_t half = 1; half < ALIGN_SIZE; half *= 2)
		for (size_t start = 0; start < ALIGN_SIZE; start += 2 * half)
			for (size_t i = start; i < start + half; i++) {
				float complex turn =
					align->turn[(i - start) * (ALIGN_SIZE / 2 / half)];
				float complex other = multiply(data[i + half], turn);

				data[i + half] = data[i] - other;
				data[i] += other;
			}
}

/* ---- the estimate ---- */

/* A sample of the far end where it would lie if the clocks were one, up to the window's end: by a
 * cubic through four of them. */
static float far_at(const struct align *align, int i)
{
	float delay = align->delay / (float)align->factor;
	float off = -align->rate * ((float)(i - ALIGN_SIZE) + delay);
	float whole = floorf(off), part = off - whole;
	int at = i + (int)whole;

	if (at < 1 || at > ALIGN_SIZE - 3)
		return align->far.window[i];
	const float *y = align->far.window + at - 1;
	float a = y[3] - 3 * y[2] + 3 * y[1] - y[0], b = 2 * y[0] - 5 * y[1] + 4 * y[2] - y[3];

	return y[1] + 0.5f * part * (y[2] - y[0] + part * (b + part * a));
}

/* Far and mic are real: one transform gives the spectra of both. */
static void take_spectra(struct align *align)
{
	float complex *both = align->a;

	for (int i = 0; i < ALIGN_SIZE; i++)
		both[i] = far_at(align, i) + (i < ALIGN_DELAY_MAX ? 0 : I * align->mic.window[i]);
	transform(align, both);
	for (int k = BIN_FIRST; k < BIN_LAST; k++) {
		float complex low = both[k], high = conjf(both[ALIGN_SIZE - k]);
		float complex far = (low + high) * 0.5f, mic = (low - high) * (-0.5f * I);
		float complex cross = multiply(mic, conjf(far));

		/* What is older was of a shorter delay. */
		float grown = TAU * align->rate * ALIGN_STEP * (float)k / ALIGN_SIZE;
		float complex before = multiply(align->cross[k], cosf(grown) - I * sinf(grown));

		align->cross[k] =
			before + align->newest_part * (cross / (cabsf(cross) + 1e-12f) - before);
	}
}

/* The top of the parabola through a peak and its neighbours, from -0.5 to 0.5. */
static float top(float before, float peak, float after)
{
	float bend = before - 2 * peak + after;

	return bend < 0 ? 0.5f * (before - after) / bend : 0;
}

static void find_peak(struct align *align)
{
	float complex *by_delay = align->b;
	float sum = 0;
	int best = 0;

	/* Conjugated in and real out: the forward transform serves as the inverse. */
	memset(by_delay, 0, sizeof(align->b));
	for (int k = BIN_FIRST; k < BIN_LAST; k++)
		by_delay[k] = conjf(align->cross[k]);
	transform(align, by_delay);
	for (int i = 0; i < ALIGN_DELAY_MAX; i++) {
		float size = cabsf(by_delay[i]);

		sum += size * size;
		if (size > cabsf(by_delay[best]))
			best = i;
	}
	float peak = cabsf(by_delay[best]);
	float before = cabsf(by_delay[best > 0 ? best - 1 : 0]), after = cabsf(by_delay[best + 1]);

	align->quality = peak / (sqrtf(sum / ALIGN_DELAY_MAX) + 1e-12f);
	align->delay = ((float)best + top(before, peak, after)) * (float)align->factor;
}

/* When the far end was loud in what the microphone has heard of it: a silence says nothing new. */
static void find_age(struct align *align)
{
	int late = (int)fmaxf(0, align->delay / (float)align->factor);
	float sum = 1e-12f, weighed = 0, fresh = 0;

	for (int i = ALIGN_DELAY_MAX; i < ALIGN_SIZE; i++) {
		float far = align->far.window[i - late];

		sum += far * far;
		weighed += far * far * (float)(ALIGN_SIZE - i);
		fresh += i < ALIGN_SIZE - ALIGN_STEP ? 0 : far * far;
	}
	align->news = fresh / sum;
	align->age += (float)ALIGN_STEP / ALIGN_HZ;
	align->age += align->newest_part * (weighed / sum / ALIGN_HZ - align->age);
}

/* ---- in ---- */

static void take_sample(struct align *align, struct align_side *side, int16_t sample)
{
	side->low = (float)sample / 32768 + align->keep * (side->low - (float)sample / 32768);
	side->lower = side->low + align->keep * (side->lower - side->low);
	side->sum += side->lower;
}

static void shift(struct align_side *side, size_t fresh)
{
	memmove(side->window, side->window + fresh, (ALIGN_SIZE - fresh) * sizeof(float));
}

static bool estimate(struct align *align)
{
	float power = 0;

	for (int i = 0; i < ALIGN_SIZE; i++)
		power += align->far.window[i] * align->far.window[i];
	bool is_loud = power / ALIGN_SIZE > LOUD_ENOUGH;

	if (is_loud) {
		take_spectra(align);
		find_peak(align);
		find_age(align);
	}
	shift(&align->far, ALIGN_STEP);
	shift(&align->mic, ALIGN_STEP);
	return is_loud;
}

bool align_feed(struct align *align, const int16_t *far, const int16_t *mic, size_t count)
{
	bool is_new = false;

	for (size_t i = 0; i < count; i++) {
		take_sample(align, &align->far, far[i]);
		take_sample(align, &align->mic, mic[i]);
		if (++align->phase < align->factor)
			continue;
		size_t place = ALIGN_SIZE - ALIGN_STEP + align->fresh++;

		align->far.window[place] = align->far.sum / (float)align->factor;
		align->mic.window[place] = align->mic.sum / (float)align->factor;
		align->phase = 0;
		align->far.sum = align->mic.sum = 0;
		if (align->fresh < ALIGN_STEP)
			continue;
		is_new = estimate(align) || is_new;
		align->fresh = 0;
	}
	return is_new;
}
