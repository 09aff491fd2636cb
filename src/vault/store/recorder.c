#include "vault/store/recorder.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/store/fragment.h"

/* Two gaps, an init segment, and the fragment itself. */
enum { PIECES_A_FRAGMENT = 4 };

#define GAP_US (RECORDER_GAP_MS * UINT64_C(1000))

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
		  recorded >= &recorder->tracks[TRACK_MIC] ? "sound" : "picture");
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
	uint8_t init[CMAF_INIT_MAX];
	int size = cmaf_build_init(&description, init, sizeof(init));

	recorded->config = track->format.config;
	recorded->timescale = description.timescale;
	recorded->is_unfit = false;
	/* Each talk begins anew, and mostly as the one before. */
	if (size != recorded->init_size || memcmp(init, recorded->init, recorded->init_size) != 0)
		recorded->has_init = false;
	recorded->init_size = size < 0 ? 0 : (uint16_t)size;
	memcpy(recorded->init, init, recorded->init_size);
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

static int add_gap(struct recorder *recorder, struct recorder_track *recorded, uint64_t end_us,
		   enum block_gap why)
{
	struct block_piece piece = {.track = (uint8_t)(recorded - recorder->tracks),
				    .gap = (uint8_t)why,
				    .start_us = recorded->end_us,
				    .end_us = end_us};

	if (why == GAP_CLOCK && end_us + GAP_US < recorded->end_us) {
		piece.start_us = end_us;
		piece.end_us = recorded->end_us;
	} else if (recorded->end_us == 0 || end_us < recorded->end_us + GAP_US) {
		return 0;
	}
	recorded->end_us = end_us;
	return block_add(&recorder->block, &piece);
}

static bool is_of_talk(const struct recorder *recorder, const struct recorder_track *recorded)
{
	return recorded == &recorder->tracks[TRACK_TALK] ||
	       recorded == &recorder->tracks[TRACK_SPEAKER];
}

/* A hole since the last fragment is a gap, with its reason; two if the camera was back before an
 * event wanted it. A slow camera's interval is none: its fragments reach to the next one; nor is the
 * time between talks. */
static int note_gap(struct recorder *recorder, struct recorder_track *recorded, uint64_t start_us)
{
	enum block_gap why = recorded->why ? recorded->why : GAP_CAMERA;

	if (is_of_talk(recorder, recorded) && why != GAP_DISK && why != GAP_EXCESS) {
		recorded->why = GAP_NONE;
		return 0;
	}
	uint64_t rest_us = recorded->rest_us;
	int rc = 0;

	recorded->why = GAP_NONE;
	recorded->rest_us = 0;
	if (rest_us) {
		rc = add_gap(recorder, recorded, rest_us, why);
		why = GAP_NO_EVENT;
	}
	return rc < 0 ? rc : add_gap(recorder, recorded, start_us, why);
}

static int write_fragment(struct recorder *recorder, struct recorder_track *recorded,
			  struct fragment *fragment, uint64_t end_us)
{
	struct block_piece piece = {.track = (uint8_t)(recorded - recorder->tracks),
				    .frames = fragment->count,
				    .start_us = fragment->start_us,
				    .end_us = end_us};
	/* First of all: which numbers come next is known only then. */
	int rc = recorder->pack.file ? 0 : recorder->open(recorder);

	if (rc < 0)
		return rc;
	piece.number = recorded->number;
	/* A camera that sends too much loses the rest; it does not get more blocks. */
	if (!has_room(recorder, PIECES_A_FRAGMENT) ||
	    fragment_finish(fragment, recorded, &piece) < 0) {
		recorded->why = GAP_EXCESS;
		return 0;
	}
	rc = note_gap(recorder, recorded, fragment->start_us);
	if (rc == 0 && !recorded->has_init)
		rc = write_init(recorder, recorded);
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

/* Where fragments are put together: 90 KB, one thread, and never two at once. */
static struct fragment *bench(void)
{
	static struct fragment fragment;

