/* Cats and dogs in the network's answer: each place once, and nobody among them. */
#include "../check.h"

#include <string.h>

#include "proto/see/animal.h"

enum { SIDE = 256, CELLS = (SIDE / 8) * (SIDE / 8), REACH = 3 };

static float scores[BOX_GRIDS][CELLS * BOX_CLASSES], distances[BOX_GRIDS][CELLS * 4 * BOX_BINS];
static struct box_answer answer;
static struct box boxes[BOX_MAX];
static uint8_t kinds[BOX_MAX];

static int set_up(void **state)
{
	(void)state;
	memset(scores, 0, sizeof(scores));
	memset(distances, 0, sizeof(distances));
	answer = (struct box_answer){.fit = box_fit(SIDE, SIDE, SIDE, SIDE)};
	for (unsigned i = 0; i < BOX_GRIDS; i++)
		answer.grids[i] = (struct box_grid){scores[i], distances[i], 8U << i};
	return 0;
}

static void put(uint32_t class, uint32_t column, float score)
{
	size_t cell = (size_t)8 * (SIDE / 16) + column;

	scores[1][cell * BOX_CLASSES + class] = score;
	for (unsigned side = 0; side < 4; side++)
		distances[1][(cell * 4 + side) * BOX_BINS + REACH] = 60;
}

static void a_place_is_what_it_is_most_surely(void **state)
{
	(void)state;
	put(BOX_CAT, 4, 0.6F);
	put(BOX_DOG, 4, 0.7F);
	put(BOX_CAT, 12, 0.8F);
	put(BOX_DOG, 12, 0.3F);
	assert_int_equal(animal_decode(&answer, 0.25F, boxes, kinds), 2);
	unsigned dog = boxes[0].left < boxes[1].left ? 0 : 1;

	assert_int_equal(kinds[dog], ANIMAL_DOG);
	assert_float_equal(boxes[dog].score, 0.7, 1e-6);
	assert_int_equal(kinds[1 - dog], ANIMAL_CAT);
	assert_int_equal(animal_decode(&answer, 0.75F, boxes, kinds), 1);
}

static void somebody_is_no_animal(void **state)
{
	(void)state;
	put(BOX_DOG, 4, 0.5F);
	put(BOX_PERSON, 4, 0.5F);
	put(BOX_PERSON, 12, 0.9F);
	assert_int_equal(animal_decode(&answer, 0.3F, boxes, kinds), 0);
	put(BOX_DOG, 4, 0.6F); /* surer */
	assert_int_equal(animal_decode(&answer, 0.3F, boxes, kinds), 1);
}

static void other_classes_are_nothing(void **state)
{
	(void)state;
	for (uint32_t class = 0; class < BOX_CLASSES; class ++)
		if (class != BOX_CAT && class != BOX_DOG && class != BOX_PERSON)
			put(class, class % 16, 0.9F);
	assert_int_equal(animal_decode(&answer, 0.3F, boxes, kinds), 0);
}

static void a_crowd_is_bounded(void **state)
{
	(void)state;
	for (size_t cell = 0; cell < CELLS; cell++)
		scores[0][cell * BOX_CLASSES + (cell % 2 ? BOX_CAT : BOX_DOG)] = 0.9F;
	for (size_t side = 0; side < (size_t)CELLS * 4; side++)
		distances[0][side * BOX_BINS + 1] = 60;
	assert_true(animal_decode(&answer, 0.3F, boxes, kinds) <= BOX_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_place_is_what_it_is_most_surely, set_up),
		cmocka_unit_test_setup(somebody_is_no_animal, set_up),
		cmocka_unit_test_setup(other_classes_are_nothing, set_up),
		cmocka_unit_test_setup(a_crowd_is_bounded, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
