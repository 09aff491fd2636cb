/* Boxes: where a picture lies in the input, what the network's numbers mean, and which are one. */
#include "../check.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "proto/see/box.h"

enum { WIDTH = 416, HEIGHT = 256, CELLS = (WIDTH / 8) * (HEIGHT / 8) };

static float scores[BOX_GRIDS][CELLS * BOX_CLASSES], distances[BOX_GRIDS][CELLS * 4 * BOX_BINS];

static struct box_answer nothing(uint32_t picture_width, uint32_t picture_height)
{
	struct box_answer answer = {.fit = box_fit(picture_width, picture_height, WIDTH, HEIGHT)};

	memset(scores, 0, sizeof(scores));
	memset(distances, 0, sizeof(distances));
	for (unsigned i = 0; i < BOX_GRIDS; i++)
		answer.grids[i] = (struct box_grid){scores[i], distances[i], 8U << i};
	return answer;
}

/* In the cell at `x`, `y` of the input: sides so many strides away. */
static void put(struct box_answer *answer, unsigned grid, const uint32_t at[2], unsigned reach,
		float score)
{
	uint32_t stride = answer->grids[grid].stride;
	uint32_t cell = at[1] / stride * (WIDTH / stride) + at[0] / stride;

	scores[grid][cell * BOX_CLASSES] = score;
	for (unsigned side = 0; side < 4; side++)
		distances[grid][(cell * 4 + side) * BOX_BINS + reach] = 60; /* all of its weight */
}

static void a_picture_fits_in_the_middle(void **state)
{
	struct box_fit wide = box_fit(1920, 1080, WIDTH, HEIGHT);
	struct box_fit tall = box_fit(480, 640, WIDTH, HEIGHT);
	struct box_fit line = box_fit(8192, 16, WIDTH, HEIGHT);

	(void)state;
	assert_int_equal(wide.width, 416);
	assert_int_equal(wide.height, 234);
	assert_int_equal(wide.x, 0);
	assert_int_equal(wide.y, 11);
	assert_int_equal(tall.width, 192);
	assert_int_equal(tall.height, 256);
	assert_int_equal(tall.x, 112);
	assert_int_equal(line.height, 1);
	for (uint32_t w = 1; w < 3000; w += 97)
		for (uint32_t h = 1; h < 3000; h += 89) {
			struct box_fit fit = box_fit(w, h, WIDTH, HEIGHT);

			assert_true(fit.width >= 1 && fit.height >= 1);
			assert_true(fit.x + fit.width <= WIDTH && fit.y + fit.height <= HEIGHT);
			assert_true(fit.width == WIDTH || fit.height == HEIGHT);
		}
}

static void a_cell_becomes_a_box(void **state)
{
	struct box_answer answer = nothing(1664, 1024); /* four times the input, no padding */
	struct box boxes[BOX_MAX];

	(void)state;
	put(&answer, 1, (uint32_t[]){208, 128}, 3, 0.8F);
	assert_int_equal(box_decode(&answer, 0, 0.4F, boxes), 1);
	/* The middle of the cell is at 216, 136; 48 to each side. */
	assert_float_equal(boxes[0].left, (216 - 48) / 416.0F, 1e-4);
	assert_float_equal(boxes[0].right, (216 + 48) / 416.0F, 1e-4);
	assert_float_equal(boxes[0].top, (136 - 48) / 256.0F, 1e-4);
	assert_float_equal(boxes[0].bottom, (136 + 48) / 256.0F, 1e-4);
	assert_float_equal(boxes[0].score, 0.8, 1e-6);
	assert_int_equal(box_decode(&answer, 1, 0.4F, boxes), 0);
	assert_int_equal(box_decode(&answer, 0, 0.9F, boxes), 0);
}

static void padding_is_taken_off(void **state)
{
	struct box_answer answer = nothing(256, 256); /* 80 pixels of padding left and right */
	struct box boxes[BOX_MAX];

	(void)state;
	put(&answer, 2, (uint32_t[]){208, 128}, 1, 0.9F);
	assert_int_equal(box_decode(&answer, 0, 0.4F, boxes), 1);
	assert_float_equal(boxes[0].left, (208 - 32 - 80) / 256.0F, 1e-4);
	assert_float_equal(boxes[0].right, (208 + 32 - 80) / 256.0F, 1e-4);
	put(&answer, 2, (uint32_t[]){10, 128}, 1, 0.9F); /* all of it in the padding */
	assert_int_equal(box_decode(&answer, 0, 0.4F, boxes), 1);
}

static void doubles_are_one_and_neighbours_two(void **state)
{
	struct box_answer answer = nothing(1664, 1024);
	struct box boxes[BOX_MAX];

	(void)state;
	put(&answer, 0, (uint32_t[]){100, 100}, 8, 0.6F);
	put(&answer, 0, (uint32_t[]){108, 100}, 8, 0.7F);
	put(&answer, 0, (uint32_t[]){300, 100}, 8, 0.5F);
	assert_int_equal(box_decode(&answer, 0, 0.4F, boxes), 2);
	assert_float_equal(boxes[0].score, 0.7, 1e-6);
	assert_float_equal(boxes[1].score, 0.5, 1e-6);
}

/* Pictures come from strangers, and so may numbers that are none. */
static void what_is_no_number_is_no_box(void **state)
{
	struct box_answer answer = nothing(640, 360);
	struct box boxes[BOX_MAX];

	(void)state;
	for (unsigned grid = 0; grid < BOX_GRIDS; grid++)
		for (size_t i = 0; i < CELLS * BOX_CLASSES; i++)
			scores[grid][i] = i % 3 ? NAN : INFINITY;
	for (unsigned grid = 0; grid < BOX_GRIDS; grid++)
		for (size_t i = 0; i < CELLS * 4 * BOX_BINS; i++)
			distances[grid][i] = i % 5 == 0 ? -INFINITY : i % 5 == 1 ? NAN : 1e30F;
	size_t count = box_decode(&answer, 0, 0.4F, boxes);

	assert_true(count <= BOX_MAX);
	for (size_t i = 0; i < count; i++) {
		assert_true(boxes[i].left >= 0 && boxes[i].left < boxes[i].right && boxes[i].right <= 1);
		assert_true(boxes[i].top >= 0 && boxes[i].top < boxes[i].bottom && boxes[i].bottom <= 1);
		assert_true(boxes[i].score <= 1);
	}
}

static void more_than_fit_leave_the_best(void **state)
{
	struct box_answer answer = nothing(1664, 1024);
	struct box boxes[BOX_MAX];

	(void)state;
	for (uint32_t cell = 0; cell < CELLS; cell++)
		put(&answer, 0, (uint32_t[]){cell % 52 * 8, cell / 52 * 8}, 1,
		    0.3F + (float)cell / 10000);
	assert_int_equal(box_decode(&answer, 0, 0.1F, boxes), BOX_MAX);
	assert_float_equal(boxes[0].score, 0.3F + (CELLS - 1) / 10000.0F, 1e-5);
	for (size_t i = 1; i < BOX_MAX; i++)
		assert_true(boxes[i].score <= boxes[i - 1].score);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_fits_in_the_middle),
		cmocka_unit_test(a_cell_becomes_a_box),
		cmocka_unit_test(padding_is_taken_off),
		cmocka_unit_test(doubles_are_one_and_neighbours_two),
		cmocka_unit_test(what_is_no_number_is_no_box),
		cmocka_unit_test(more_than_fit_leave_the_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
