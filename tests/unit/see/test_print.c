/* Prints: what is alike, who of a gallery it is, and what several pictures say together. */
#include "../check.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "proto/see/print.h"

/* A direction of its own for each person, bent towards another by a share. */
static struct print print_of(unsigned person, unsigned towards, float share)
{
	float numbers[PRINT_SIZE];
	struct print print;

	for (unsigned i = 0; i < PRINT_SIZE; i++) {
		float own = sinf((float)(i * (2 * person + 3)) + (float)person);
		float other = sinf((float)(i * (2 * towards + 3)) + (float)towards);

		numbers[i] = (1 - share) * own + share * other;
	}
	assert_int_equal(print_make(numbers, &print), 0);
	return print;
}

static void likeness_is_the_cosine(void **state)
{
	struct print one = print_of(1, 1, 0), other = print_of(2, 2, 0), between = print_of(1, 2, 0.5F);
	float numbers[PRINT_SIZE] = {0};

	(void)state;
	assert_true(fabsf(print_likeness(&one, &one) - 1) < 1e-4F);
	assert_true(fabsf(print_likeness(&one, &other)) < 0.1F);
	assert_true(fabsf(print_likeness(&one, &between) - 0.707F) < 0.05F);
	assert_int_equal(print_make(numbers, &one), -EBADMSG);
	numbers[7] = NAN;
	assert_int_equal(print_make(numbers, &one), -EBADMSG);
	numbers[7] = 3e38F;
	assert_int_equal(print_make(numbers, &one), 0);
	assert_int_equal(one.numbers[7], 127);
	assert_true(print_is_valid(&one));
	one.numbers[0] = -128;
	assert_false(print_is_valid(&one));
	memset(&one, 0, sizeof(one));
	assert_false(print_is_valid(&one));
}

static void the_nearest_is_found_and_a_stranger_is_nobody(void **state)
{
	struct print_known known[] = {{10, PRINT_OWN, print_of(1, 9, 0.3F)},
				      {20, PRINT_OWN, print_of(2, 9, 0.2F)},
				      {10, PRINT_OWN, print_of(1, 1, 0)}};
	struct print asked = print_of(1, 5, 0.2F), stranger = print_of(6, 6, 0);
	struct print between = print_of(1, 2, 0.5F);

	(void)state;
	assert_int_equal(print_find(known, 3, &asked), 10);
	asked = print_of(2, 5, 0.2F);
	assert_int_equal(print_find(known, 3, &asked), 20);
	assert_int_equal(print_find(known, 3, &stranger), 0);
	assert_int_equal(print_find(known, 0, &asked), 0);
	/* As much like the one as like the other: nobody can tell. */
	struct print_known twins[] = {{10, PRINT_OWN, print_of(1, 1, 0)},
				      {20, PRINT_OWN, print_of(2, 2, 0)}};

	assert_int_equal(print_find(twins, 2, &between), 0);
}

static void what_was_wrong_once_is_not_taken_again(void **state)
{
	struct print_known known[] = {{10, PRINT_OWN, print_of(1, 1, 0)},
				      {10, PRINT_WRONG, print_of(1, 3, 0.45F)},
				      {30, PRINT_WRONG, print_of(1, 1, 0)}};
	struct print brother = print_of(1, 3, 0.5F), own = print_of(1, 5, 0.2F);

	(void)state;
	assert_int_equal(print_find(known, 1, &brother), 10);
	assert_int_equal(print_find(known, 3, &brother), 0);
	assert_int_equal(print_find(known, 3, &own), 10);
}

static void several_must_agree(void **state)
{
	struct print_votes votes = {0};

	(void)state;
	assert_false(print_vote(&votes, 5));
	assert_false(print_vote(&votes, 5));
	assert_true(print_vote(&votes, 5));
	memset(&votes, 0, sizeof(votes));
	assert_false(print_vote(&votes, 0));
	assert_false(print_vote(&votes, 5));
	assert_false(print_vote(&votes, 6));
	assert_false(print_vote(&votes, 7)); /* no more are counted */
	for (unsigned i = 0; i < 1; i++)
		assert_false(print_vote(&votes, 5));
	assert_true(print_vote(&votes, 5));
	memset(&votes, 0, sizeof(votes));
	for (unsigned i = 0; i < 30; i++) { /* one says this, the other that */
		assert_false(print_vote(&votes, 1));
		assert_false(print_vote(&votes, 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(likeness_is_the_cosine),
		cmocka_unit_test(the_nearest_is_found_and_a_stranger_is_nobody),
		cmocka_unit_test(what_was_wrong_once_is_not_taken_again),
		cmocka_unit_test(several_must_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
