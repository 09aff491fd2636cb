/* The box's clock is set, ahead, back and out of 1970, and summer ends: nothing that was recorded
 * is lost, what is shown of a time is there once, and the hole says why it is one. */
#include "../check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reel.h"
#include "vault/store/reader.h"

#define SECOND_US UINT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)

/* Seconds after which a picture's group and a stretch of sound end together. */
enum { RUN_S = 14 };

static const enum media_track tracks[] = {TRACK_VIDEO, TRACK_MIC};

static struct reel *make_reel(uint64_t real_us)
{
	struct reel *reel = reel_create();

	reel_stop(reel);
	reel->real_us = real_us;
	reel_start(reel);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	return reel;
}

static void finish_blocks(struct reel *reel)
{
	for (unsigned i = 0; i < 2; i++)
		reel_tick(reel);
}

static void expect_all(struct reel *reel, const struct reel_tape *tape, unsigned seconds)
{
	assert_int_equal(reel_count_frames(reel, tape, TRACK_VIDEO), seconds * 25);
	assert_int_equal(reel_count_frames(reel, tape, TRACK_MIC), seconds * 50);
}

/* The only gap of the track, which has this reason. */
static const struct block_piece *only_gap(const struct reel_tape *tape, enum media_track track,
					  enum block_gap reason)
{
	const struct block_piece *found = NULL;

	for (unsigned i = 0; i < tape->count; i++) {
		const struct block_piece *piece = &tape->pieces[i].piece;

		if (piece->track != track || !piece->gap)
			continue;
		assert_null(found);
		assert_int_equal(piece->gap, reason);
		found = piece;
	}
	assert_non_null(found);
	return found;
}

/* In the order of recording, each fragment begins where the one before it ended, or the gap. */
static void expect_seamless(const struct reel_tape *tape, enum media_track track)
{
	uint64_t end_us = 0;

	for (unsigned i = 0; i < tape->count; i++) {
		const struct block_piece *piece = &tape->pieces[i].piece;

		if (piece->track != track || piece->is_init)
			continue;
		if (end_us)
			assert_int_equal(piece->start_us, end_us);
		end_us = piece->end_us;
	}
	assert_true(end_us > 0);
}

/* ---- what a play would list ---- */

struct list {
	struct log_waiter waiter;
	struct reel *reel;
	struct reader_scope scope;
	struct reader *reader;
	struct ipc_segment segments[64];
	unsigned count;
};

static void list_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct list *list = container_of(waiter, struct list, waiter);

	assert_non_null(receipt);
	assert_int_equal(reader_open(receipt, &list->reel->store, &list->scope, &list->reader), 0);
}

static void list_init(void *context, const struct ipc_row_init *row)
{
	(void)context;
	assert_true(row->codecs[0] != '\0');
}

static void list_segment(void *context, const struct ipc_segment *segment)
{
	struct list *list = context;

	assert_true(list->count < ARRAY_COUNT(list->segments));
	list->segments[list->count++] = *segment;
}

static void make_list(struct reel *reel, enum media_track track, uint64_t from_us, uint64_t to_us,
		      struct list *ret_list)
{
	const struct reader_listener listener = {list_init, list_segment, ret_list};
	uint64_t seq;

	*ret_list = (struct list){.waiter = {.settled = list_settled},
				  .reel = reel,
				  .scope = {{reel->camera->id, from_us, to_us}, TRACK_BIT(track)}};
	assert_int_equal(journal_add_config(&reel->journal, "a look", &ret_list->waiter, &seq), 0);
	journal_commit(&reel->journal);
	assert_non_null(ret_list->reader);
	assert_int_equal(reader_list(ret_list->reader, from_us, to_us, &listener), 0);
	reader_destroy(ret_list->reader);
}

/* ---- the clock is set ---- */

