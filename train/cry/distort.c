#include "train/cry/distort.h"

#include <string.h>

#include "proto/hear/mel.h"

enum {
	LOBES = 8, /* of the kernel, on each side */
	PHASES = 256,
	ECHOES_MAX = 48,
};

/* A windowed sinc: half of it, PHASES points between zero crossings. */
static void make_kernel(float kernel[LOBES * PHASES + 1])
{
	for (int i = 0; i <= LOBES * PHASES; i++) {
		double x = (double)i / PHASES;
		double pi = 3.141592653589793;
		double sinc = i ? exact_sine(x / 2) / (pi * x) : 1;

		kernel[i] = (float)(sinc * (0.5 + 0.5 * exact_sine(x / (2 * LOBES) + 0.25)));
	}
}

static float at_time(const int16_t *in, size_t count, double time, double width,
		     const float *kernel)
{
	long first = (long)(time - LOBES * width), last = (long)(time + LOBES * width);
	float sum = 0;

	first = first < 0 ? 0 : first;
	last = last >= (long)count ? (long)count - 1 : last;
	for (long i = first; i <= last; i++) {
		double far = ((double)i - time) / width;
		int index = (int)((far < 0 ? -far : far) * PHASES);

		if (index <= LOBES * PHASES)
			sum += (float)in[i] * kernel[index];
	}
	return sum / (float)width / 32768.0F;
}

size_t distort_resample(const int16_t *in, size_t count, uint32_t hz, float speed, float *ret_out,
			size_t room)
{
	static float kernel[LOBES * PHASES + 1];
	double step = (double)hz / MEL_HZ * (double)speed;
	double width = step > 1 ? step * 1.05 : 1;
	size_t made = 0;

	if (kernel[0] == 0)
		make_kernel(kernel);
	for (; made < room && (double)made * step < (double)count; made++)
		ret_out[made] = at_time(in, count, (double)made * step, width, kernel);
	return made;
}

/* The direct sound, and a tail of single echoes that die away. */
void distort_room(float *samples, size_t count, struct chance *chance)
{
	float decay_s = chance_between(chance, 0.1F, 0.6F),
	      tail = chance_between(chance, 0.1F, 0.8F);
	uint32_t delay[ECHOES_MAX];
	float gain[ECHOES_MAX];
	float keep = chance_between(chance, 0.0F, 0.6F), held = 0;

	for (int i = 0; i < ECHOES_MAX; i++) {
		float s = decay_s * chance_unit(chance);

		delay[i] = 8 + (uint32_t)(s * MEL_HZ);
		gain[i] = tail * exact_exp2(-9.97F * s / decay_s) *
			  (chance_bits(chance) & 1 ? 0.4F : -0.4F);
	}
	/* From the end, so that what is read is still dry. */
	for (size_t i = count; i-- > 0;)
		for (int e = 0; e < ECHOES_MAX; e++)
			if (i >= delay[e])
				samples[i] += gain[e] * samples[i - delay[e]];
	/* Distance and walls dull the sound. */
	for (size_t i = 0; i < count; i++) {
		held = held * keep + samples[i] * (1 - keep);
		samples[i] = held;
	}
}

void distort_clip(float *samples, size_t count, float gain)
{
	for (size_t i = 0; i < count; i++) {
		float x = samples[i] * gain;

		samples[i] = x > 1 ? 1 : x < -1 ? -1 : x;
	}
}

/* mu-law and back, ITU-T G.711: the nearest of its levels below. */
static float through_mu_law(float sample)
{
	int value = (int)(sample * 8159.0F), sign = value < 0, segment = 0;

	value = (sign ? -value : value) + 33;
	value = value > 8191 ? 8191 : value;
	while (value >> (segment + 6))
		segment++;
	int step = 2 << segment;

	value = value / step * step + step / 2 - 33;
	return (float)(sign ? -value : value) / 8159.0F;
}

void distort_telephone(float *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = through_mu_law(samples[i]);
}

void distort_noise(float *samples, size_t count, float level, struct chance *chance)
{
	float colour = chance_between(chance, 0.0F, 0.95F), held = 0;
	float scale = level * exact_root(1 - colour * colour);

	for (size_t i = 0; i < count; i++) {
		held = held * colour + scale * chance_normal(chance);
		samples[i] += held;
	}
}
