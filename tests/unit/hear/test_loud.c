/* What lasts is loud, what cracks once is not; one noise with short rests is one. */
#include "proto/hear/loud.h"

#include "../check.h"

static const float LIMIT = 0.001F;

/* `count` frames of this level; the number of `event`s in them. */
static int feed(struct loud *loud, uint64_t *number, int count, float level,
		enum episode_event event)
{
	int seen = 0;

	while (count-- > 0)
		seen += loud_take(loud, (*number)++, LIMIT, level) == event;
	return seen;
}

static void a_noise_that_lasts_is_one_event(void **state)
{
	struct loud loud = {0};
	uint64_t number = 500;

	(void)state;
	assert_int_equal(feed(&loud, &number, 1000, 0.0009F, EPISODE_STARTED), 0);
	assert_int_equal(feed(&loud, &number, 60, 0.1F, EPISODE_STARTED), 1);
	assert_in_range(loud.start, 1499, 1503);
	for (int rest = 0; rest < 5; rest++) {
		assert_int_equal(feed(&loud, &number, 200, 0, EPISODE_ENDED), 0);
		assert_int_equal(feed(&loud, &number, 60, 0.2F, EPISODE_STARTED), 0);
	}
	assert_int_equal(feed(&loud, &number, 400, 0, EPISODE_ENDED), 1);
	assert_true(loud.level > 0.19F && loud.level <= 0.2F);
	assert_int_equal(feed(&loud, &number, 60, 0.002F, EPISODE_STARTED), 1);
	assert_true(loud.level <= 0.002F);
}

static void a_crack_is_none(void **state)
{
	struct loud loud = {0};
	uint64_t number = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(feed(&loud, &number, 2, 0.01F, EPISODE_STARTED), 0);
		assert_int_equal(feed(&loud, &number, 60, 0, EPISODE_STARTED), 0);
	}
}

static void a_cut_ends_it(void **state)
{
	struct loud loud = {0};
	uint64_t number = 0;

	(void)state;
	assert_false(loud_cut(&loud));
	assert_int_equal(feed(&loud, &number, 60, 0.1F, EPISODE_STARTED), 1);
	assert_true(loud_cut(&loud));
	assert_false(loud_cut(&loud));
	assert_int_equal(feed(&loud, &number, 60, 0.1F, EPISODE_STARTED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_noise_that_lasts_is_one_event),
		cmocka_unit_test(a_crack_is_none),
		cmocka_unit_test(a_cut_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
