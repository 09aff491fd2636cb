#include "vault/store/recorder.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/store/fragment.h"

static uint64_t wall_us(const struct recorder *recorder, uint64_t pts_ns)
{
	return (uint64_t)((int64_t)(pts_ns / 1000) + recorder->wall_offset_us);
}

static struct recorder_track *recorded_of(struct recorder *recorder, const struct track *track)
{
	return &recorder->tracks[track->format.track];
}

/* ---- init segments ---- */

static void refuse_config(struct recorder *recorder, struct recorder_track *recorded)
{
	char quoted[4 * NAME_SIZE];
	struct text text;

	recorded->is_unfit = true;
	if (recorder->has_warned)
		return;
	recorder->has_warned = true;
	text_init(&text, quoted, sizeof(quoted));
	text_add_quoted(&text, recorder->camera->name, strlen(recorder->camera->name));
	diag_warn("camera %s: its %s cannot be recorded: the camera describes it wrongly", quoted,
		  recorded == &recorder->tracks[TRACK_MIC] ? "sound" : "picture");
}

/* Describes what the track carries from now on; written with its first fragment. */
static void describe(struct recorder *recorder, const struct track *track)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	struct cmaf_track description = {
		.codec = track->format.codec,
		.timescale = cmaf_timescale(&track->format),
		.width = track->format.width,
		.height = track->format.height,
		.channels = track->format.channels,
		.config = {track->config, track->config_size},
	};
	int size = cmaf_build_init(&description, recorded->init, sizeof(recorded->init));

	recorded->config = track->format.config;
	recorded->timescale = description.timescale;
	recorded->has_init = false;
	recorded->is_unfit = false;
	recorded->init_size = size < 0 ? 0 : (uint16_t)size;
	if (size < 0)
		refuse_config(recorder, recorded);
}

static int write_init(struct recorder *recorder, struct recorder_track *recorded)
{
	struct bytes init = {recorded->init, recorded->init_size};
	struct block_piece piece = {.track = (uint8_t)(recorded - recorder->tracks),
				    .is_init = true,
				    .number = recorded->number};
	int rc = fragment_append(recorder, &init, 1, &piece);

	if (rc == 0)
		rc = block_add(&recorder->block, &piece);
	if (rc == 0)
		recorded->has_init = true;
	return rc;
}

/* ---- fragments ---- */

static bool has_room(const struct recorder *recorder, unsigned pieces)
{
	return recorder->block.count + pieces <= BLOCK_PIECES_MAX;
}

static int write_fragment(struct recorder *recorder, struct recorder_track *recorded,
			  struct fragment *fragment, uint64_t end_us)
{
	struct block_piece piece = {.track = (uint8_t)(recorded - recorder->tracks),
				    .number = recorded->number,
				    .frames = fragment->count,
				    .start_us = fragment->start_us,
				    .end_us = end_us};

	/* A camera that sends too much loses the rest; it does not get more blocks. */
	if (!has_room(recorder, 2) || fragment_finish(fragment, recorded, &piece) < 0) {
		recorded->why = GAP_EXCESS;
		return 0;
	}
	int rc = recorded->has_init ? 0 : write_init(recorder, recorded);

	if (rc == 0)
		rc = fragment_append(recorder, fragment->parts, fragment->count + 2, &piece);
	if (rc == 0)
		rc = block_add(&recorder->block, &piece);
	if (rc < 0)
		return rc;
	recorded->number++;
	recorded->end_us = end_us;
	return 0;
}

/* The running fragment's frames up to the newest are written; the next one is at `next_us`, 0:
 * unknown. */
static int end_fragment(struct recorder *recorder, struct track *track, uint64_t next_us)
{
	static struct fragment fragment; /* 90 KB: one thread, and never nested */
	struct recorder_track *recorded = recorded_of(recorder, track);

	if (recorded->first == 0)
		return 0;
	fragment_gather(recorder, track, track->gop.next - 1, &fragment);
	recorded->first = 0;
	recorded->resume = track->gop.next;
	if (fragment.count == 0 || recorded->is_unfit)
		return 0;
	return write_fragment(recorder, recorded, &fragment, fragment_end(&fragment, next_us));
}

/* A hole since the last fragment is a gap, with its reason. A slow camera's interval is none: its
 * fragments reach to the next one. */
static int note_gap(struct recorder *recorder, struct recorder_track *recorded, uint64_t start_us)
{
	struct block_piece piece = {.track = (uint8_t)(recorded - recorder->tracks),
				    .gap = (uint8_t)(recorded->why ? recorded->why : GAP_CAMERA),
				    .start_us = recorded->end_us,
				    .end_us = start_us};

	bool is_hole = recorded->end_us != 0 &&
		       start_us >= recorded->end_us + RECORDER_GAP_MS * UINT64_C(1000);

	if (is_hole && !has_room(recorder, 1))
		return 0; /* with a later fragment */
	recorded->why = GAP_NONE;
	if (!is_hole)
		return 0;
	recorded->end_us = start_us;
	return block_add(&recorder->block, &piece);
}

