#include "../check.h"

#include <errno.h>

#include "proto/media/pieces.h"

static struct ipc_frame piece_of(uint64_t frame, uint32_t size, uint32_t offset)
{
	return (struct ipc_frame){.frame = frame, .size = size, .offset = offset, .pts_ns = frame};
}

static void whole_frames_are_recognised(void **state)
{
	struct pieces pieces = {0};
	struct ipc_frame piece = piece_of(1, 3000, 0);

	(void)state;
	assert_int_equal(pieces_take(&pieces, &piece, 2000), PIECES_BEGINS);
	piece.offset = 2000;
	assert_int_equal(pieces_take(&pieces, &piece, 1000), PIECES_COMPLETES);
	piece = piece_of(2, 10, 0);
	assert_int_equal(pieces_take(&pieces, &piece, 10), PIECES_BEGINS | PIECES_COMPLETES);
	/* Numbers may jump, never return. */
	piece = piece_of(1000, 10, 0);
	assert_int_equal(pieces_take(&pieces, &piece, 10), PIECES_BEGINS | PIECES_COMPLETES);
	assert_int_equal(pieces_take(&pieces, &piece, 10), -EBADMSG);
}

static void unfinished_frame_is_abandoned(void **state)
{
	struct pieces pieces = {0};
	struct ipc_frame piece = piece_of(1, 3000, 0);

	(void)state;
	assert_int_equal(pieces_take(&pieces, &piece, 2000), PIECES_BEGINS);
	piece = piece_of(2, 10, 0);
	assert_int_equal(pieces_take(&pieces, &piece, 10),
			 PIECES_BEGINS | PIECES_COMPLETES | PIECES_ABANDONS);
	piece = piece_of(1, 3000, 2000);
	assert_int_equal(pieces_take(&pieces, &piece, 1000), -EBADMSG);
}

static void what_is_at_odds_is_refused(void **state)
{
	struct ipc_frame first = piece_of(5, 3000, 0), changed;
	struct pieces pieces = {0};

	(void)state;
	changed = piece_of(5, 3000, 100);
	assert_int_equal(pieces_take(&pieces, &changed, 2900), -EBADMSG); /* never begun */
	assert_int_equal(pieces_take(&pieces, &first, 1023), -EBADMSG);   /* a crumb */
	assert_int_equal(pieces_take(&pieces, &first, 0), -EBADMSG);
	assert_int_equal(pieces_take(&pieces, &first, 3001), -EBADMSG);
	assert_int_equal(pieces_take(&pieces, &first, 1500), PIECES_BEGINS);
	changed = piece_of(5, 3000, 1600);
	assert_int_equal(pieces_take(&pieces, &changed, 1400), -EBADMSG); /* a hole */
	changed = piece_of(5, 4000, 1500);
	assert_int_equal(pieces_take(&pieces, &changed, 2500), -EBADMSG); /* another size */
	changed = piece_of(5, 3000, 1500);
	changed.flags = FRAME_KEY;
	assert_int_equal(pieces_take(&pieces, &changed, 1500), -EBADMSG);
	changed = piece_of(5, 3000, 1500);
	assert_int_equal(pieces_take(&pieces, &changed, 1500), PIECES_COMPLETES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_frames_are_recognised),
		cmocka_unit_test(unfinished_frame_is_abandoned),
		cmocka_unit_test(what_is_at_odds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
