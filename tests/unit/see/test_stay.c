/* One stay is one event: from boxes, picture by picture, on a clock of the test's own. */
#include "../check.h"

#include <string.h>

#include "proto/see/stay.h"

#define MS UINT64_C(1000000)

static struct {
	struct stays stays;
	struct stay_rule rule;
	struct motion_grid grid;
	uint64_t now_ns;
	unsigned begins, ends;
	struct stay last;
} scene;

static int set_up(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.rule.begin_score = 0.4F;
	scene.now_ns = 1000 * MS;
	return 0;
}

static void see(const struct box *boxes, size_t count, unsigned ms)
{
	struct stay_picture picture = {
		.boxes = boxes, .count = count, .grid = &scene.grid, .at_ns = scene.now_ns};

	stay_look(&scene.stays, &scene.rule, &picture);
	while (stay_next(&scene.stays, &scene.last)) {
		scene.begins += scene.last.state == STAY_BEGUN;
		scene.ends += scene.last.state == STAY_OVER;
	}
	scene.now_ns += ms * MS;
}

static struct box at(float x, float score)
{
	return (struct box){x - 0.05F, 0.3F, x + 0.05F, 0.9F, score};
}

static void see_one(float x, float score, unsigned pictures)
{
	struct box box = at(x, score);

	for (unsigned i = 0; i < pictures; i++)
		see(&box, 1, 200);
}

/* Something moves everywhere, and nobody is found. */
static void see_nobody(unsigned pictures)
{
	for (unsigned i = 0; i < pictures; i++) {
		memset(scene.grid.luma, 0, sizeof(scene.grid.luma));
		for (unsigned k = i % 2; k < MOTION_CELLS; k += 2)
			scene.grid.luma[k] = 200;
		see(NULL, 0, 200);
	}
}

static void a_walk_is_one_event_with_its_path(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		struct box box = at(0.1F + (float)i * 0.016F, i == 20 ? 0.9F : 0.5F);

		see(&box, 1, 200);
		assert_int_equal(scene.begins, i >= STAY_HITS - 1);
	}
	see_nobody(100);
	assert_int_equal(scene.begins, 1);
	assert_int_equal(scene.ends, 1);
	assert_float_equal(scene.last.score, 0.9, 1e-6);
	assert_int_equal(scene.last.first_ns, 1000 * MS);
	assert_int_equal(scene.last.there_ns, (1000 + 49 * 200) * MS);
	assert_in_range(scene.last.path_count, 6, SEEN_PATH_MAX);
	assert_int_equal(scene.last.path[0].left, 5);
	assert_in_range(scene.last.path[scene.last.path_count - 1].left, 65, 90);
	for (uint32_t i = 1; i < scene.last.path_count; i++)
		assert_true(scene.last.path[i].left > scene.last.path[i - 1].left);
	assert_false(stay_is_any(&scene.stays));
}

static void look_at(struct box box, bool is_alone)
{
	struct stay_picture picture = {.boxes = &box,
				       .count = 1,
				       .grid = &scene.grid,
				       .at_ns = scene.now_ns,
				       .is_alone = is_alone};

	stay_look(&scene.stays, &scene.rule, &picture);
	while (stay_next(&scene.stays, &scene.last))
		;
	scene.now_ns += 200 * MS;
}

/* Of pictures that can be had later, the one that shows most of the person, surely, and whole. */
static void the_best_picture_is_a_large_and_whole_one(void **state)
{
	const struct {
		struct box box;
		bool is_alone;
	} pictures[] = {
		{{0, 0.2F, 0.3F, 0.9F, 0.9F}, true},          /* at the edge */
		{{0.1F, 0.2F, 0.35F, 0.95F, 0.99F}, false},   /* between key frames */
		{{0.2F, 0.25F, 0.4F, 0.9F, 0.8F}, true},      /* this one */
		{{0.3F, 0.3F, 0.4F, 0.6F, 0.9F}, true},       /* far away */
		{{0.3F, 0.25F, 0.5F, 0.9F, 0.5F}, true},      /* hardly to be known */
	};

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		look_at(pictures[i].box, pictures[i].is_alone);
	stay_end_all(&scene.stays);
	assert_true(stay_next(&scene.stays, &scene.last));
	assert_int_equal(scene.last.best_ns, (1000 + 2 * 200) * MS);
	assert_int_equal(stay_place(&scene.last.best).left, 20);
	assert_int_equal(stay_place(&scene.last.best).bottom, 90);
}

static void without_a_key_frame_any_picture_is_better_than_none(void **state)
{
	(void)state;
	look_at(at(0.3F, 0.5F), false);
	look_at(at(0.3F, 0.9F), false);
	look_at(at(0.3F, 0.8F), false);
	assert_int_equal(scene.last.best_ns, 1200 * MS);
}

static void blinking_is_not_leaving(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		see_one(0.5F, 0.6F, 3);
		see_nobody(15); /* three seconds */
	}
	assert_int_equal(scene.begins, 1);
	assert_int_equal(scene.ends, 0);
}

static void a_weak_box_continues_but_begins_nothing(void **state)
{
	(void)state;
	see_one(0.5F, 0.3F, 50);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.6F, 3);
	assert_int_equal(scene.begins, 1);
	see_one(0.5F, 0.3F, 200);
	assert_int_equal(scene.ends, 0);
}

static void lying_still_is_not_leaving(void **state)
{
	(void)state;
	see_one(0.5F, 0.6F, 5);
	for (unsigned i = 0; i < 900; i++) /* half an hour under a blanket: nothing found, nothing moves */
		see(NULL, 0, 2000);
	assert_int_equal(scene.ends, 0);
	see_nobody(30);
	assert_int_equal(scene.ends, 1);
	assert_in_range(scene.last.there_ns, 1800000 * MS, 1803000 * MS);
}

