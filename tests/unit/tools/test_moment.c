#include "../check.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/attr.h"
#include "tools/moment.h"

/* 2026-11-22 12:00:16.5 UTC, 13:00 in Berlin */
#define NOON UINT64_C(1795348816500000)
#define S    UINT64_C(1000000)

static void assert_moment(const char *text, uint64_t expected_us)
{
	uint64_t us = 0;

	assert_int_equal(moment_parse(text, NOON, &us), 0);
	assert_int_equal(us, expected_us);
}

static void local_times_are_the_boxs_own(void **state)
{
	(void)state;
	assert_moment("2026-11-22 13:00", NOON - 16500000);
	assert_moment("2026-11-22 13:00:16", NOON - 500000);
	assert_moment("2026-11-22T13:00:16.25", NOON - 250000);
	assert_moment("13:01", NOON - 16500000 + 60 * S);
	assert_moment("2026-07-01 14:00", UINT64_C(1782907200) * S);
}

static void times_with_a_zone_are_rfc_3339(void **state)
{
	(void)state;
	assert_moment("2026-11-22T12:00:16.5Z", NOON);
	assert_moment("2026-11-22T12:00:16.500000z", NOON);
	assert_moment("2026-11-22T17:30:16.5+05:30", NOON);
	assert_moment("2026-11-22 04:00:16-08:00", NOON - 500000);
}

static void times_ago_count_from_now(void **state)
{
	(void)state;
	assert_moment("now", NOON);
	assert_moment("-90s", NOON - 90 * S);
	assert_moment("-10m", NOON - 600 * S);
	assert_moment("-2h", NOON - 7200 * S);
	assert_moment("-1d", NOON - 86400 * S);
}

/* Berlin: 29 March 2026, 2:00 becomes 3:00; 25 October 2026, 3:00 becomes 2:00. */
static void an_hour_that_is_not_or_comes_twice_is_refused(void **state)
{
	uint64_t us;

	(void)state;
	assert_int_equal(moment_parse("2026-03-29 02:30", NOON, &us), -ENOENT);
	assert_int_equal(moment_parse("2026-10-25 02:30", NOON, &us), -ENOTUNIQ);
	assert_moment("2026-10-25T02:30+02:00", UINT64_C(1792888200) * S);
	assert_moment("2026-10-25T02:30+01:00", UINT64_C(1792891800) * S);
	assert_moment("2026-10-25 01:59:59", UINT64_C(1792886399) * S);
	assert_moment("2026-10-25 03:00", UINT64_C(1792893600) * S);
}

static void anything_else_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"-",
		"-m",
		"-10",
		"-10x",
		"10m",
		"yesterday",
		"2026-11-22",
		"2026-11-22 25:00",
		"2026-02-30 10:00",
		"2026-13-01 10:00",
		"2026-00-01 10:00",
		"14:5",
		"14:05Z",
		"14:05 ",
		"2026-11-22 14:05 CET",
		"2026-11-22T14:05:30.",
		"2026-11-22T14:05+1",
		"-1.5h",
		"1960-01-01T00:00Z",
		"-99999999999999s",
	};
	uint64_t us;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(moment_parse(wrong[i], NOON, &us), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_times_are_the_boxs_own),
		cmocka_unit_test(times_with_a_zone_are_rfc_3339),
		cmocka_unit_test(times_ago_count_from_now),
		cmocka_unit_test(an_hour_that_is_not_or_comes_twice_is_refused),
		cmocka_unit_test(anything_else_is_refused),
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