static void set_ahead_the_hour_that_never_was_is_a_gap(void **state)
{
	struct reel *reel = make_reel(UINT64_C(1795000200) * SECOND_US);

	(void)state;
	reel_run(reel, RUN_S);
	reel->real_us += HOUR_US;
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	struct reel_tape tape = reel_read(reel);

	expect_all(reel, &tape, 2 * RUN_S);
	for (unsigned i = 0; i < ARRAY_COUNT(tracks); i++) {
		const struct block_piece *gap = only_gap(&tape, tracks[i], GAP_CLOCK);

		assert_int_equal(gap->end_us - gap->start_us, HOUR_US);
		expect_seamless(&tape, tracks[i]);
	}
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* What comes again is shown as it was recorded last, and the first time is still on the disk. */
static void set_back_an_hour_comes_twice_and_is_shown_once(void **state)
{
	enum { LATER_MS = 600 };
	uint64_t begin_us = UINT64_C(1795000200) * SECOND_US;
	struct reel *reel = make_reel(begin_us);

	(void)state;
	reel_run(reel, RUN_S);
	reel->real_us -= HOUR_US;
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	struct reel_tape tape = reel_read(reel);

	for (unsigned i = 0; i < ARRAY_COUNT(tracks); i++) {
		const struct block_piece *gap = only_gap(&tape, tracks[i], GAP_CLOCK);

		assert_int_equal(gap->start_us, begin_us + RUN_S * SECOND_US - HOUR_US);
		assert_int_equal(gap->end_us, begin_us + RUN_S * SECOND_US);
	}
	expect_all(reel, &tape, 2 * RUN_S);
	reel_free_tape(&tape);
	/* An hour later it is the same time as at the begin, but for a little. */
	reel_pass(reel, (HOUR_US - 2 * RUN_S * SECOND_US) / 1000 + LATER_MS);
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	tape = reel_read(reel);
	expect_all(reel, &tape, 3 * RUN_S);
	reel_free_tape(&tape);

	struct list list;
	uint64_t end_us = begin_us;

	make_list(reel, TRACK_VIDEO, begin_us, begin_us + 2 * RUN_S * SECOND_US, &list);
	/* Most of the first picture's group is not covered, and is seen. */
	assert_int_equal(list.segments[0].start_us, begin_us);
	for (unsigned i = 1; i < list.count; i++) {
		const struct ipc_segment *segment = &list.segments[i];

		assert_true(segment->number >= RUN_S); /* of the second time */
		if (i > 1)
			assert_int_equal(segment->start_us, end_us);
		end_us = segment->end_us;
	}
	assert_int_equal(list.count, RUN_S + 1);
	assert_int_equal(end_us, begin_us + RUN_S * SECOND_US + LATER_MS * UINT64_C(1000));
	reel_destroy(reel);
}

static unsigned erased(struct reel *reel)
{
	for (unsigned i = 0; i < 4; i++)
		reel_tick(reel);
	return reel_entries(reel, ENTRY_ERASE);
}

/* A box without a battery: it begins in 1970, until somebody tells it the time. What it recorded by
 * then is as old as it is, not as it says. */
static void out_of_1970_nothing_is_lost(void **state)
{
	struct reel *reel = make_reel(4 * SECOND_US);
	uint64_t today_us = UINT64_C(1795000200) * SECOND_US;

	(void)state;
	reel->store.rules[0].rule.limits.days = 1;
	reel_run(reel, RUN_S);
	reel_pass(reel, 600000); /* into the next pack */
	reel_run(reel, RUN_S);
	reel->real_us = today_us;
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	struct reel_tape tape = reel_read(reel);

	expect_all(reel, &tape, 3 * RUN_S);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CLOCK), 1);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CAMERA), 1);
	expect_seamless(&tape, TRACK_VIDEO);
	reel_free_tape(&tape);

	struct list list;

	make_list(reel, TRACK_VIDEO, 0, HOUR_US, &list);
	assert_int_equal(list.count, 2 * RUN_S);
	assert_int_equal(erased(reel), 0);
	reel->real_us = today_us + DAY_US / 2;
	assert_int_equal(erased(reel), 0);
	reel->real_us = today_us + DAY_US + EPOCH_MARGIN_US + SECOND_US;
	assert_int_equal(erased(reel), 2);
	reel_destroy(reel);
}

/* The disk is full: what was recorded in "1970" just now is the newest, and goes last. */
static void out_of_1970_the_oldest_goes_first(void **state)
{
	uint64_t begin_us = UINT64_C(1795000200) * SECOND_US;
	struct reel *reel = make_reel(begin_us);

	(void)state;
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	reel_stop(reel);
	reel->real_us = 4 * SECOND_US;
	reel_start(reel);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, RUN_S);
	reel->real_us = begin_us + HOUR_US;
	reel_run(reel, RUN_S);
	finish_blocks(reel);
	reel->store.limits.bytes = ledger_total(reel->db) - 1;
	assert_int_equal(erased(reel), 1);
	struct list list;

	make_list(reel, TRACK_VIDEO, 0, HOUR_US, &list);
	assert_int_equal(list.count, RUN_S);
	make_list(reel, TRACK_VIDEO, begin_us, begin_us + HOUR_US / 2, &list);
	assert_int_equal(list.count, 0);
	reel_destroy(reel);
}

static void summer_ends_and_nothing_happens(void **state)
{
	const uint64_t change_us = UINT64_C(1792890000) * SECOND_US; /* 2026-10-25 01:00 UTC */
	struct reel *reel;
	time_t before = (time_t)(change_us / SECOND_US) - 1, after = before + 1;
	struct tm summer, winter;

	(void)state;
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	localtime_r(&before, &summer);
	localtime_r(&after, &winter);
	assert_true(summer.tm_isdst == 1 && winter.tm_isdst == 0);
	reel = make_reel(change_us - RUN_S * SECOND_US);
	reel_run(reel, 2 * RUN_S);
	finish_blocks(reel);
	struct reel_tape tape = reel_read(reel);

	expect_all(reel, &tape, 2 * RUN_S);
	for (unsigned i = 0; i < tape.count; i++)
		assert_int_equal(tape.pieces[i].piece.gap, GAP_NONE);
	expect_seamless(&tape, TRACK_VIDEO);
	expect_seamless(&tape, TRACK_MIC);
	reel_free_tape(&tape);
	reel_destroy(reel);
	unsetenv("TZ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_ahead_the_hour_that_never_was_is_a_gap),
		cmocka_unit_test(set_back_an_hour_comes_twice_and_is_shown_once),
		cmocka_unit_test(out_of_1970_nothing_is_lost),
		cmocka_unit_test(out_of_1970_the_oldest_goes_first),
		cmocka_unit_test(summer_ends_and_nothing_happens),
	};

	return cmocka_run_group_tests_name("store clock", tests, NULL, NULL);
}
