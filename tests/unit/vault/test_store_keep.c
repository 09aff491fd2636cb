/* What is kept around events, and what retention leaves. */
#include "../check.h"

#include <stdlib.h>

#include "reel.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US    (UINT64_C(86400) * SECOND_US)

static uint64_t count(struct reel *reel, const char *sql)
{
	sqlite3_stmt *statement;
	uint64_t value;

	assert_int_equal(journal_stopped(&reel->journal) != NULL, 0);
	journal_commit(&reel->journal);
	statement = db_use(reel->db, sql);
	value = db_number(reel->db, statement);
	return value;
}

static uint64_t epochs(struct reel *reel)
{
	return count(reel, "SELECT count(*) FROM epochs");
}

/* Everything on the tape lies between these times; frames of the track between them: all. */
static void expect_span(struct reel *reel, const struct reel_tape *tape, enum media_track track,
			uint64_t from_us, uint64_t to_us)
{
	uint64_t first_us = UINT64_MAX, last_us = 0;

	for (unsigned i = 0; i < tape->count; i++) {
		const struct block_piece *piece = &tape->pieces[i].piece;

		if (piece->gap || piece->is_init || piece->track != track)
			continue;
		first_us = piece->start_us < first_us ? piece->start_us : first_us;
		last_us = piece->end_us > last_us ? piece->end_us : last_us;
	}
	/* Whole fragments: one group of pictures, or two seconds of sound. */
	assert_in_range(first_us, from_us - 2 * SECOND_US - 100000, from_us);
	assert_in_range(last_us, to_us, to_us + 2 * SECOND_US + 100000);
	assert_int_equal(reel_count_frames(reel, tape, track),
			 (last_us - first_us) * (track == TRACK_MIC ? 50 : 25) / SECOND_US);
}

static struct reel *make_reel(void)
{
	struct reel *reel = reel_create();

	reel_record(reel, RECORD_EVENTS);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	return reel;
}

static void nothing_is_written_without_an_event(void **state)
{
	struct reel *reel = make_reel();

	(void)state;
	reel_run(reel, 20);
	assert_int_equal(epochs(reel), 0);
	assert_int_equal(reel_entries(reel, ENTRY_MEDIA), 0);
	assert_int_equal(reel->disk.syncs, 0);
	/* Five seconds wait, and the rest is gone from memory as well. */
	assert_in_range(reel->store.recorders[0]->shelf.count, 5, 12);
	store_stop(&reel->store);
	assert_int_equal(epochs(reel), 0);
	reel_destroy(reel);
}

static void an_event_is_kept_with_what_was_before_and_after(void **state)
{
	struct reel *reel = make_reel();

	(void)state;
	reel_run(reel, 20);
	uint64_t from_us = reel->real_us;

	store_keep(&reel->store, reel->camera, from_us, UINT64_MAX);
	reel_run(reel, 10);
	uint64_t to_us = reel->real_us;

	store_keep(&reel->store, reel->camera, from_us, to_us);
	reel_run(reel, 40);
	struct reel_tape tape = reel_read(reel);

	expect_span(reel, &tape, TRACK_VIDEO, from_us - 5 * SECOND_US, to_us + 5 * SECOND_US);
	expect_span(reel, &tape, TRACK_MIC, from_us - 5 * SECOND_US, to_us + 5 * SECOND_US);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CAMERA), 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* What is recorded of two that overlap is one stretch; the time before the third is a gap. */
