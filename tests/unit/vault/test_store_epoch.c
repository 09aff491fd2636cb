/* Ten minutes are over: the next pack begins with a key frame, soon, and nothing is lost between. */
#include "../check.h"

#include <stdlib.h>

#include "reel.h"
#include "vault/store/reader.h"

#define SECOND_US UINT64_C(1000000)

enum { STEP_MS = 20, FRAME_SIZE = 200 };

/* A track's rhythm, in steps; `key_every` 0: only the first frame is one. */
struct rhythm {
	enum media_track track;
	unsigned every, key_every, first;
};

static uint64_t edge_of(const struct reel *reel)
{
	return epoch_start_of(reel->real_us) + EPOCH_LENGTH_US;
}

static void play(struct reel *reel, const struct rhythm *rhythms, size_t count, unsigned seconds)
{
	for (unsigned step = 0; step < seconds * 1000 / STEP_MS; step++) {
		for (size_t i = 0; i < count; i++) {
			const struct rhythm *rhythm = &rhythms[i];
			unsigned at = step + rhythm->first;

			if (step % rhythm->every == 0)
				reel_send(reel, rhythm->track,
					  step == 0 || (rhythm->key_every &&
							at % rhythm->key_every == 0),
					  FRAME_SIZE);
		}
		reel_pass(reel, STEP_MS);
		if (step % 500 == 499)
			reel_tick(reel);
	}
}

static void finish(struct reel *reel)
{
	store_stop(&reel->store);
	journal_commit(&reel->journal);
}

static const struct reel_frame *sent_at(const struct reel *reel, const struct block_piece *piece)
{
	for (unsigned i = 0; i < reel->frame_count; i++)
		if (reel->frames[i].track == piece->track &&
		    reel->frames[i].wall_us == piece->start_us)
			return &reel->frames[i];
	fail_msg("nothing was sent then");
	return NULL;
}

/* The first fragment of the second pack that the track has; NULL: none. */
static const struct block_piece *first_behind(const struct reel_tape *tape, enum media_track track)
{
	const struct block_piece *found = NULL;

	for (unsigned i = 0; i < tape->count; i++) {
		const struct block_piece *piece = &tape->pieces[i].piece;

		if (piece->track == track && !piece->is_init && !piece->gap && piece->number == 0)
			found = piece;
	}
	return found;
}

static void expect_whole(struct reel *reel, const struct reel_tape *tape, uint64_t packs)
{
	unsigned found = 0;

	for (unsigned track = 0; track < TRACK_COUNT; track++)
		found += reel_count_frames(reel, tape, track);
	assert_int_equal(found, reel->frame_count);
	for (unsigned i = 0; i < tape->count; i++)
		assert_int_equal(tape->pieces[i].piece.gap, GAP_NONE);
	assert_int_equal(db_number(reel->db, db_use(reel->db, "SELECT count(*) FROM epochs")),
			 packs);
}

static void expect_keys(struct reel *reel, const struct reel_tape *tape)
{
	for (unsigned i = 0; i < tape->count; i++) {
		const struct block_piece *piece = &tape->pieces[i].piece;

		if (track_is_video(piece->track) && !piece->is_init)
			assert_true(sent_at(reel, piece)->is_key);
	}
}

/* ---- what a play until the edge may read ---- */

struct look {
	struct log_waiter waiter;
	struct reel *reel;
	struct reader_scope scope;
	struct reader *reader;
	unsigned inits, readable;
};

static void look_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct look *look = container_of(waiter, struct look, waiter);

	assert_int_equal(reader_open(receipt, &look->reel->store, &look->scope, &look->reader), 0);
}

static void look_init(void *context, const struct ipc_row_init *row)
{
	const struct ipc_play_read ask = {.what = PLAY_INIT,
					  .track = row->track,
					  .epoch_us = row->epoch_us,
					  .number = row->number};
	struct look *look = context;
	struct reader_piece piece;

	look->inits++;
	look->readable += reader_find(look->reader, &ask, &piece) == 0;
}

static void look_segment(void *context, const struct ipc_segment *segment)
{
	(void)context;
	(void)segment;
}

/* A fragment that goes along lies in the pack of a time at which the play is over. */
static void expect_inits(struct reel *reel, uint64_t from_us, uint64_t to_us, unsigned inits)
{
	struct look look = {.waiter = {.settled = look_settled},
			    .reel = reel,
			    .scope = {{reel->camera->id, from_us, to_us}, READER_TRACKS}};
	const struct reader_listener listener = {look_init, look_segment, &look};
	uint64_t seq;

	assert_int_equal(journal_add_config(&reel->journal, "a look", &look.waiter, &seq), 0);
	journal_commit(&reel->journal);
	assert_int_equal(reader_list(look.reader, from_us, to_us, &listener), 0);
	reader_destroy(look.reader);
	assert_int_equal(look.inits, inits);
	assert_int_equal(look.readable, inits);
}

/* ---- the cases ---- */

static struct reel *make_reel(uint64_t before_us)
{
	struct reel *reel = reel_create();