static bool is_about_now(const struct recorder *recorder, uint64_t pts_ns)
{
	uint64_t now_ns = recorder->clock->boot_ns(recorder->clock->context);
	uint64_t away_ns = pts_ns > now_ns ? pts_ns - now_ns : now_ns - pts_ns;

	return away_ns <= RECORDER_SKEW_MS * CLOCK_NS_PER_MS;
}

/* Also if the clock was set back to before the epoch. */
static bool is_epoch_over(const struct recorder *recorder)
{
	uint64_t now_us = recorder->clock->real_us(recorder->clock->context);

	return epoch_start_of(now_us) != recorder->epoch.start_us;
}

/* Fragments that run on go into the next pack. */
static int roll(struct recorder *recorder)
{
	int rc = recorder_end_idle(recorder, true);

	return rc < 0 ? rc : recorder->roll(recorder);
}

static int begin_fragment(struct recorder *recorder, struct track *track, uint64_t number)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	uint64_t pts_ns = gop_find(&track->gop, number)->pts_ns;
	int rc = is_epoch_over(recorder) ? roll(recorder) : 0;

	if (recorded->config != track->format.config)
		describe(recorder, track);
	if (rc < 0 || recorded->is_unfit)
		return rc;
	recorded->first = number;
	recorded->resume = 0;
	return note_gap(recorder, recorded, wall_us(recorder, pts_ns));
}

int recorder_prepare(struct recorder *recorder, struct track *track, const struct ipc_frame *piece)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	bool is_key = track->gop.every_is_key || (piece->flags & FRAME_KEY);

	if (recorded->first == 0 || !recorder->pack.file)
		return 0;
	bool is_full = track->gop.next - recorded->first >= FRAGMENT_FRAMES_MAX;
	bool is_over = is_key && gop_makes_way(&track->gop, piece->pts_ns);

	if (!is_full && !is_over && is_about_now(recorder, piece->pts_ns))
		return 0;
	return end_fragment(recorder, track, wall_us(recorder, piece->pts_ns));
}

int recorder_take(struct recorder *recorder, struct track *track)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	uint64_t number = track->gop.next - 1;
	const struct gop_frame *frame = gop_find(&track->gop, number);

	if (!frame || !recorder->pack.file)
		return 0;
	bool resumes = number == recorded->resume && !(frame->flags & FRAME_AFTER_GAP);

	if (recorded->first || !((frame->flags & FRAME_KEY) || resumes) ||
	    !is_about_now(recorder, frame->pts_ns))
		return 0;
	return begin_fragment(recorder, track, number);
}

int recorder_end_track(struct recorder *recorder, struct track *track)
{
	return recorder->pack.file ? end_fragment(recorder, track, 0) : 0;
}

int recorder_end_idle(struct recorder *recorder, bool all)
{
	int result = 0;

	for (unsigned i = 0; recorder->pack.file && i < RECORDER_TRACKS; i++) {
		struct recorder_track *recorded = &recorder->tracks[i];
		struct track *track = &recorder->camera->tracks[i];

		if (all || recorded->seen == track->gop.next) {
			int rc = end_fragment(recorder, track, 0);

			result = rc < 0 ? rc : result;
		}
		recorded->seen = track->gop.next;
	}
	return result;
}

/* ---- epochs and blocks ---- */

int recorder_begin(struct recorder *recorder, const struct epoch *epoch, struct disk *disk,
		   const uint32_t numbers[RECORDER_TRACKS])
{
	const struct log_clock *clock = recorder->clock;
	struct pack pack;
	int rc = pack_open(&pack, disk, epoch->camera, epoch->start_us);

	if (rc < 0)
		return rc;
	pack_close(&recorder->pack);
	recorder->pack = pack;
	recorder->epoch = *epoch;
	recorder->wall_offset_us = (int64_t)clock->real_us(clock->context) -
				   (int64_t)(clock->boot_ns(clock->context) / 1000);
	for (unsigned i = 0; i < RECORDER_TRACKS; i++) {
		recorder->tracks[i].has_init = false; /* each pack has its own */
		recorder->tracks[i].number = numbers[i];
	}
	return 0;
}

int recorder_append_text(struct recorder *recorder, const struct text *text)
{
	struct bytes bytes = {(const uint8_t *)text->data, text->size};
	struct block_piece ignored = {0};

	return fragment_append(recorder, &bytes, 1, &ignored);
}

void recorder_settle_block(struct recorder *recorder)
{
	for (unsigned i = 0; i < RECORDER_TRACKS; i++)
		recorder->tracks[i].durable_us = recorder->tracks[i].end_us;
	recorder->block.count = 0;
	recorder->has_warned = false;
}

void recorder_drop_block(struct recorder *recorder)
{
	for (unsigned i = 0; i < RECORDER_TRACKS; i++) {
		struct recorder_track *recorded = &recorder->tracks[i];

		recorded->first = recorded->resume = 0;
		recorded->end_us = recorded->durable_us;
		recorded->why = GAP_DISK;
	}
	recorder->block.count = 0;
	pack_close(&recorder->pack);
}
