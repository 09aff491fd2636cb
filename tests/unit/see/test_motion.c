/* Motion: by the sizes of coded pictures, and by brightness. */
#include "../check.h"

#include <string.h>

#include "proto/see/motion.h"

static void a_still_scene_is_small_and_a_walk_is_large(void **state)
{
	struct motion_sizes sizes = {0};

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		assert_false(motion_is_large(&sizes, 900 + i * 7919 % 500));
	for (unsigned i = 0; i < 200; i++)
		assert_true(motion_is_large(&sizes, 6000)); /* and stays it, however long */
	for (unsigned i = 0; i < 50; i++)
		assert_false(motion_is_large(&sizes, 1000));
}

static void the_first_pictures_say_nothing(void **state)
{
	struct motion_sizes sizes = {0};

	(void)state;
	assert_false(motion_is_large(&sizes, 100));
	assert_false(motion_is_large(&sizes, 1 << 20));
}

static void what_was_denied_is_not_large_again(void **state)
{
	struct motion_sizes sizes = {0};

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		assert_false(motion_is_large(&sizes, 1000));
	assert_true(motion_is_large(&sizes, 9000)); /* a lamp that flickers, a camera's own mood */
	motion_deny(&sizes);
	assert_false(motion_is_large(&sizes, 9000));
	assert_true(motion_is_large(&sizes, 30000));
}

static struct motion_grid room(int brighter)
{
	struct motion_grid grid;

	for (unsigned i = 0; i < MOTION_CELLS; i++)
		grid.luma[i] = (uint8_t)(60 + i % 90 + (unsigned)brighter);
	return grid;
}

static void noise_and_a_cloud_are_no_motion(void **state)
{
	struct motion_grid one = room(0), other = room(40);

	(void)state;
	for (unsigned i = 0; i < MOTION_CELLS; i++)
		other.luma[i] = (uint8_t)(other.luma[i] + i * 31 % 7);
	assert_int_equal(motion_changed(&one, &other), 0);
	assert_int_equal(motion_changed(&other, &one), 0);
}

static void somebody_is(void **state)
{
	struct motion_grid one = room(0), other = room(0);
	struct box there = {.left = 0.25F, .right = 0.3F, .top = 0.2F, .bottom = 0.6F};
	struct box elsewhere = {.left = 0.7F, .right = 0.9F, .top = 0.2F, .bottom = 1};

	(void)state;
	for (unsigned row = 4; row < 10; row++)
		for (unsigned column = 8; column < 10; column++)
			other.luma[row * MOTION_COLUMNS + column] += 30;
	assert_int_equal(motion_changed(&one, &other), 12);
	assert_true(motion_within(&one, &other, &there));
	assert_false(motion_within(&one, &other, &elsewhere));
}

static void the_edges_are_within(void **state)
{
	struct motion_grid one = room(0), other = room(0);
	struct box all = {.right = 1, .bottom = 1};

	(void)state;
	other.luma[MOTION_CELLS - 1] = 255;
	assert_true(motion_within(&one, &other, &all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_still_scene_is_small_and_a_walk_is_large),
		cmocka_unit_test(what_was_denied_is_not_large_again),
		cmocka_unit_test(the_first_pictures_say_nothing),
		cmocka_unit_test(noise_and_a_cloud_are_no_motion),
		cmocka_unit_test(somebody_is),
		cmocka_unit_test(the_edges_are_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
