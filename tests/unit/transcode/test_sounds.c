/* Sounds that last: what they are made of, how loud they are, that they begin and end softly, and that they
 * are the same each time. */
#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "transcode/tone.h"

enum { SECONDS = 16, COUNT = SECONDS * TONE_HZ, BLOCK = 960, WINDOW = 4096 };

static int16_t samples[COUNT], others[COUNT];

static void make(enum speaker_sound sound, uint32_t volume, int16_t *ret_samples)
{
	struct tone tone = {.sound = sound, .seconds = SECONDS, .volume = volume};
	size_t count = 0, made;

	while ((made = tone_take(&tone, ret_samples + count, COUNT - count < BLOCK ? COUNT - count : BLOCK)) > 0)
		count += made;
	assert_int_equal(count, COUNT);
	assert_int_equal(tone_take(&tone, others, BLOCK), 0);
}

static double rms_of(const int16_t *at, size_t count)
{
	double energy = 0;

	for (size_t i = 0; i < count; i++)
		energy += (double)at[i] * at[i];
	return sqrt(energy / (double)count);
}

/* The energy at `hz` in one window of samples. */
static double energy_at(const int16_t *at, double hz)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < WINDOW; i++) {
		double hann = 0.5 - 0.5 * cos(2 * M_PI * (double)i / WINDOW);

		re += hann * at[i] * cos(2 * M_PI * hz * (double)i / TONE_HZ);
		im += hann * at[i] * sin(2 * M_PI * hz * (double)i / TONE_HZ);
	}
	return re * re + im * im;
}

/* dB between what is around `hz` and two octaves above it, neither faded. */
static double slope_at(double hz)
{
	double low = 0, high = 0;

	for (unsigned window = 0; window < 24; window++)
		for (unsigned i = 0; i < 4; i++) {
			const int16_t *at = samples + 4 * TONE_HZ + (size_t)window * WINDOW;

			low += energy_at(at, hz * (1 + i * 0.05));
			high += energy_at(at, 4 * hz * (1 + i * 0.05));
		}
	return 10 * log10(high / low);
}

static void noises_fall_as_their_colour_says(void **state)
{
	(void)state;
	make(SOUND_WHITE, 100, samples);
	assert_true(fabs(slope_at(300)) < 1.5 && fabs(slope_at(2000)) < 1.5);
	make(SOUND_PINK, 100, samples);
	assert_true(fabs(slope_at(300) + 6) < 2 && fabs(slope_at(1000) + 6) < 2);
	make(SOUND_BROWN, 100, samples);
	assert_true(fabs(slope_at(300) + 12) < 2 && fabs(slope_at(1000) + 12) < 2);
}

static void each_is_bounded_begins_and_ends_softly_and_is_the_same_again(void **state)
{
	(void)state;
	for (enum speaker_sound sound = SOUND_CHIME + 1; sound < SOUND_COUNT; sound++) {
		int peak = 0;

		make(sound, 100, samples);
		for (size_t i = 0; i < COUNT; i++)
			peak = abs(samples[i]) > peak ? abs(samples[i]) : peak;
		assert_in_range(peak, TONE_PEAK / 4, TONE_PEAK - 1);
		double loud = rms_of(samples + 4 * TONE_HZ, 6 * TONE_HZ);

		assert_true(loud > TONE_PEAK / 16.0 && loud < TONE_PEAK / 2.0);
		/* A hundredth of it at either end, half of it half-way through the fades. */
		assert_true(rms_of(samples, TONE_HZ / 50) < loud / 50);
		assert_true(rms_of(samples + COUNT - TONE_HZ / 50, TONE_HZ / 50) < loud / 50);
		assert_true(rms_of(samples + COUNT - TONE_HZ * 5 / 2, 2 * TONE_HZ) < loud * 0.6);
		make(sound, 50, others);
		double quiet = 20 * log10(rms_of(others + 4 * TONE_HZ, 6 * TONE_HZ) / loud);

		assert_true(fabs(quiet + 12) < 0.2);
		make(sound, 100, others);
		assert_memory_equal(samples, others, sizeof(samples));
	}
}

/* How loud the tenths of a second are, of one period that begins there. */
static void rhythms_are_a_heart_s_and_a_breath_s(void **state)
{
	const size_t tenth = TONE_HZ / 10;

	(void)state;
	make(SOUND_HEARTBEAT, 100, samples);
	for (size_t second = 4; second < 8; second++) {
		const int16_t *at = samples + second * TONE_HZ;

		assert_true(rms_of(at, 2 * tenth) > 2.5 * rms_of(at + 7 * tenth, 2 * tenth));
		assert_true(rms_of(at + 3 * tenth, 2 * tenth) > 2 * rms_of(at + 7 * tenth, 2 * tenth));
	}
	make(SOUND_SHUSH, 100, samples);
	for (size_t breath = 4; breath < 8; breath++) {
		const int16_t *at = samples + breath * 12 * tenth;

		assert_true(rms_of(at + 4 * tenth, tenth) > 5 * rms_of(at + 10 * tenth, tenth));
	}
	make(SOUND_RAIN, 100, samples);
	assert_true(slope_at(250) < -2 && slope_at(250) > -12);
}

/* What the first notes of a tune are, each from its beginning on. */
static const struct tune_begins {
	enum speaker_sound sound;
	uint32_t beat_ms;
	struct {
		double hz;
		unsigned beats;
	} notes[7];
} tunes[] = {
	{SOUND_WIEGENLIED, 390, {{659.26, 1}, {659.26, 1}, {783.99, 3}, {659.26, 1}, {659.26, 2}, {783.99, 4}, {659.26, 1}}},
	{SOUND_TWINKLE, 700, {{523.25, 1}, {523.25, 1}, {783.99, 1}, {783.99, 1}, {880, 1}, {880, 1}, {783.99, 2}}},
	{SOUND_FRERE_JACQUES, 340, {{523.25, 2}, {587.33, 2}, {659.26, 2}, {523.25, 2}, {523.25, 2}, {587.33, 2}, {659.26, 2}}},
};

static void a_lullaby_has_its_melody(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(tunes); i++) {
		size_t at = 0;

		make(tunes[i].sound, 100, samples);
		for (size_t note = 0; note < 7; note++) {
			double hz = tunes[i].notes[note].hz, step = pow(2, 2.0 / 12);
			const int16_t *struck = samples + at * TONE_HZ / 1000 + 480;

			assert_true(energy_at(struck, hz) > 2 * energy_at(struck, hz * step));
			assert_true(energy_at(struck, hz) > 2 * energy_at(struck, hz / step));
			at += (size_t)tunes[i].beat_ms * tunes[i].notes[note].beats;
		}
	}
}

static void what_is_asked_too_loud_is_as_loud_as_may_be(void **state)
{
	(void)state;
	make(SOUND_WHITE, 100, samples);
	make(SOUND_WHITE, UINT32_MAX, others);
	assert_memory_equal(samples, others, sizeof(samples));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noises_fall_as_their_colour_says),
		cmocka_unit_test(each_is_bounded_begins_and_ends_softly_and_is_the_same_again),
		cmocka_unit_test(rhythms_are_a_heart_s_and_a_breath_s),
		cmocka_unit_test(a_lullaby_has_its_melody),
		cmocka_unit_test(what_is_asked_too_loud_is_as_loud_as_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
