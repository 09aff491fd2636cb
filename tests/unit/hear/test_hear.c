/* The way from samples to answers, whatever pieces they come in. */
#include "proto/hear/hear.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../check.h"

enum { SECONDS = 8, SAMPLES = SECONDS * HEAR_HZ };

static struct hear_kit kit;
static uint8_t weights[NET_FILE_SIZE]; /* all zero: every patch scores 0.5 */
static int16_t samples[SAMPLES];

static int prepare(void **state)
{
	(void)state;
	memcpy(weights, "ward-cry\1\0\0\0\1\0\0\0", 16);
	weights[16] = NET_VALUES & 0xff;
	weights[17] = NET_VALUES >> 8;
	return hear_prepare(&kit, (struct bytes){weights, sizeof(weights)});
}

static void make_tone(double hz, double level)
{
	for (int i = 0; i < SAMPLES; i++)
		samples[i] = (int16_t)lrint(level * 32767 * sin(2 * acos(-1) * hz * i / HEAR_HZ));
}

/* Feeds all in pieces of `size`; gives how many answers came and the last. */
static int feed(struct hear *hear, size_t size)
{
	int answers = 0;

	for (size_t at = 0; at < SAMPLES;) {
		size_t count = SAMPLES - at < size ? SAMPLES - at : size;
		bool answered;

		at += hear_take(hear, &kit, samples + at, count, &answered);
		answers += answered;
	}
	return answers;
}

static void answers_come_each_half_second(void **state)
{
	static struct hear one, other;

	(void)state;
	make_tone(440, 0.3);
	/* 128 frames are needed; an answer each 32 */
	int frames = (SAMPLES - MEL_WINDOW) / MEL_HOP + 1;

	memset(&one, 0, sizeof(one));
	memset(&other, 0, sizeof(other));
	int answers = feed(&one, SAMPLES);

	assert_in_range(answers, (frames - NET_FRAMES) / HEAR_STRIDE,
			(frames - NET_FRAMES) / HEAR_STRIDE + 1);
	assert_int_equal(feed(&other, 37), answers);
	assert_memory_equal(&one, &other, sizeof(one));
	assert_true(one.answer.score == 0.5F && one.answer.voiced > 0.95F);
	assert_true(fabs((double)one.answer.level - 0.045) < 0.002);
}

static void the_gate_is_shut_for(double hz, double level)
{
	static struct hear hear;

	memset(&hear, 0, sizeof(hear));
	make_tone(hz, level);
	assert_true(feed(&hear, SAMPLES) > 0);
	assert_true(hear.answer.score == 0);
}

static void the_gate_keeps_silence_and_low_voices_out(void **state)
{
	(void)state;
	the_gate_is_shut_for(440, 0.0005);
	the_gate_is_shut_for(440, 0);
	the_gate_is_shut_for(120, 0.3);
}

static void after_a_gap_it_listens_anew(void **state)
{
	static struct hear hear;
	bool answered;

	(void)state;
	memset(&hear, 0, sizeof(hear));
	make_tone(440, 0.3);
	(void)feed(&hear, SAMPLES);
	hear_gap(&hear);
	size_t taken = hear_take(&hear, &kit, samples, SAMPLES, &answered);

	assert_true(answered);
	assert_true(taken >= MEL_WINDOW + (NET_FRAMES - 1) * MEL_HOP);
}

/* The camera's times are corrected now and then: a noise that lasts is one all the same. */
static void a_clock_that_is_set_back_ends_nothing(void **state)
{
	static struct hear hear;
	bool answered;
	int begins = 0, ends = 0;

	(void)state;
	memset(&hear, 0, sizeof(hear));
	hear.watch.noise_limit = 0.001F;
	hear.watch.for_alarms = true;
	make_tone(440, 0.3);
	for (uint64_t at = 0; at < SAMPLES; at += MEL_HOP) {
		uint64_t back_ns = at > SAMPLES / 2 ? 150000000 : 0;

		hear_at(&hear, 1000000000 + at * 125000 - back_ns);
		for (size_t i = 0; i < MEL_HOP;)
			i += hear_take(&hear, &kit, samples + at + i, MEL_HOP - i, &answered);
		begins += hear.watch.loud_event == EPISODE_STARTED;
		ends += hear.watch.loud_event == EPISODE_ENDED || hear.watch.alarm_event;
		hear.watch.loud_event = hear.watch.alarm_event = EPISODE_NONE;
	}
	assert_int_equal(begins, 1);
	assert_int_equal(ends, 0);
	assert_in_range(hear_frame_ns(hear.watch.loud.start), 980000000, 1200000000);
}

static void levels_of_care_are_in_order(void **state)
{
	(void)state;
	for (int i = HEAR_LOW; i < HEAR_HIGH; i++) {
		assert_true(HEAR_RULES[i].threshold >= HEAR_RULES[i + 1].threshold);
		assert_true(HEAR_RULES[i].need >= HEAR_RULES[i + 1].need);
	}
	assert_true(HEAR_RULES[HEAR_OFF].threshold > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_each_half_second),
		cmocka_unit_test(the_gate_keeps_silence_and_low_voices_out),
		cmocka_unit_test(after_a_gap_it_listens_anew),
		cmocka_unit_test(a_clock_that_is_set_back_ends_nothing),
		cmocka_unit_test(levels_of_care_are_in_order),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
