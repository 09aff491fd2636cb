/* The microphone hears something at all times, never too loud, and the coders carry it. */
#include "../check.h"

#include <stdlib.h>

#include "demo/sound.h"
#include "demo/sound_coder.h"

enum { SECONDS = 8 };

static int16_t samples[SECONDS * SOUND_HZ];

static void it_is_heard_and_soft(void **state)
{
	static struct sound sound;

	(void)state;
	sound_init(&sound);
	sound_make(&sound, samples, SECONDS * SOUND_HZ);
	for (int s = 0; s < SECONDS; s++) {
		uint64_t sum = 0;
		int peak = 0;

		for (int i = s * SOUND_HZ; i < (s + 1) * SOUND_HZ; i++) {
			sum += (uint64_t)abs(samples[i]);
			peak = abs(samples[i]) > peak ? abs(samples[i]) : peak;
		}
		assert_true(sum / SOUND_HZ > 20);
		assert_true(peak < 16000);
	}
}

static void it_goes_on_anywhere(void **state)
{
	static struct sound sound;
	uint64_t sum = 0;

	(void)state;
	sound_seek(&sound, UINT64_C(1000000000));
	sound_make(&sound, samples, SOUND_HZ);
	assert_int_equal(sound.sample, UINT64_C(1000000000) + SOUND_HZ);
	for (int i = 0; i < SOUND_HZ; i++)
		sum += (uint64_t)abs(samples[i]);
	assert_true(sum > 0);
}

static void every_kind_codes_every_block(void **state)
{
	static struct sound sound;

	(void)state;
	sound_init(&sound);
	for (int kind = 0; kind < SOUND_KIND_COUNT; kind++) {
		const struct sound_format *format = sound_format_of((enum sound_kind)kind);
		AUTO(sound_coder) coder = NULL;
		int packets = 0;

		assert_int_equal(sound_coder_create((enum sound_kind)kind, &coder), 0);
		for (int i = 0; i < 20; i++) {
			struct sound_coded coded;

			sound_make(&sound, samples, format->block_samples);
			assert_int_equal(sound_coder_encode(coder, samples, &coded), 0);
			packets += coded.data.size > 0;
			assert_true(coded.data.size < 1100);
			if (kind == SOUND_PCMU)
				assert_int_equal(coded.data.size, 160);
		}
		assert_true(packets >= 18);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_heard_and_soft),
		cmocka_unit_test(it_goes_on_anywhere),
		cmocka_unit_test(every_kind_codes_every_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