static void events_join_and_the_time_between_has_its_reason(void **state)
{
	struct reel *reel = make_reel();

	(void)state;
	reel_run(reel, 10);
	uint64_t from_us = reel->real_us;

	store_keep(&reel->store, reel->camera, from_us, from_us + SECOND_US);
	reel_run(reel, 4);
	store_keep(&reel->store, reel->camera, reel->real_us, reel->real_us + SECOND_US);
	uint64_t to_us = reel->real_us + SECOND_US;

	reel_run(reel, 30);
	struct reel_tape tape = reel_read(reel);

	expect_span(reel, &tape, TRACK_VIDEO, from_us - 5 * SECOND_US, to_us + 5 * SECOND_US);
	for (enum block_gap gap = GAP_NONE + 1; gap < GAP_COUNT; gap++)
		assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, gap), 0);
	reel_free_tape(&tape);
	store_keep(&reel->store, reel->camera, reel->real_us, reel->real_us);
	reel_run(reel, 20);
	tape = reel_read(reel);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_NO_EVENT), 1);
	assert_int_equal(reel_count_gaps(&tape, TRACK_MIC, GAP_NO_EVENT), 1);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CAMERA), 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* Ward was away, and then nothing happened: two reasons, two gaps. */
static void a_restart_before_the_event_is_told_apart(void **state)
{
	struct reel *reel = make_reel();

	(void)state;
	reel_run(reel, 10);
	store_keep(&reel->store, reel->camera, reel->real_us, reel->real_us);
	reel_run(reel, 20);
	reel_stop(reel);
	reel_pass(reel, 60000);
	reel_start(reel);
	reel_record(reel, RECORD_EVENTS);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 30);
	store_keep(&reel->store, reel->camera, reel->real_us, reel->real_us);
	reel_run(reel, 20);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_RESTART), 1);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_NO_EVENT), 1);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* It lasts beyond the ten minutes of a pack. */
static void an_event_goes_on_in_the_next_pack(void **state)
{
	struct reel *reel = make_reel();

	(void)state;
	reel_pass(reel, (EPOCH_LENGTH_US - reel->real_us % EPOCH_LENGTH_US) / 1000 - 20000);
	reel_run(reel, 10);
	uint64_t from_us = reel->real_us;

	store_keep(&reel->store, reel->camera, from_us, UINT64_MAX);
	reel_run(reel, 20);
	uint64_t to_us = reel->real_us;

	store_keep(&reel->store, reel->camera, from_us, to_us);
	reel_run(reel, 20);
	struct reel_tape tape = reel_read(reel);

	expect_span(reel, &tape, TRACK_VIDEO, from_us - 5 * SECOND_US, to_us + 5 * SECOND_US);
	assert_int_equal(epochs(reel), 2);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* The large picture around events, the small one always; no sound of what is not kept. */
static void tracks_are_kept_each_in_its_way(void **state)
{
	struct reel *reel = reel_create();
	struct store_rule rule = {.main = RECORD_EVENTS, .sub = RECORD_CONTINUOUS};

	(void)state;
	store_record(&reel->store, reel->camera, &rule);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_SUB, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	for (unsigned i = 0; i < 20; i++) {
		reel_send(reel, TRACK_SUB, true, 500);
		reel_run(reel, 1);
	}
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_SUB), 20);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 0);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void memory_for_what_waits_is_bounded(void **state)
{
	struct reel *reel = reel_create();
	struct store_rule rule = {.main = RECORD_EVENTS, .pre_us = 3600 * SECOND_US};

	(void)state;
	store_record(&reel->store, reel->camera, &rule);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	for (unsigned i = 0; i < 2 * SHELF_COUNT_MAX; i++) {
		reel_send(reel, TRACK_VIDEO, true, 5000);
		reel_pass(reel, 1000);
	}
	assert_int_equal(reel->store.recorders[0]->shelf.count, SHELF_COUNT_MAX);
	/* All of it, over several blocks: one holds no more than its pieces. */
	store_keep(&reel->store, reel->camera, reel->real_us, reel->real_us);
	for (unsigned i = 0; i < 4; i++)
		reel_tick(reel);
	struct reel_tape tape = reel_read(reel);

	assert_in_range(reel_count_frames(reel, &tape, TRACK_VIDEO), SHELF_COUNT_MAX,
			SHELF_COUNT_MAX + 1);
	assert_true(tape.blocks >= 2);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* ---- retention ---- */

static uint64_t record_epochs(struct reel *reel, unsigned wanted)
{
	uint64_t first_us = epoch_start_of(reel->real_us);

	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	for (unsigned i = 0; i < wanted; i++) {
		reel_run(reel, 4);
		reel_tick(reel);
		reel_tick(reel);
		reel_pass(reel, 600 * 1000);
	}
	assert_int_equal(epochs(reel), wanted);
	return first_us;
}

static void tick_often(struct reel *reel)
{
	for (unsigned i = 0; i < 10; i++)
		reel_tick(reel);
}

static void a_camera_has_limits_of_its_own(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	record_epochs(reel, 4);
	/* The house's days do not count for a camera that has a rule. */
	reel->store.limits.days = 1;
	reel->real_us += 3 * DAY_US;
	tick_often(reel);
	assert_int_equal(epochs(reel), 4);
	reel->store.rules[0].rule.limits.bytes = ledger_total_of(reel->db, 1) - 1;
	tick_often(reel);
	assert_int_equal(epochs(reel), 3);
	reel->store.rules[0].rule.limits.days = 2;
	tick_often(reel);
	assert_int_equal(epochs(reel), 1); /* the one it writes to stays */
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 3);
	assert_int_equal(ledger_total_of(reel->db, 1), ledger_total(reel->db));
	reel_destroy(reel);
}

