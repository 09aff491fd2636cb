#include "../check.h"

#include "base/attr.h"
#include "rtc/level.h"

enum { FULL_BPS = 4000000, SUB_BPS = 500000 };

struct second {
	uint64_t estimate_bps; /* 0: none came */
	uint32_t lost_percent, drops;
};

/* Seconds alike, one after the other; how many passed until the level changed, or `limit`. */
static int run(struct level *level, struct second second, bool has_sub, int limit, uint64_t *now_ns)
{
	for (int i = 1; i <= limit; i++) {
		*now_ns += CLOCK_NS_PER_S;
		if (second.estimate_bps)
			level_note_estimate(level, second.estimate_bps, *now_ns);
		level_note_report(level, &(struct level_report){second.lost_percent, 0}, *now_ns);
		for (uint32_t drop = 0; drop < second.drops; drop++)
			level_note_drop(level);
		if (level_step(level, FULL_BPS, SUB_BPS, has_sub, *now_ns))
			return i;
	}
	return limit;
}

static void a_good_link_stays_full(void **state)
{
	static const struct second cases[] = {
		{0, 0, 0}, {8000000, 0, 0}, {3600000, 2, 0}, {0, 5, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct level level;
		uint64_t now_ns = 0;

		level_init(&level, now_ns);
		assert_int_equal(run(&level, cases[i], true, 300, &now_ns), 300);
		assert_int_equal(level.level, VIEW_FULL);
	}
}

static void a_slow_link_goes_down_soon(void **state)
{
	static const struct second cases[] = {{1000000, 0, 0}, {0, 15, 0}, {0, 0, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct level level;
		uint64_t now_ns = 0;

		level_init(&level, now_ns);
		assert_in_range(run(&level, cases[i], true, 15, &now_ns), 5, 9);
		assert_int_equal(level.level, VIEW_SUB);
		level_init(&level, now_ns);
		assert_in_range(run(&level, cases[i], false, 15, &now_ns), 5, 9);
		assert_int_equal(level.level, VIEW_KEYS);
	}
}

static void one_bad_second_means_nothing(void **state)
{
	struct level level;
	uint64_t now_ns = 0;

	(void)state;
	level_init(&level, now_ns);
	for (int i = 0; i < 30; i++) {
		run(&level, (struct second){0, 0, 1}, true, 1, &now_ns);
		run(&level, (struct second){0, 0, 0}, true, 3, &now_ns);
		assert_int_equal(level.level, VIEW_FULL);
	}
}

static void a_very_slow_link_gets_key_frames(void **state)
{
	struct level level;
	uint64_t now_ns = 0;

	(void)state;
	level_init(&level, now_ns);
	run(&level, (struct second){100000, 0, 0}, true, 15, &now_ns);
	assert_int_equal(level.level, VIEW_SUB);
	run(&level, (struct second){100000, 0, 0}, true, 15, &now_ns);
	assert_int_equal(level.level, VIEW_KEYS);
}

/* It tries again, less and less often while the attempts fail. */
static void tries_up_with_patience(void **state)
{
	struct level level;
	uint64_t now_ns = 0;
	int before = 0;

	(void)state;
	level_init(&level, now_ns);
	run(&level, (struct second){1000000, 0, 0}, true, 15, &now_ns);
	for (int attempt = 0; attempt < 3; attempt++) {
		int waited = run(&level, (struct second){700000, 0, 0}, true, 1000, &now_ns);

		assert_int_equal(level.level, VIEW_FULL);
		assert_true(waited > before);
		before = waited;
		run(&level, (struct second){700000, 12, 0}, true, 15, &now_ns);
		assert_int_equal(level.level, VIEW_SUB);
	}
	assert_true((uint64_t)before * CLOCK_NS_PER_S > 4 * LEVEL_UP_FIRST_NS);
}

static void room_shortens_the_wait(void **state)
{
	struct level level;
	uint64_t now_ns = 0;

	(void)state;
	level_init(&level, now_ns);
	run(&level, (struct second){1000000, 0, 0}, true, 15, &now_ns);
	int slow = run(&level, (struct second){700000, 0, 0}, true, 100, &now_ns);

	level_init(&level, now_ns);
	run(&level, (struct second){1000000, 0, 0}, true, 15, &now_ns);
	int quick = run(&level, (struct second){20000000, 0, 0}, true, 100, &now_ns);

	assert_true(quick < slow);
	assert_int_equal(level.level, VIEW_FULL);
}

/* As webrtcbin does: a report every five seconds, and nothing else. */
static void rare_reports_are_enough(void **state)
{
	static const struct {
		struct level_report report;
		enum view_level level;
	} cases[] = {
		{{15, 40}, VIEW_SUB},
		{{0, 800}, VIEW_SUB},
		{{5, 300}, VIEW_FULL},
		{{0, 0}, VIEW_FULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct level level;
		uint64_t now_ns = 0;

		level_init(&level, now_ns);
		level_note_report(&level, &(struct level_report){0, 40}, now_ns);
		for (int second = 1; second <= 13; second++) {
			now_ns += CLOCK_NS_PER_S;
			if (second % 5 == 0)
				level_note_report(&level, &cases[i].report, now_ns);
			level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
		}
		assert_int_equal(level.level, cases[i].level);
	}
}

/* The first report after a step is about the level before, too: it must not cause the next step. */
static void a_report_about_the_level_before_does_not_count(void **state)
{
	struct level level;
	uint64_t now_ns = 0;

	(void)state;
	level_init(&level, now_ns);
	run(&level, (struct second){0, 15, 0}, true, 15, &now_ns);
	assert_int_equal(level.level, VIEW_SUB);
	now_ns += 5 * CLOCK_NS_PER_S;
	level_note_report(&level, &(struct level_report){30, 0}, now_ns);
	for (int second = 0; second < 5; second++, now_ns += CLOCK_NS_PER_S)
		level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
	assert_int_equal(level.level, VIEW_SUB);
	level_note_report(&level, &(struct level_report){30, 0}, now_ns);
	for (int second = 0; second < 5; second++, now_ns += CLOCK_NS_PER_S)
		level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
	assert_int_equal(level.level, VIEW_KEYS);
}

/* Who was heard of once and then no more is not judged by that for ever. */
static void an_old_report_says_nothing(void **state)
{
	struct level level;
	uint64_t now_ns = CLOCK_NS_PER_S;

	(void)state;
	level_init(&level, now_ns);
	for (int i = 0; i < 20; i++) {
		level_note_report(&level, &(struct level_report){0, 0}, now_ns);
		level_note_report(&level, &(struct level_report){30, 0}, now_ns);
		level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
		now_ns += 9 * CLOCK_NS_PER_S;
		level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
		level_step(&level, FULL_BPS, SUB_BPS, true, now_ns);
	}
	assert_int_equal(level.level, VIEW_FULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_link_stays_full),
		cmocka_unit_test(a_slow_link_goes_down_soon),
		cmocka_unit_test(one_bad_second_means_nothing),
		cmocka_unit_test(a_very_slow_link_gets_key_frames),
		cmocka_unit_test(tries_up_with_patience),
		cmocka_unit_test(room_shortens_the_wait),
		cmocka_unit_test(rare_reports_are_enough),
		cmocka_unit_test(a_report_about_the_level_before_does_not_count),
		cmocka_unit_test(an_old_report_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
