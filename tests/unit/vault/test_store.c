/* What a camera sends is on the tape, whole and in order, and everything said of it is true. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "reel.h"

static void every_frame_is_found_by_its_row(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	reel_run(reel, 25);
	reel_stop(reel);
	reel_start(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(tape.blocks, 3); /* 10 s, 10 s, and the rest at the stop */
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 25 * 25);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 25 * 50);
	for (unsigned i = 0; i < tape.count; i++)
		assert_int_equal(tape.pieces[i].piece.gap, GAP_NONE);
	/* One sync a block, and nothing but them. */
	assert_int_equal(reel->disk.syncs, tape.blocks);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void each_kind_of_picture_and_sound_is_recorded(void **state)
{
	static const enum media_codec videos[] = {CODEC_H264, CODEC_H265};
	static const enum media_codec sounds[] = {CODEC_AAC, CODEC_OPUS, CODEC_PCMU, CODEC_PCMA};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sounds); i++) {
		struct reel *reel = reel_create();

		reel_set_track(reel, TRACK_VIDEO, videos[i % ARRAY_COUNT(videos)]);
		reel_set_track(reel, TRACK_MIC, sounds[i]);
		reel_run(reel, 5);
		store_stop(&reel->store);
		journal_commit(&reel->journal);
		struct reel_tape tape = reel_read(reel);

		assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 5 * 25);
		assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 5 * 50);
		reel_free_tape(&tape);
		reel_destroy(reel);
	}
}

static unsigned count_inits(const struct reel_tape *tape)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tape->count; i++)
		count += tape->pieces[i].piece.is_init;
	return count;
}

/* The camera changes its codec, then its resolution: a fragment holds frames of one kind only. */
static void a_change_of_format_begins_a_new_fragment(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 3);
	reel_send(reel, TRACK_VIDEO, true, 500);
	reel_pass(reel, 40);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H265);
	reel_run(reel, 3);
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 75 + 1 + 75);
	assert_int_equal(count_inits(&tape), 2);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void a_long_group_is_cut_and_nothing_is_lost(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	for (unsigned i = 0; i < 2500; i++) {
		reel_send(reel, TRACK_VIDEO, i == 0, 100);
		reel_pass(reel, 10);
	}
	reel_stop(reel);
	reel_start(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 2500);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CAMERA), 0);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void the_next_ten_minutes_lose_no_frame(void **state)
{
	struct reel *reel = reel_create();
	uint64_t first_us = epoch_start_of(reel->real_us);

	(void)state;
	reel->real_us = first_us + EPOCH_LENGTH_US - 7300000;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_OPUS);
	reel_run(reel, 20);
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 20 * 25);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 20 * 50);
	assert_int_equal(count_inits(&tape), 4); /* both packs stand alone */
	for (unsigned i = 0; i < tape.count; i++)
		assert_int_equal(tape.pieces[i].piece.gap, GAP_NONE);
	assert_int_equal(db_number(reel->db, db_use(reel->db, "SELECT count(*) FROM epochs")), 2);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void a_silent_camera_is_a_gap(void **state)
{
	struct reel *reel = reel_create();

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 2);
	reel_tick(reel); /* nothing new by the second one: what runs is written */
	reel_tick(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 50);
	reel_free_tape(&tape);
	reel_pass(reel, 30000);
	reel_run(reel, 2);
	store_stop(&reel->store);
	journal_commit(&reel->journal);
	tape = reel_read(reel);
	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 100);
	assert_int_equal(reel_count_gaps(&tape, TRACK_VIDEO, GAP_CAMERA), 1);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* A pair of keys of its own is not needed to see that the database holds none in clear. */
static void keys_lie_sealed(void **state)
{
	static const uint8_t other_key[EPOCH_STORE_KEY_SIZE] = {9};
	struct reel *reel = reel_create();
	uint8_t secret[AGE_KEY_SIZE];

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 2);
	assert_int_equal(epoch_secret(reel->db, other_key, reel->camera->id,
				      epoch_start_of(reel->real_us), secret),
			 -EACCES);
	assert_int_equal(epoch_secret(reel->db, other_key, reel->camera->id, 0, secret), -ENOENT);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_found_by_its_row),
		cmocka_unit_test(each_kind_of_picture_and_sound_is_recorded),
		cmocka_unit_test(a_change_of_format_begins_a_new_fragment),
		cmocka_unit_test(a_long_group_is_cut_and_nothing_is_lost),
		cmocka_unit_test(the_next_ten_minutes_lose_no_frame),
		cmocka_unit_test(a_silent_camera_is_a_gap),
		cmocka_unit_test(keys_lie_sealed),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
