/* Crashes, full disks, hostile cameras, and what is erased. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "reel.h"

static void a_crash_loses_the_running_block_and_no_more(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	reel_run(reel, 25);
	reel_crash(reel);
	reel_start(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(tape.blocks, 2);
	assert_true(reel_count_frames(reel, &tape, TRACK_VIDEO) >= 19 * 25);
	reel_free_tape(&tape);
	/* It goes on behind what nobody knows of, with the chain unbroken. */
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 10);
	tape = reel_read(reel);
	assert_int_equal(tape.blocks, 3);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_RESTART), 1);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* Rows are committed before the log: such a row never happened. */
static void a_block_that_the_log_does_not_know_is_dropped(void **state)
{
	struct reel *reel = reel_create();
	struct block block = {.camera = reel->camera->id};
	struct ledger_mark mark = {.epoch_us = epoch_start_of(reel->real_us),
				   .size = 1000,
				   .seq = log_durable_size(reel->log) + 5};
	struct block_piece piece = {.gap = GAP_CAMERA, .start_us = 1, .end_us = 2};

	(void)state;
	assert_int_equal(block_add(&block, &piece), 0);
	ledger_add(reel->db, &block, &mark);
	assert_int_equal(db_commit(reel->db), 0);
	assert_int_equal(ledger_total(reel->db), 1000);
	reel_crash(reel);
	reel_start(reel);
	assert_int_equal(ledger_total(reel->db), 0);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(tape.blocks, 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

enum trouble { TROUBLE_WRITE, TROUBLE_SYNC, TROUBLE_ROOM, TROUBLE_COUNT };

static void set_trouble(struct reel *reel, enum trouble trouble, bool is_on)
{
	if (trouble == TROUBLE_WRITE)
		reel->disk.write_error = is_on ? -ENOSPC : 0;
	if (trouble == TROUBLE_SYNC)
		reel->disk.sync_error = is_on ? -EIO : 0;
	if (trouble == TROUBLE_ROOM)
		reel->disk.free_bytes = is_on ? 1000 : -1;
}

/* A round of ticks: each slot's, the last of which looks at the disk. */
static void tick_round(struct reel *reel)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		loop_timer_stop(&reel->store.tick);
		reel->store.tick.due(&reel->store.tick);
		journal_commit(&reel->journal);
	}
}

static void a_disk_that_fails_is_a_gap_and_recording_goes_on(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TROUBLE_COUNT; i++) {
		struct reel *reel = reel_create();

		reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
		reel_run(reel, 10);
		set_trouble(reel, (enum trouble)i, true);
		if (i == TROUBLE_ROOM)
			tick_round(reel);
		reel_run(reel, 20);
		assert_true(reel->store.rests < 0 && reel->store.is_said);
		assert_null(journal_stopped(&reel->journal)); /* the log goes on */
		set_trouble(reel, (enum trouble)i, false);
		tick_round(reel);
		assert_int_equal(reel->store.rests, 0);
		reel_run(reel, 10);
		assert_false(reel->store.is_said);
		store_stop(&reel->store);
		journal_commit(&reel->journal);
		struct reel_tape tape = reel_read(reel);

		assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_DISK), 1);
		assert_true(reel_count_frames(reel, &tape, TRACK_VIDEO) >= 19 * 25);
		reel_free_tape(&tape);
		reel_destroy(reel);
	}
}

/* Key frames without end, new formats without end, times of another century: it spoils its own
 * recording, and costs one sync in ten seconds as before. */
static void a_hostile_camera_spoils_its_own_recording(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		reel_set_track(reel, TRACK_VIDEO, i % 2 ? CODEC_H264 : CODEC_H265);
		reel_send(reel, TRACK_VIDEO, true, 1000);
	}
	assert_int_equal(reel->disk.syncs, 0);
	assert_int_equal(reel->store.rests, 0);
	reel_tick(reel);
	assert_int_equal(reel->disk.syncs, 1);
	for (unsigned i = 1; i <= 100; i++) {
		struct track *track = &reel->camera->tracks[TRACK_VIDEO];
		struct ipc_frame piece = {.frame = ++reel->sent[TRACK_VIDEO],
					  .pts_ns = UINT64_MAX / 100 * i,
					  .size = 4,
					  .flags = FRAME_KEY,
					  .config = track->sender_config};

		store_prepare(&reel->store, reel->camera, track, &piece);
		if (track_take_piece(track, &piece, (const uint8_t *)"evil", 4) > 0)
			store_take(&reel->store, reel->camera, track);
	}
	assert_int_equal(db_number(reel->db, db_use(reel->db, "SELECT count(*) FROM epochs")), 1);
	/* And an honest one in its place is recorded as ever. */
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 10);
	assert_int_equal(reel->store.rests, 0);
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_true(reel_count_frames(reel, &tape, TRACK_VIDEO) >= 9 * 25);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void a_camera_that_is_described_wrongly_is_left_out(void **state)
{
	struct reel *reel = reel_create();
	struct ipc_track format = {.track = TRACK_MIC, .codec = CODEC_PCMU, .config = 1};

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	assert_int_equal(track_take_format(&reel->camera->tracks[TRACK_MIC], &format, NULL, 0), 1);
	reel_run(reel, 10);
	assert_int_equal(reel->store.rests, 0);
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 0);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 10 * 25);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static bool has_pack(struct reel *reel, uint64_t epoch_us)
{
	char path[PACK_PATH_SIZE], whole[256];
	struct stat status;

	pack_path(reel->camera->id, epoch_us, path);
	snprintf(whole, sizeof(whole), "%s/store/%s", reel->path, path);
	return stat(whole, &status) == 0;
}

