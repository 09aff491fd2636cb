/* Ward's own sounds: how long, how loud, at which pitch, and that all of one comes out of the coder. */
#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "transcode/tone.h"
#include "transcode/voice.h"

enum { CHIME = TONE_HZ / 1000 * TONE_CHIME_MS, BLOCK = 960, RATE = 8000 };

static int16_t samples[CHIME + BLOCK];

/* How much of `count` samples is a tone of `hz`, as a share of their energy. */
static double share_of(const int16_t *at, size_t count, double hz)
{
	double re = 0, im = 0, energy = 1;

	for (size_t i = 0; i < count; i++) {
		re += at[i] * cos(2 * M_PI * hz * (double)i / TONE_HZ);
		im += at[i] * sin(2 * M_PI * hz * (double)i / TONE_HZ);
		energy += (double)at[i] * at[i];
	}
	return 2 * (re * re + im * im) / (double)count / energy;
}

static size_t make_chime(void)
{
	struct tone tone = {.sound = SOUND_CHIME};
	size_t count = 0, made;

	while ((made = tone_take(&tone, samples + count, BLOCK)) > 0)
		count += made;
	return count;
}

static void the_chime_is_short_bounded_and_of_two_tones(void **state)
{
	int peak = 0;

	(void)state;
	assert_int_equal(make_chime(), CHIME);
	for (size_t i = 0; i < CHIME; i++)
		peak = abs(samples[i]) > peak ? abs(samples[i]) : peak;
	assert_in_range(peak, TONE_PEAK / 3, TONE_PEAK);
	/* No click at either end. */
	assert_true(abs(samples[0]) < 16 && abs(samples[CHIME - 1]) < 64);
	assert_true(share_of(samples, CHIME / 3, 880) > 0.7);
	assert_true(share_of(samples + CHIME / 2, CHIME / 3, 659.26) > 0.7);
}

static void there_is_no_other_sound(void **state)
{
	struct tone tone = {.sound = SOUND_NONE};

	(void)state;
	assert_int_equal(tone_take(&tone, samples, BLOCK), 0);
}

struct heard {
	size_t bytes;
	uint64_t next_ns;
};

static void hear(void *context, const struct voice_output *output)
{
	struct heard *heard = context;

	if (heard->bytes)
		assert_true(llabs((long long)(output->pts_ns - heard->next_ns)) < 1000);
	heard->next_ns = output->pts_ns + output->data.size * UINT64_C(1000000000) / RATE;
	heard->bytes += output->data.size;
}

static void all_of_it_comes_out_and_the_voice_behind_it_is_apart(void **state)
{
	const struct ipc_track speaker = {.codec = CODEC_PCMU, .clock_hz = RATE, .channels = 1};
	static const uint8_t silence[] = {0xf8, 0xff, 0xfe};
	static const int16_t quiet[BLOCK];
	struct heard heard = {.bytes = 0};
	struct voice *voice;

	(void)state;
	assert_int_equal(voice_create(&speaker, &voice), 0);
	make_chime();
	for (size_t at = 0; at < CHIME; at += BLOCK)
		assert_int_equal(voice_play(voice, 7, samples + at, BLOCK, hear, &heard), 0);
	for (size_t left = voice_lag(voice); left > 0; left -= left < BLOCK ? left : BLOCK)
		assert_int_equal(voice_play(voice, 7, quiet, BLOCK, hear, &heard), 0);
	assert_true(heard.bytes >= RATE * TONE_CHIME_MS / 1000);
	voice_end_run(voice);
	heard.bytes = 0;
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(voice_feed(voice, 9000000000 + i * 20000000,
					    (struct bytes){silence, sizeof(silence)}, hear, &heard), 0);
	assert_true(heard.bytes >= 4 * RATE / 50);
	voice_destroy(voice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chime_is_short_bounded_and_of_two_tones),
		cmocka_unit_test(there_is_no_other_sound),
		cmocka_unit_test(all_of_it_comes_out_and_the_voice_behind_it_is_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
