#include "sim/sim_clip.h"

#include <stdlib.h>

#include "proto/mp4/mp4_movie.h"
#include "proto/mp4/mp4_plan.h"
#include "unit/check.h"
#include "vault/store/reader.h"

enum { SAMPLES_MAX = 64 * 1024, PARTS_MAX = 4096 };

struct making {
	struct log_waiter waiter;
	struct reel *reel;
	struct reader_scope scope;
	struct reader *reader;
	struct mp4_plan plan;
	struct mp4_clip clip;
	struct mp4_clip_sample samples[SAMPLES_MAX];
	struct mp4_part parts[PARTS_MAX];
	struct ipc_segment segments[MP4_CLIP_PARTS_MAX];
	uint64_t dts[MP4_CLIP_TRACKS_MAX]; /* of each track's next sample */
};

static void settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct making *making = container_of(waiter, struct making, waiter);

	assert_non_null(receipt);
	assert_int_equal(
		reader_open(receipt, &making->reel->store, &making->scope, &making->reader), 0);
}

static void ignore_init(void *context, const struct ipc_row_init *row)
{
	(void)context;
	(void)row;
}

static void take_segment(void *context, const struct ipc_segment *segment)
{
	struct making *making = context;

	assert_int_equal(mp4_plan_list(&making->plan,
				       (struct bytes){(const uint8_t *)segment, sizeof(*segment)}),
			 0);
}

static struct bytes read_piece(struct making *making, const struct ipc_play_read *ask)
{
	struct reader_piece piece;
	struct bytes plain;

	assert_int_equal(reader_find(making->reader, ask, &piece), 0);
	assert_int_equal(reader_read(making->reader, &piece, &plain), 0);
	return plain;
}

static void make(struct making *making, uint64_t from_us, uint64_t to_us)
{
	const struct reader_listener listener = {ignore_init, take_segment, making};
	const struct mp4_clip_room room = {making->samples, making->parts, SAMPLES_MAX, PARTS_MAX};
	struct ipc_play_read ask;
	uint64_t seq;

	assert_int_equal(
		journal_add_config(&making->reel->journal, "a clip", &making->waiter, &seq), 0);
	journal_commit(&making->reel->journal);
	assert_non_null(making->reader);
	mp4_clip_init(&making->clip, from_us, to_us, &room);
	mp4_plan_init(&making->plan, &making->clip, making->segments, making->scope.tracks);
	while (from_us) /* as often as the list is cut */
		from_us = reader_list(making->reader, from_us, to_us, &listener);
	mp4_plan_sort(&making->plan);
	while (mp4_plan_next(&making->plan, &ask))
		assert_int_equal(mp4_plan_take(&making->plan, read_piece(making, &ask)), 0);
	assert_int_equal(mp4_clip_finish(&making->clip), 0);
}

static void tell_part(struct making *making, const struct mp4_part *part,
		      void (*each)(const struct sim_clip_sample *sample))
{
	const struct mp4_clip_track *track = &making->clip.tracks[part->track];
	struct ipc_play_read ask;

	mp4_plan_name_part(&making->plan, part, &ask);
	struct bytes fragment = read_piece(making, &ask);
	uint32_t at = part->skip;

	if (making->dts[part->track] == 0)
		making->dts[part->track] = track->first_dts;
	for (uint32_t i = 0; i < part->sample_count; i++) {
		const struct mp4_clip_sample *sample = &making->samples[part->sample + i];
		uint64_t pts = making->dts[part->track] + (uint64_t)(int64_t)sample->composition;

		assert_true(at + sample->size <= fragment.size);
		each(&(struct sim_clip_sample){
			part->track,
			(int64_t)mp4_clip_rescale(pts, track->timescale, 1000000000),
			{fragment.data + at, sample->size}});
		at += sample->size;
		making->dts[part->track] += sample->duration;
	}
}

void sim_clip_each(struct reel *reel, uint32_t tracks, uint64_t from_us, uint64_t to_us,
		   void (*each)(const struct sim_clip_sample *sample))
{
	struct making *making = calloc(1, sizeof(*making));

	assert_non_null(making);
	making->waiter.settled = settled;
	making->reel = reel;
	making->scope = (struct reader_scope){{reel->camera->id, from_us, to_us}, tracks};
	make(making, from_us, to_us);
	for (uint32_t i = 0; i < making->clip.part_count; i++)
		tell_part(making, &making->parts[i], each);
	reader_destroy(making->reader);
	free(making);
}