/* Three epochs of a few seconds each. */
static uint64_t record_three_epochs(struct reel *reel)
{
	uint64_t first_us = epoch_start_of(reel->real_us);

	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	for (unsigned i = 0; i < 3; i++) {
		reel_run(reel, 10);
		reel_tick(reel);
		reel_tick(reel);
		reel_pass(reel, 600 * 1000);
	}
	return first_us;
}

static void what_is_too_old_is_erased_and_the_rest_verifies(void **state)
{
	struct reel *reel = reel_create();
	uint64_t first_us = record_three_epochs(reel);
	uint64_t before = ledger_total(reel->db);
	uint8_t secret[AGE_KEY_SIZE], key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3};

	(void)state;
	reel->store.rules[0].rule.limits.days = 1;
	reel_tick(reel);
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 0);
	assert_true(has_pack(reel, first_us));
	reel->real_us =
		first_us + EPOCH_LENGTH_US + UINT64_C(86400) * 1000000 + EPOCH_MARGIN_US + 1;
	reel_tick(reel);
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 1);
	assert_false(has_pack(reel, first_us));
	assert_int_equal(epoch_secret(reel->db, key, reel->camera->id, first_us, secret), -ENOENT);
	assert_true(ledger_total(reel->db) < before && ledger_total(reel->db) > 0);
	reel_tick(reel);
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 1); /* the second is not old yet */
	struct reel_tape tape = reel_read(reel);

	assert_true(tape.count > 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void what_is_too_much_is_erased_from_the_oldest_on(void **state)
{
	struct reel *reel = reel_create();
	uint64_t first_us = record_three_epochs(reel);

	(void)state;
	reel->store.limits.bytes = ledger_total(reel->db) - 1;
	reel_tick(reel);
	reel_tick(reel);
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 1);
	assert_false(has_pack(reel, first_us));
	assert_true(has_pack(reel, first_us + EPOCH_LENGTH_US));
	/* The running epoch stays, whatever the limit. */
	reel->store.limits.bytes = 1;
	for (unsigned i = 0; i < 5; i++)
		reel_tick(reel);
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 2);
	assert_int_equal(db_number(reel->db, db_use(reel->db, "SELECT count(*) FROM epochs")), 1);
	reel_destroy(reel);
}

/* The owner began a new log: who may do what is forgotten, what was recorded is not. */
static void a_new_log_keeps_the_recordings(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 20);
	uint64_t total = ledger_total(reel->db);

	assert_true(total > 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(db_reconcile(reel->db, "ward.local/box/other/e2", 1), 0);
	assert_int_equal(ledger_total(reel->db), total);
	assert_int_equal(
		db_number(reel->db,
			  db_use(reel->db, "SELECT count(*) FROM blocks WHERE log_seq = 0")),
		2);
	reel_destroy(reel);
}

static void a_database_of_the_first_version_is_taken_over(void **state)
{
	struct reel *reel = reel_create();
	char path[256];
	sqlite3 *raw;

	(void)state;
	reel_stop(reel);
	snprintf(path, sizeof(path), "%s/vault.db", reel->path);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(raw,
			     "DROP TABLE blocks; DROP TABLE epochs; DROP TABLE store_total;"
			     "DROP TABLE events; DROP TABLE clips; DROP TABLE camera_totals;"
			     "DROP TABLE zones; DROP TABLE faces; DROP TABLE face_prints;"
			     "DROP TABLE recipients; DROP TABLE wraps; DROP TABLE custody; DROP TABLE spoken;"
			     "ALTER TABLE users DROP COLUMN verbs;"
			     "PRAGMA user_version = 1",
			     NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	reel_start(reel);
	assert_int_equal(reel->camera->id, 1); /* what it knew, it knows */
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 10);
	assert_true(ledger_total(reel->db) > 0);
	reel_destroy(reel);
}

static void recording_can_be_turned_off(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 3);
	reel_record(reel, RECORD_OFF);
	reel_run(reel, 12);
	reel_record(reel, RECORD_CONTINUOUS);
	reel_run(reel, 3);
	store_forget(&reel->store, reel->camera);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 150);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_RESTART), 1);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_loses_the_running_block_and_no_more),
		cmocka_unit_test(a_block_that_the_log_does_not_know_is_dropped),
		cmocka_unit_test(a_disk_that_fails_is_a_gap_and_recording_goes_on),
		cmocka_unit_test(a_hostile_camera_spoils_its_own_recording),
		cmocka_unit_test(a_camera_that_is_described_wrongly_is_left_out),
		cmocka_unit_test(what_is_too_old_is_erased_and_the_rest_verifies),
		cmocka_unit_test(what_is_too_much_is_erased_from_the_oldest_on),
		cmocka_unit_test(a_new_log_keeps_the_recordings),
		cmocka_unit_test(a_database_of_the_first_version_is_taken_over),
		cmocka_unit_test(recording_can_be_turned_off),
	};

	return cmocka_run_group_tests_name("store trouble", tests, NULL, NULL);
}
