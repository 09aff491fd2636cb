/* An hour of sounds of a home, of kinds that the network never learned from, and no alarm at
 * HEAR_LOW; then something like crying, which HEAR_HIGH hears. With the weights that are shipped.
 * What that is worth: docs/design/hearing.md. */
#include <string.h>

#include "ear/weights.h"
#include "proto/hear/hear.h"
#include "train/cry/synth.h"

#include "../check.h"

enum { SECONDS = 10, ROUNDS = 360, SAMPLES = SECONDS * HEAR_HZ };

static struct hear_kit kit;
static struct hear hear;
static struct episode episodes[HEAR_LEVEL_COUNT];
static uint64_t taken;

/* The number of episodes that begin by this rule. */
static unsigned feed(const float *sound, float gain, enum hear_level level)
{
	static int16_t samples[SAMPLES];
	unsigned begins = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		float value = sound[i] * gain * 32767;

		samples[i] = (int16_t)(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
	}
	for (size_t at = 0; at < SAMPLES;) {
		bool answered;
		size_t count = hear_take(&hear, &kit, samples + at, SAMPLES - at, &answered);

		at += count;
		taken += count;
		if (answered)
			begins += episode_vote(&episodes[level], &HEAR_RULES[level],
					       hear.answer.score, hear.answer.level,
					       taken * 125000) == EPISODE_STARTED;
	}
	return begins;
}

static void an_hour_at_home_gives_no_alarm(void **state)
{
	static float sound[SAMPLES];
	struct chance chance = {99};

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		int kind = SYNTH_TRAINED + i % (SYNTH_KINDS - SYNTH_TRAINED);

		synth_make((enum synth_kind)kind, sound, SAMPLES, &chance);
		unsigned begins = feed(sound, chance_between(&chance, 0.05F, 1), HEAR_LOW);

		if (begins)
			fail_msg("sound of kind %d was taken for crying", kind);
	}
	synth_cry(sound, SAMPLES, &chance);
	assert_int_equal(feed(sound, 0.5F, HEAR_NORMAL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(an_hour_at_home_gives_no_alarm)};

	assert_int_equal(hear_prepare(&kit, weights_cry()), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
