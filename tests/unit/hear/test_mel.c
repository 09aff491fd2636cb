#include "proto/hear/mel.h"

#include <math.h>
#include <string.h>

#include "../check.h"

static struct mel mel;

static int prepare(void **state)
{
	(void)state;
	mel_init(&mel);
	return 0;
}

/* A tone with `overtones` more above it. */
static void make_tone(float *samples, double hz, int overtones, double level)
{
	double pi = acos(-1);

	for (int i = 0; i < MEL_WINDOW; i++) {
		double sum = 0;

		for (int k = 1; k <= overtones + 1; k++)
			sum += level * sin(2 * pi * hz * k * i / MEL_HZ) / k;
		samples[i] = (float)sum;
	}
}

/* The band's middle, as the definition of the scale has it. */
static double middle_of(int band)
{
	double low = 1127 * log(1 + MEL_LOW_HZ / 700.0), high = 1127 * log(1 + MEL_HIGH_HZ / 700.0);
	double at = low + (high - low) * (band + 1) / (MEL_BANDS + 1);

	return 700 * (exp(at / 1127) - 1);
}

static void a_tone_is_in_its_band(void **state)
{
	(void)state;
	for (int band = 0; band < MEL_BANDS; band++) {
		float samples[MEL_WINDOW];
		struct mel_frame frame;
		int loudest = 0;

		make_tone(samples, middle_of(band), 0, 0.5);
		mel_measure(&mel, samples, &frame);
		for (int i = 0; i < MEL_BANDS; i++)
			loudest = frame.power[i] > frame.power[loudest] ? i : loudest;
		assert_in_range(loudest, band ? band - 1 : 0, band + 1);
		assert_true(fabs((double)frame.level - 0.125) < 0.01);
	}
}

static void silence_is_nothing(void **state)
{
	static const float samples[MEL_WINDOW];
	struct mel_frame frame;

	(void)state;
	mel_measure(&mel, samples, &frame);
	for (int i = 0; i < MEL_BANDS; i++)
		assert_true(frame.power[i] == 0);
	assert_true(frame.level == 0 && frame.harmonic == 0 && frame.pitch_hz == 0);
}

static void a_voices_pitch_is_found(void **state)
{
	(void)state;
	for (double hz = 260; hz < 640; hz += 17) {
		float samples[MEL_WINDOW];
		struct mel_frame frame;

		make_tone(samples, hz, 4, 0.2);
		mel_measure(&mel, samples, &frame);
		assert_true(frame.harmonic > 0.8F);
		if (fabs((double)frame.pitch_hz / hz - 1) > 0.06)
			fail_msg("%g Hz was taken for %g", hz, (double)frame.pitch_hz);
	}
}

static void noise_has_no_pitch(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		float samples[MEL_WINDOW];
		struct mel_frame frame;

		for (int i = 0; i < MEL_WINDOW; i++) {
			random = random * 1664525 + 1013904223;
			samples[i] = (float)(random >> 8) / (float)(1 << 23) - 1;
		}
		mel_measure(&mel, samples, &frame);
		assert_true(frame.harmonic < 0.4F);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_is_in_its_band),
		cmocka_unit_test(silence_is_nothing),
		cmocka_unit_test(a_voices_pitch_is_found),
		cmocka_unit_test(noise_has_no_pitch),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