	reel->real_us = edge_of(reel) - before_us;
	return reel;
}

static void each_pack_begins_with_a_key_frame(void **state)
{
	/* Four seconds from key frame to key frame, five of the smaller pictures. */
	static const struct rhythm rhythms[] = {
		{TRACK_VIDEO, 2, 200, 0}, {TRACK_SUB, 5, 250, 150}, {TRACK_MIC, 1, 1, 0}};
	struct reel *reel = make_reel(7300000);
	uint64_t edge_us = edge_of(reel);

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_SUB, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_OPUS);
	play(reel, rhythms, ARRAY_COUNT(rhythms), 20);
	finish(reel);
	struct reel_tape tape = reel_read(reel);

	expect_whole(reel, &tape, 2);
	expect_keys(reel, &tape);
	const struct block_piece *main = first_behind(&tape, TRACK_VIDEO);
	const struct block_piece *sub = first_behind(&tape, TRACK_SUB);
	const struct block_piece *sound = first_behind(&tape, TRACK_MIC);

	assert_int_equal(main->start_us, edge_us + 700000);
	assert_int_equal(sound->start_us, main->start_us);
	assert_true(sub->start_us < edge_us && sub->end_us > main->start_us);
	expect_inits(reel, edge_us - SECOND_US, edge_us, 4);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void without_large_pictures_the_smaller_ones_lead(void **state)
{
	static const struct rhythm rhythms[] = {{TRACK_VIDEO, 2, 50, 0}, {TRACK_SUB, 5, 250, 0}};
	const struct store_rule rule = {.main = RECORD_OFF, .sub = RECORD_CONTINUOUS};
	struct reel *reel = make_reel(7300000);
	uint64_t edge_us = edge_of(reel);

	(void)state;
	store_record(&reel->store, reel->camera, &rule);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_SUB, CODEC_H264);
	play(reel, rhythms, ARRAY_COUNT(rhythms), 20);
	finish(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_VIDEO), 0);
	expect_keys(reel, &tape);
	assert_int_equal(first_behind(&tape, TRACK_SUB)->start_us, edge_us + 2700000);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

static void sound_alone_waits_for_nothing(void **state)
{
	static const struct rhythm rhythms[] = {{TRACK_MIC, 1, 1, 0}};
	struct reel *reel = make_reel(7300000);
	uint64_t edge_us = edge_of(reel);

	(void)state;
	reel_set_track(reel, TRACK_MIC, CODEC_OPUS);
	play(reel, rhythms, ARRAY_COUNT(rhythms), 20);
	finish(reel);
	struct reel_tape tape = reel_read(reel);

	expect_whole(reel, &tape, 2);
	assert_in_range(first_behind(&tape, TRACK_MIC)->start_us, edge_us, edge_us + 3 * SECOND_US);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* Also if no fragment would end by itself for long. */
static void a_camera_without_key_frames_is_not_waited_for(void **state)
{
	static const struct rhythm rhythms[] = {{TRACK_VIDEO, 10, 0, 0}, {TRACK_SUB, 10, 0, 0}};
	struct reel *reel = make_reel(7300000);
	uint64_t edge_us = edge_of(reel);

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_SUB, CODEC_H264);
	play(reel, rhythms, ARRAY_COUNT(rhythms), 60);
	finish(reel);
	struct reel_tape tape = reel_read(reel);

	expect_whole(reel, &tape, 2);
	for (unsigned track = TRACK_VIDEO; track <= TRACK_SUB; track++)
		assert_in_range(first_behind(&tape, track)->start_us, edge_us + EPOCH_WAIT_US,
				edge_us + EPOCH_WAIT_US + SECOND_US);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

/* Only sound comes since before the edge. */
static void lost_pictures_are_not_waited_for(void **state)
{
	static const struct rhythm both[] = {{TRACK_VIDEO, 2, 50, 0}, {TRACK_MIC, 1, 1, 0}};
	struct reel *reel = make_reel(7300000);
	uint64_t edge_us = edge_of(reel);

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(reel, TRACK_MIC, CODEC_OPUS);
	play(reel, both, ARRAY_COUNT(both), 4);
	play(reel, both + 1, 1, 56);
	finish(reel);
	struct reel_tape tape = reel_read(reel);

	assert_int_equal(reel_count_frames(reel, &tape, TRACK_MIC), 60 * 50);
	assert_in_range(first_behind(&tape, TRACK_MIC)->start_us, edge_us + EPOCH_WAIT_US,
			edge_us + EPOCH_WAIT_US + SECOND_US);
	reel_free_tape(&tape);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pack_begins_with_a_key_frame),
		cmocka_unit_test(without_large_pictures_the_smaller_ones_lead),
		cmocka_unit_test(sound_alone_waits_for_nothing),
		cmocka_unit_test(a_camera_without_key_frames_is_not_waited_for),
		cmocka_unit_test(lost_pictures_are_not_waited_for),
	};

	return cmocka_run_group_tests_name("store epoch", tests, NULL, NULL);
}