static void what_moves_elsewhere_does_not_end_it(void **state)
{
	(void)state;
	see_one(0.2F, 0.6F, 5);
	for (unsigned i = 0; i < 200; i++) {
		memset(scene.grid.luma, 0, sizeof(scene.grid.luma));
		for (unsigned row = 0; row < MOTION_ROWS; row++)
			scene.grid.luma[row * MOTION_COLUMNS + 25 + i % 5] = 255;
		see(NULL, 0, 200);
	}
	assert_int_equal(scene.ends, 0);
}

static void one_glimpse_is_nothing(void **state)
{
	(void)state;
	see_one(0.5F, 0.9F, STAY_HITS - 1);
	see_nobody(50);
	assert_int_equal(scene.begins, 0);
	assert_false(stay_is_any(&scene.stays));
}

/* ---- by night ---- */

static void by_night_two_of_three_must_agree(void **state)
{
	(void)state;
	scene.rule.is_night = true;
	/* Strong, but alone each time: noise. */
	for (unsigned i = 0; i < 10; i++) {
		see_one(0.5F, 0.9F, 1);
		see_nobody(2);
	}
	assert_int_equal(scene.begins, 0);
	see_nobody(20);
	see_one(0.5F, 0.5F, 1);
	see_nobody(1);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.5F, 1);
	assert_int_equal(scene.begins, 1);
}

static void by_night_what_is_weaker_is_no_vote(void **state)
{
	(void)state;
	scene.rule.is_night = true;
	see_one(0.5F, 0.39F, 50);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.41F, 1);
	see_one(0.5F, 0.39F, 10); /* it continues, which by day were enough */
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.41F, 2);
	assert_int_equal(scene.begins, 1);
}

static void by_day_nothing_is_different(void **state)
{
	(void)state;
	see_one(0.5F, 0.35F, 50);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.9F, 2);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.3F, 1);
	assert_int_equal(scene.begins, 1);
}

static void by_night_one_dwells_as_by_day(void **state)
{
	(void)state;
	scene.rule.is_night = true;
	scene.rule.dwell_ns = 2000 * MS;
	see_one(0.5F, 0.9F, 10);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.9F, 1);
	assert_int_equal(scene.begins, 1);
}

static void dwelling_comes_first(void **state)
{
	(void)state;
	scene.rule.dwell_ns = 2000 * MS;
	see_one(0.5F, 0.9F, 10);
	assert_int_equal(scene.begins, 0);
	see_one(0.5F, 0.9F, 1);
	assert_int_equal(scene.begins, 1);
	assert_int_equal(scene.last.first_ns, 1000 * MS); /* told late, but told from when */
}

static void two_people_are_two_and_a_head_is_none(void **state)
{
	struct box boxes[] = {at(0.2F, 0.8F), at(0.8F, 0.8F), {0.17F, 0.3F, 0.23F, 0.4F, 0.6F}};

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		see(boxes, 3, 200);
	assert_int_equal(scene.begins, 2);
}

/* Now and then the network takes a cat for a dog. */
static void a_stay_is_what_it_was_most_surely(void **state)
{
	struct box box = at(0.5F, 0.5F);

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		const uint8_t kind = i % 3 == 0;
		struct stay_picture picture = {.boxes = &box,
					       .count = 1,
					       .kinds = &kind,
					       .grid = &scene.grid,
					       .at_ns = scene.now_ns += 200 * MS};

		box.score = kind ? 0.6F : 0.5F;
		stay_look(&scene.stays, &scene.rule, &picture);
	}
	assert_true(stay_next(&scene.stays, &scene.last));
	assert_int_equal(stay_kind(&scene.last), 0);
	assert_false(stay_next(&scene.stays, &scene.last));
}

static void crowds_are_bounded(void **state)
{
	struct box boxes[BOX_MAX];

	(void)state;
	for (unsigned i = 0; i < BOX_MAX; i++)
		boxes[i] = (struct box){(float)i / BOX_MAX, 0.3F, (float)(i + 1) / BOX_MAX, 0.9F, 0.8F};
	for (unsigned i = 0; i < 10; i++)
		see(boxes, BOX_MAX, 200);
	assert_int_equal(scene.begins, STAY_MAX);
}

static void the_end_of_seeing_ends_what_was_told(void **state)
{
	(void)state;
	see_one(0.5F, 0.6F, 5);
	see_one(0.5F, 0.6F, 1);
	stay_end_all(&scene.stays);
	assert_true(stay_next(&scene.stays, &scene.last));
	assert_int_equal(scene.last.state, STAY_OVER);
	assert_false(stay_next(&scene.stays, &scene.last));
	see_one(0.9F, 0.6F, 1); /* doubted only */
	stay_end_all(&scene.stays);
	assert_false(stay_next(&scene.stays, &scene.last));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_walk_is_one_event_with_its_path),
		TEST(the_best_picture_is_a_large_and_whole_one),
		TEST(without_a_key_frame_any_picture_is_better_than_none),
		TEST(blinking_is_not_leaving),
		TEST(a_weak_box_continues_but_begins_nothing),
		TEST(lying_still_is_not_leaving),
		TEST(what_moves_elsewhere_does_not_end_it),
		TEST(one_glimpse_is_nothing),
		TEST(by_night_two_of_three_must_agree),
		TEST(by_night_what_is_weaker_is_no_vote),
		TEST(by_day_nothing_is_different),
		TEST(by_night_one_dwells_as_by_day),
		TEST(dwelling_comes_first),
		TEST(two_people_are_two_and_a_head_is_none),
		TEST(a_stay_is_what_it_was_most_surely),
		TEST(crowds_are_bounded),
		TEST(the_end_of_seeing_ends_what_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