	return &fragment;
}

/* ---- around events ---- */

static bool is_wanted(const struct recorder *recorder, const struct shelf_item *item)
{
	return item->end_us > recorder->keep_from_us && item->start_us < recorder->keep_until_us;
}

/* The oldest go: their time is over, or there is no room for more. */
static void trim_shelf(struct recorder *recorder, uint64_t now_us)
{
	struct shelf *shelf = &recorder->shelf;

	while (shelf->first &&
	       (shelf_is_over(shelf) || (!is_wanted(recorder, shelf->first) &&
					 shelf->first->end_us + recorder->pre_us < now_us))) {
		if (is_wanted(recorder, shelf->first))
			recorder->tracks[shelf->first->track].why = GAP_EXCESS;
		shelf_drop(shelf, &shelf->first);
	}
}

static void put_away(struct recorder *recorder, struct recorder_track *recorded,
		     const struct fragment *fragment, uint64_t end_us)
{
	struct shelf_item *item;

	if (shelf_put(&recorder->shelf, fragment, &item) < 0)
		return; /* out of memory: a gap */
	item->track = (uint32_t)(recorded - recorder->tracks);
	item->config = recorded->config;
	item->end_us = end_us;
	if (recorded->rest_us == 0 && !is_wanted(recorder, item))
		recorded->rest_us = item->start_us;
	trim_shelf(recorder, end_us);
}

int recorder_take_down(struct recorder *recorder)
{
	struct shelf_item **at = &recorder->shelf.first;

	while (*at) {
		struct recorder_track *recorded = &recorder->tracks[(*at)->track];
		int rc = 0;

		if (!is_wanted(recorder, *at)) {
			at = &(*at)->next;
			continue;
		}
		if (!has_room(recorder, PIECES_A_FRAGMENT))
			return 0; /* with the next block */
		/* What describes older ones is gone. */
		if ((*at)->config == recorded->config && !recorded->is_unfit) {
			shelf_lend(*at, bench());
			rc = write_fragment(recorder, recorded, bench(), (*at)->end_us);
		}
		shelf_drop(&recorder->shelf, at);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int64_t shift_us(const struct recorder *recorder)
{
	const struct log_clock *clock = recorder->clock;

	return recorder->wall_offset_us + (int64_t)(clock->boot_ns(clock->context) / 1000) -
	       (int64_t)clock->real_us(clock->context);
}

void recorder_keep(struct recorder *recorder, uint64_t from_us, uint64_t until_us)
{
	int64_t shift = recorder->has_begun ? shift_us(recorder) : 0;

	from_us += (uint64_t)shift;
	if (until_us != UINT64_MAX)
		until_us += (uint64_t)shift;
	if (from_us > recorder->keep_until_us || from_us < recorder->keep_from_us)
		recorder->keep_from_us = from_us;
	recorder->keep_until_us = until_us;
}

/* ---- running fragments ---- */

/* The running fragment's frames up to the newest are written; the next one is at `next_us`, 0:
 * unknown. */
static int end_fragment(struct recorder *recorder, struct track *track, uint64_t next_us)
{
	struct fragment *fragment = bench();
	struct recorder_track *recorded = recorded_of(recorder, track);

	if (recorded->first == 0)
		return 0;
	fragment_gather(recorder, track, track->gop.next - 1, fragment);
	recorded->first = 0;
	recorded->resume = track->gop.next;
	if (fragment->count == 0 || recorded->is_unfit)
		return 0;
	uint64_t end_us = fragment_end(fragment, next_us);

	if (recorded->mode != RECORD_EVENTS)
		return write_fragment(recorder, recorded, fragment, end_us);
	put_away(recorder, recorded, fragment, end_us);
	return recorder_take_down(recorder);
}

static bool is_about_now(const struct recorder *recorder, uint64_t pts_ns)
{
	uint64_t now_ns = recorder->clock->boot_ns(recorder->clock->context);
	uint64_t away_ns = pts_ns > now_ns ? pts_ns - now_ns : now_ns - pts_ns;

	return away_ns <= RECORDER_SKEW_MS * CLOCK_NS_PER_MS;
}

/* ---- when an epoch is over ---- */

/* Its ten minutes were over `wait_us` ago. */
static bool is_over_since(const struct recorder *recorder, uint64_t wait_us)
{
	uint64_t now_us = recorder->clock->real_us(recorder->clock->context);

	return now_us >= recorder->epoch.start_us + EPOCH_LENGTH_US + wait_us;
}

/* It is the time of other ten minutes, since somebody set the clock. */
static bool is_set_elsewhere(const struct recorder *recorder)
{
	const struct log_clock *clock = recorder->clock;
	int64_t step_us = -shift_us(recorder);

	return epoch_start_of(clock->real_us(clock->context)) != recorder->epoch.start_us &&
	       (step_us >= (int64_t)GAP_US || step_us <= -(int64_t)GAP_US);
}

static bool must_roll(const struct recorder *recorder)
{
	return is_over_since(recorder, EPOCH_WAIT_US) || is_set_elsewhere(recorder);
}

/* The recorded pictures whose key frame an epoch waits for: the large ones, if they are. NULL: there
 * are none. */
static const struct track *leader(const struct recorder *recorder)
{
	static const enum media_track pictures[] = {TRACK_VIDEO, TRACK_SUB};

	for (size_t i = 0; i < ARRAY_COUNT(pictures); i++) {
		const struct track *track = &recorder->camera->tracks[pictures[i]];
		const struct recorder_track *recorded = &recorder->tracks[pictures[i]];

		if (recorded->mode != RECORD_OFF && !recorded->is_unfit &&
		    track->format.codec != CODEC_NONE)
			return track;
	}
	return NULL;
}

static bool may_roll(const struct recorder *recorder, const struct track *track, uint64_t number)
{
	const struct track *awaited = leader(recorder);
	const struct gop_frame *frame = gop_find(&track->gop, number);

	return is_over_since(recorder, 0) &&
	       (!awaited || (awaited == track && frame && (frame->flags & FRAME_KEY)));
}

/* The smaller pictures have key frames of their own: what runs goes on as it is, into the next pack,
 * as far as it may reach back. */
static bool goes_along(const struct recorder *recorder, unsigned number)
{
	const struct track *track = &recorder->camera->tracks[number];
	const struct gop_frame *first = gop_find(&track->gop, recorder->tracks[number].first);
	uint64_t now_ns = recorder->clock->boot_ns(recorder->clock->context);

	return track_is_video(number) && first && !is_set_elsewhere(recorder) &&
	       first->pts_ns + EPOCH_WAIT_US * 1000 > now_ns;
}

static int roll(struct recorder *recorder)
{
	for (unsigned i = 0; i < RECORDER_TRACKS; i++) {
		int rc = goes_along(recorder, i)
				 ? 0
				 : end_fragment(recorder, &recorder->camera->tracks[i], 0);

		if (rc < 0)
			return rc;
	}
	return recorder->roll(recorder);
}

/* ---- frames ---- */

static int begin_fragment(struct recorder *recorder, struct track *track, uint64_t number)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	bool is_over = must_roll(recorder) || may_roll(recorder, track, number);
	int rc = is_over ? roll(recorder) : 0;

	if (recorded->config != track->format.config)
		describe(recorder, track);
	if (rc < 0 || recorded->is_unfit)
		return rc;
	recorded->first = number;
	recorded->resume = 0;
	return 0;
}

int recorder_prepare(struct recorder *recorder, struct track *track, const struct ipc_frame *piece)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	bool is_key = track->gop.every_is_key || (piece->flags & FRAME_KEY);

	if (recorded->first == 0 || !recorder->has_begun)
		return 0;
	bool is_full = track->gop.next - recorded->first >= FRAGMENT_FRAMES_MAX;
	bool is_over = (is_key && gop_makes_way(&track->gop, piece->pts_ns)) ||
		       is_over_since(recorder, EPOCH_WAIT_US);

	if (!is_full && !is_over && is_about_now(recorder, piece->pts_ns))
		return 0;
	return end_fragment(recorder, track, wall_us(recorder, piece->pts_ns));
}

int recorder_take(struct recorder *recorder, struct track *track)
{
	struct recorder_track *recorded = recorded_of(recorder, track);
	uint64_t number = track->gop.next - 1;
	const struct gop_frame *frame = gop_find(&track->gop, number);

	if (!frame || recorded->mode == RECORD_OFF)
		return 0;
	if (!recorder->has_begun)
		recorder_begin(recorder);
	bool resumes = number == recorded->resume && !(frame->flags & FRAME_AFTER_GAP);

	if (recorded->first || !((frame->flags & FRAME_KEY) || resumes) ||
	    !is_about_now(recorder, frame->pts_ns))
		return 0;
	return begin_fragment(recorder, track, number);
}

int recorder_speak(struct recorder *recorder, const struct block_spoken *spoken, uint64_t start_ns)
{
	struct block_spoken timed = *spoken;

	if (!recorder->has_begun)
		recorder_begin(recorder);
	timed.start_us = wall_us(recorder, start_ns);
	return block_add_spoken(&recorder->block, &timed);
}

int recorder_end_track(struct recorder *recorder, struct track *track)
{
	return recorder->has_begun ? end_fragment(recorder, track, 0) : 0;
}

int recorder_end_idle(struct recorder *recorder, bool all)
{
	int result = 0;

	for (unsigned i = 0; recorder->has_begun && i < RECORDER_TRACKS; i++) {
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

/* Each pack has the wall clock of its begin. A small step is the clock's own steering. */
static void note_clock(struct recorder *recorder, int64_t offset_us)
{
	int64_t step_us = offset_us - recorder->wall_offset_us;

	if (!recorder->has_begun || (step_us < (int64_t)GAP_US && step_us > -(int64_t)GAP_US))
		return;
	for (unsigned i = 0; i < RECORDER_TRACKS; i++)
		if (recorder->tracks[i].why == GAP_NONE)
			recorder->tracks[i].why = GAP_CLOCK;
}

void recorder_begin(struct recorder *recorder)
{
	const struct log_clock *clock = recorder->clock;
	uint64_t now_us = clock->real_us(clock->context);
	int64_t offset_us = (int64_t)now_us - (int64_t)(clock->boot_ns(clock->context) / 1000);

	pack_close(&recorder->pack);
	note_clock(recorder, offset_us);
	recorder->epoch =
		(struct epoch){.camera = recorder->camera->id, .start_us = epoch_start_of(now_us)};
	recorder->has_begun = true;
	recorder->wall_offset_us = offset_us;
}

int recorder_open(struct recorder *recorder, const struct epoch *epoch, struct disk *disk,
		  const uint32_t numbers[RECORDER_TRACKS])
{
	struct pack pack;
	int rc = pack_open(&pack, disk, epoch->camera, epoch->start_us);

	if (rc < 0)
		return rc;
	recorder->pack = pack;
	recorder->epoch = *epoch;
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
	recorder->block.count = recorder->block.spoken_count = 0;
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
	recorder->block.count = recorder->block.spoken_count = 0;
	pack_close(&recorder->pack);
	recorder->has_begun = false;
}

bool recorder_has_modes(const struct recorder *recorder, const uint32_t modes[RECORDER_TRACKS])
{
	for (unsigned i = 0; i < RECORDER_TRACKS; i++)
		if (recorder->tracks[i].mode != modes[i])
			return false;
	return true;
}

void recorder_set_modes(struct recorder *recorder, const uint32_t modes[RECORDER_TRACKS])
{
	shelf_clear(&recorder->shelf);
	for (unsigned i = 0; i < RECORDER_TRACKS; i++) {
		struct recorder_track *recorded = &recorder->tracks[i];

		if (recorded->mode != modes[i] && modes[i] == RECORD_OFF)
			recorded->why = GAP_RESTART;
		recorded->mode = modes[i];
	}
}