static void a_camera_that_is_gone_ages_by_the_rule_for_all(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	record_epochs(reel, 3);
	store_forget(&reel->store, reel->camera);
	journal_commit(&reel->journal);
	reel->store.limits.days = 1;
	tick_often(reel);
	assert_int_equal(epochs(reel), 3);
	reel->real_us += 2 * DAY_US;
	tick_often(reel);
	assert_int_equal(epochs(reel), 0);
	reel_destroy(reel);
}

static void a_kept_clip_is_never_erased(void **state)
{
	struct reel *reel = reel_create();
	uint64_t first_us = record_epochs(reel, 5);
	sqlite3_stmt *add =
		db_use(reel->db, "INSERT INTO clips (camera, from_us, to_us, name, log_seq) "
				 "VALUES (1, ?1, ?2, 'steps', 0)");

	(void)state;
	db_begin(reel->db);
	db_bind_int(add, 1, first_us + EPOCH_LENGTH_US + 200 * SECOND_US);
	db_bind_int(add, 2, first_us + EPOCH_LENGTH_US + 300 * SECOND_US);
	db_run(reel->db, add);
	reel->store.rules[0].rule.limits.days = 1;
	reel->real_us += 3 * DAY_US;
	tick_often(reel);
	assert_int_equal(epochs(reel), 2); /* the clip's, and the one it writes to */
	reel->store.limits.bytes = 1;
	tick_often(reel);
	assert_int_equal(epochs(reel), 2);
	assert_true(reel->store.is_protected);
	assert_int_equal(count(reel, "UPDATE clips SET removed_seq = 0"), 0);
	tick_often(reel);
	assert_int_equal(epochs(reel), 1);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_written_without_an_event),
		cmocka_unit_test(an_event_is_kept_with_what_was_before_and_after),
		cmocka_unit_test(events_join_and_the_time_between_has_its_reason),
		cmocka_unit_test(a_restart_before_the_event_is_told_apart),
		cmocka_unit_test(an_event_goes_on_in_the_next_pack),
		cmocka_unit_test(tracks_are_kept_each_in_its_way),
		cmocka_unit_test(memory_for_what_waits_is_bounded),
		cmocka_unit_test(a_camera_has_limits_of_its_own),
		cmocka_unit_test(a_camera_that_is_gone_ages_by_the_rule_for_all),
		cmocka_unit_test(a_kept_clip_is_never_erased),
	};

	return cmocka_run_group_tests_name("store keep", tests, NULL, NULL);
}
