#include "proto/hear/episode.h"

#include "../check.h"

static const struct episode_rule rule = {.threshold = 0.9F, .need = 4};
static const uint64_t HALF_NS = 500000000;

/* A script of answers, one each half second: 'x' a hit, '.' none. Gives what happened, as one
 * letter each. */
static void play(struct episode *episode, const char *script, char *ret_events)
{
	static const char letters[] = {
		[EPISODE_NONE] = '-', [EPISODE_STARTED] = 'S', [EPISODE_ENDED] = 'E'};
	uint64_t now_ns = 0;

	for (; *script; script++, now_ns += HALF_NS)
		*ret_events++ = letters[episode_vote(episode, &rule, *script == 'x' ? 0.95F : 0.5F,
						     0.01F, now_ns)];
	*ret_events = '\0';
}

static void votes_begin_and_silence_ends(void **state)
{
	static const struct {
		const char *script, *events;
	} rows[] = {
		{"xxxx", "---S"},
		{"x.x.x.x", "------S"},
		{"xx........xx", "------------"}, /* the first two no longer count */
		{"xxx.......x.", "------------"}, /* one is out: only three count */
		{"xxxx....................x", "---S-------------------E-"},
		{"xxxx...................xx....................",
		 "---S----------------------------------------E"},
		{"xxxx....................xxxx", "---S-------------------E---S"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct episode episode = {0};
		char events[64];

		play(&episode, rows[i].script, events);
		assert_string_equal(events, rows[i].events);
	}
}

static void an_episode_tells_when_and_how_loud(void **state)
{
	struct episode episode = {0};

	(void)state;
	for (uint64_t i = 0; i < 6; i++) {
		float score = i % 2 ? 0.5F : 0.9F + 0.01F * (float)i;

		(void)episode_vote(&episode, &rule, score, 0.001F * (float)(i + 1), i * HALF_NS);
	}
	assert_false(episode.is_open);
	assert_int_equal(episode_vote(&episode, &rule, 0.92F, 0.5F, 6 * HALF_NS), EPISODE_STARTED);
	assert_true(episode.start_ns == 0 && episode.last_ns == 6 * HALF_NS);
	assert_true(episode.score > 0.935F && episode.score < 0.945F);
	assert_true(episode.level == 0.5F);
}

static void a_gap_ends_it(void **state)
{
	struct episode episode = {0};
	char events[8];

	(void)state;
	assert_false(episode_cut(&episode));
	play(&episode, "xxxx", events);
	assert_true(episode_cut(&episode));
	assert_false(episode_cut(&episode));
	play(&episode, "xxx", events);
	assert_string_equal(events, "---");
}

static void a_rule_that_is_off_never_fires(void **state)
{
	const struct episode_rule off = {.threshold = 2, .need = EPISODE_VOTES + 1};
	struct episode episode = {0};

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(episode_vote(&episode, &off, 1, 1, i * HALF_NS), EPISODE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(votes_begin_and_silence_ends),
		cmocka_unit_test(an_episode_tells_when_and_how_loud),
		cmocka_unit_test(a_gap_ends_it),
		cmocka_unit_test(a_rule_that_is_off_never_fires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
