/* Zones: as text, and who stands in them. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "conf/zone.h"
#include "proto/see/zone.h"

static struct ipc_see zones(const char *text)
{
	struct ipc_see see = {.person = SEE_NORMAL};

	assert_int_equal(zone_parse(text, &see), 0);
	assert_int_equal(zone_check(&see), 0);
	return see;
}

/* Somebody whose feet are at that place, per cent. */
static bool admits(const struct ipc_see *see, float x, float feet)
{
	struct box box = {.left = x / 100 - 0.05F,
			  .right = x / 100 + 0.05F,
			  .top = feet / 100 - 0.3F,
			  .bottom = feet / 100,
			  .score = 1};

	return zone_admits(see, &box);
}

static void without_zones_everywhere_counts(void **state)
{
	struct ipc_see see = zones("  ");

	(void)state;
	assert_true(admits(&see, 50, 50));
	assert_true(admits(&see, 1, 100));
}

static void only_the_included_counts_and_not_the_excluded(void **state)
{
	struct ipc_see see = zones("include 0,40 100,40 100,100 0,100; exclude 70,0 100,0 100,100 70,100");

	(void)state;
	assert_int_equal(see.sizes[0], 4);
	assert_int_equal(see.sizes[1], 4);
	assert_int_equal(see.sizes[2], 0);
	assert_int_equal(see.excludes, 2);
	assert_true(admits(&see, 50, 80));
	assert_true(admits(&see, 50, 100)); /* cut off at the edge */
	assert_false(admits(&see, 50, 30));
	assert_false(admits(&see, 85, 80));
}

static void excluding_alone_leaves_the_rest(void **state)
{
	struct ipc_see see = zones("exclude 0,0 30,0 0,30.5");

	(void)state;
	assert_int_equal(see.points[2].y, 3050);
	assert_false(admits(&see, 5, 5));
	assert_true(admits(&see, 40, 40));
}

static void a_zone_may_be_bent(void **state)
{
	/* an L */
	struct ipc_see see = zones("include 0,0 20,0 20,80 100,80 100,100 0,100");

	(void)state;
	assert_true(admits(&see, 10, 50));
	assert_true(admits(&see, 90, 90));
	assert_false(admits(&see, 60, 50));
}

static void the_small_do_not_count(void **state)
{
	struct ipc_see see = {.person = SEE_NORMAL, .least_height = 31};

	(void)state;
	assert_false(admits(&see, 50, 80));
	see.least_height = 29;
	assert_true(admits(&see, 50, 80));
}

static void what_is_no_zone_is_refused(void **state)
{
	static const char *const wrong[] = {
		"include",	      "include 0,0 1,1",	 "include 0,0 1,1 2",
		"outside 0,0 1,0 1,1", "include 0,0 1,0 101,1",	 "include 0,0 1,0 100.01,1",
		"include 0,0 1,0 -1,1", "include 0,0 1,0 1.234,1", "include 0,0 1,0 1.,1",
		"include 0,0 1,0 ,1",  "include 0,0 1,0 1,",	 "; include 0,0 1,0 1,1",
		"include 0,0 1,0 1,1;;", "include 0,0 1,0 1,1 include 0,0 1,0 1,1"};
	struct ipc_see see = {.person = 7, .excludes = 9};
	char many[1024] = "include";

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(zone_parse(wrong[i], &see), -EBADMSG);
	for (unsigned i = 0; i <= SEE_POINTS_MAX; i++)
		memcpy(many + strlen(many), " 1,2", 5);
	assert_int_equal(zone_parse(many, &see), -EBADMSG);
	assert_int_equal(see.excludes, 9); /* untouched */
}

static void no_honest_rule_is_refused(void **state)
{
	struct ipc_see see = {.person = SEE_LEVEL_COUNT};

	(void)state;
	assert_int_equal(zone_check(&see), -EINVAL);
	see = (struct ipc_see){.least_height = 101};
	assert_int_equal(zone_check(&see), -EINVAL);
	see = (struct ipc_see){.sizes = {2}};
	assert_int_equal(zone_check(&see), -EINVAL);
	see = (struct ipc_see){.sizes = {40, 9}};
	assert_int_equal(zone_check(&see), -EINVAL);
	see = (struct ipc_see){.sizes = {UINT32_MAX, 4}};
	assert_int_equal(zone_check(&see), -EINVAL);
	see = (struct ipc_see){.sizes = {3}, .points = {{0, 0}, {1, 10001}, {1, 1}}};
	assert_int_equal(zone_check(&see), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_zones_everywhere_counts),
		cmocka_unit_test(only_the_included_counts_and_not_the_excluded),
		cmocka_unit_test(excluding_alone_leaves_the_rest),
		cmocka_unit_test(a_zone_may_be_bent),
		cmocka_unit_test(the_small_do_not_count),
		cmocka_unit_test(what_is_no_zone_is_refused),
		cmocka_unit_test(no_honest_rule_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
