/* What the camera's own speaker plays is no crying in the room, and does not hide any. With the
 * weights that are shipped, in a computed room: late, distorted, with walls, between two clocks. */
#include <math.h>
#include <string.h>

#include "ear/weights.h"
#include "proto/hear/hear.h"
#include "train/cry/synth.h"

#include "../check.h"

enum {
	SECONDS = 24,
	SAMPLES = SECONDS * HEAR_HZ,
	BLOCK = 160,
	FROM = 3 * HEAR_HZ, /* the speaker sounds */
	TO = 20 * HEAR_HZ,
	CHILD = 10 * HEAR_HZ, /* there cries */
	LATE = 2345,          /* samples: 293 ms */
	WALLS = 40,
};

static const uint64_t START_NS = 7000000003;

static struct hear_kit kit;
static struct hear hear;
static float speaker[SAMPLES], child[SAMPLES];

/* What the room makes of what the speaker is given at `at`. */
static float heard_at(int at, float gain)
{
	float sum = 0;

	for (int wall = 0; wall < WALLS; wall++) {
		/* 80 ppm: a sample each second and a half */
		int from = at - LATE - wall * 53 - at / 12500;
		float way = wall ? 0.3F * (wall % 2 ? -1.0F : 1.0F) * expf(-0.1F * (float)wall) : 1;

		sum += from >= FROM && from < TO ? way * tanhf(3 * speaker[from]) : 0;
	}
	return gain * sum;
}

static int16_t sample_of(float value)
{
	return (int16_t)(value > 1 ? 32767 : value < -1 ? -32767 : value * 32767);
}

/* How the camera is: does it say what its speaker is given, and is that heard at all? */
struct scene {
	bool is_told;
	float gain; /* of the speaker in the microphone */
};

/* When the first episode at `level` begins, in milliseconds; -1: none. */
static int first_episode(const struct scene *scene, enum hear_level level)
{
	struct chance chance = {3};
	struct episode episode = {0};
	int16_t given[BLOCK], mic[BLOCK];

	memset(&hear, 0, sizeof(hear));
	for (int at = 0; at < SAMPLES; at += BLOCK) {
		uint64_t now_ns = START_NS + (uint64_t)at * 125000;

		for (int i = 0; i < BLOCK; i++) {
			given[i] = sample_of(speaker[at + i]);
			mic[i] = sample_of(heard_at(at + i, scene->gain) + child[at + i] +
					   0.001F * chance_normal(&chance));
		}
		if (scene->is_told && at >= FROM && at < TO)
			hear_speaker(&hear, &kit, given, BLOCK, now_ns);
		hear_at(&hear, now_ns);
		for (size_t k = 0; k < BLOCK;) {
			bool answered;

			k += hear_take(&hear, &kit, mic + k, BLOCK - k, &answered);
			if (answered &&
			    episode_vote(&episode, &HEAR_RULES[level], hear.answer.score,
					 hear.answer.level, now_ns) == EPISODE_STARTED)
				return at * 1000 / HEAR_HZ;
		}
	}
	return -1;
}

static void a_child_out_of_the_speaker_is_none_in_the_room(void **state)
{
	struct chance chance = {11};

	(void)state;
	memset(child, 0, sizeof(child));
	memset(speaker, 0, sizeof(speaker));
	synth_cry(speaker + FROM, TO - FROM, &chance);
	/* who does not know the speaker takes it for one */
	assert_true(first_episode(&(struct scene){.is_told = false, .gain = 0.3F}, HEAR_LOW) > 0);
	for (float gain = 1; gain > 0.02F; gain *= 0.4F)
		assert_int_equal(
			first_episode(&(struct scene){.is_told = true, .gain = gain}, HEAR_HIGH),
			-1);
}

static void a_child_that_cries_meanwhile_is_heard(void **state)
{
	static const enum synth_kind kinds[] = {SYNTH_MELODY, SYNTH_TALK, SYNTH_NOISE};
	struct chance chance = {17};

	(void)state;
	memset(child, 0, sizeof(child));
	synth_cry(child + CHILD, SAMPLES - CHILD, &chance);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		memset(speaker, 0, sizeof(speaker));
		synth_make(kinds[i], speaker + FROM, TO - FROM, &chance);
		int at_ms =
			first_episode(&(struct scene){.is_told = true, .gain = 0.1F}, HEAR_NORMAL);

		assert_in_range(at_ms, 10500, 15000);
	}
}

/* The camera takes its own echo out: then nothing is the speaker's, however loud. */
static void without_an_echo_all_is_the_rooms(void **state)
{
	struct chance chance = {19};

	(void)state;
	memset(child, 0, sizeof(child));
	memset(speaker, 0, sizeof(speaker));
	synth_make(SYNTH_TALK, speaker + FROM, TO - FROM, &chance);
	synth_cry(child + CHILD, SAMPLES - CHILD, &chance);
	assert_in_range(first_episode(&(struct scene){.is_told = true}, HEAR_NORMAL), 10500, 14000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_out_of_the_speaker_is_none_in_the_room),
		cmocka_unit_test(a_child_that_cries_meanwhile_is_heard),
		cmocka_unit_test(without_an_echo_all_is_the_rooms),
	};

	assert_int_equal(hear_prepare(&kit, weights_cry()), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
