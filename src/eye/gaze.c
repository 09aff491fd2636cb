#include "eye/gaze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "proto/see/animal.h"
#include "proto/see/night.h"
#include "proto/see/zone.h"

/* By enum see_level: what begins a stay. docs/design/seeing.md says what they are worth. */
static const float begin_scores[SEE_LEVEL_COUNT] = {2, 0.55F, 0.40F, 0.30F};
/* What continues one, as a share of that. */
#define CONTINUE_SHARE 0.6F

/* Numbers of stays that are animals'. */
#define GAZE_ANIMALS_FROM (UINT32_C(1) << 31)

static void end_stays(struct gaze *gaze)
{
	stay_end_all(&gaze->stays);
	stay_end_all(&gaze->animals);
}

void gaze_begin(struct gaze *gaze, const struct ipc_see *rule, struct faces *faces)
{
	gaze->rule = *rule;
	gaze->watch = (struct faces_watch){.faces = rule->faces ? faces : NULL};
	/* The vault tells them apart by their numbers. */
	gaze->animals.newest |= GAZE_ANIMALS_FROM;
	end_stays(gaze);
}

static void forget_frames(struct gaze *gaze)
{
	gaze->count = gaze->decoded = gaze->used = 0;
	gaze->is_following = gaze->has_looked_at_key = gaze->keeps = false;
}

static void forget_track(struct gaze *gaze)
{
	picture_decoder_destroy(gaze->decoder);
	gaze->decoder = NULL;
	gaze->pieces = (struct pieces){0};
	gaze->sizes = (struct motion_sizes){0};
	gaze->has_grid = false;
	forget_frames(gaze);
}

void gaze_end(struct gaze *gaze)
{
	forget_track(gaze);
	picture_finish(&gaze->picture);
	free(gaze->store);
	*gaze = (struct gaze){0};
}

void gaze_take_track(struct gaze *gaze, const struct ipc_track *track, struct bytes config)
{
	forget_track(gaze);
	gaze->track = *track;
	if (track->codec == CODEC_NONE) {
		end_stays(gaze);
		return;
	}
	int r = picture_decoder_create(track->codec, config, PICTURE_PIXELS_MAX, &gaze->decoder);

	if (r < 0)
		diag_warn("a camera's pictures cannot be looked at: %s",
			  r == -EPROTONOSUPPORT ? "their coding is not one that Ward knows"
						: strerror(-r));
}

/* ---- what comes in ---- */

static bool make_room(struct gaze *gaze, uint32_t size)
{
	uint32_t needed = gaze->used + size;

	if (size > GAZE_STORE_MAX || needed > GAZE_STORE_MAX || gaze->count == GAZE_FRAMES_MAX)
		return false;
	if (needed <= gaze->capacity)
		return true;
	uint32_t capacity = gaze->capacity ? gaze->capacity : 256 << 10;

	while (capacity < needed)
		capacity *= 2;
	uint8_t *larger = realloc(gaze->store, capacity);

	if (!larger)
		return false;
	gaze->store = larger;
	gaze->capacity = capacity;
	return true;
}

/* A key frame makes all before it void; without one there is nothing to continue. */
static bool starts(struct gaze *gaze, const struct ipc_frame *piece)
{
	if (piece->flags & FRAME_KEY)
		forget_frames(gaze);
	else if (gaze->count == 0 || piece->flags & FRAME_AFTER_GAP)
		return false;
	return make_room(gaze, piece->size);
}

/* Its time on Ward's clock, as far as it can be believed: it goes on, and is about now. */
static uint64_t believed_ns(struct gaze *gaze, uint64_t pts_ns, uint64_t now_ns)
{
	if (pts_ns > now_ns + GAZE_AHEAD_MS * CLOCK_NS_PER_MS ||
	    pts_ns + GAZE_BEHIND_MS * CLOCK_NS_PER_MS < now_ns)
		pts_ns = now_ns;
	if (pts_ns <= gaze->newest_ns)
		pts_ns = gaze->newest_ns + 1;
	gaze->newest_ns = pts_ns;
	return pts_ns;
}

static void seems_to_move(struct gaze *gaze, uint64_t at_ns, uint64_t ms)
{
	uint64_t until_ns = at_ns + ms * CLOCK_NS_PER_MS;

	if (gaze->moves_until_ns < until_ns)
		gaze->moves_until_ns = until_ns;
}

static void complete(struct gaze *gaze, const struct ipc_frame *piece, uint64_t now_ns)
{
	uint64_t at_ns = believed_ns(gaze, piece->pts_ns, now_ns);

	gaze->frames[gaze->count++] = (struct gaze_frame){at_ns, gaze->used, piece->size};
	gaze->used += piece->size;
	if (!(piece->flags & FRAME_KEY) && motion_is_large(&gaze->sizes, piece->size))
		seems_to_move(gaze, at_ns, GAZE_DOUBT_MS);
}

int gaze_take_piece(struct gaze *gaze, const struct ipc_frame *piece, struct bytes data,
		    uint64_t now_ns)
{
	if (!gaze->decoder || piece->track != gaze->track.track)
		return 0;
	int event = pieces_take(&gaze->pieces, piece, data.size);

	if (event < 0)
		return event;
	if (event & PIECES_BEGINS)
		gaze->keeps = starts(gaze, piece);
	if (!gaze->keeps)
		return 0;
	memcpy(gaze->store + gaze->used + piece->offset, data.data, data.size);
	if (event & PIECES_COMPLETES) {
		gaze->keeps = false;
		complete(gaze, piece, now_ns);
	}
	return 0;
}

/* ---- looking ---- */

/* What one picture showed, and where it is known from. */
struct look {
	struct box_answer answer;
	struct motion_grid grid;
	uint64_t at_ns;
	bool is_alone, is_night;
};

/* Of boxes, and their kinds if there are several, those that count. */
static size_t admitted(const struct ipc_see *rule, struct box boxes[BOX_MAX],
		       uint8_t kinds[BOX_MAX], size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (zone_admits(rule, &boxes[i])) {
			kinds[kept] = kinds[i];
			boxes[kept++] = boxes[i];
		}
	return kept;
}

static void continue_stays(const struct gaze *gaze, const struct look *look, struct stays *stays,
			   struct stay_picture *picture, float begin_score)
{
	const struct stay_rule rule = {.begin_score = begin_score,
				       .is_night = look->is_night,
				       .dwell_ns = gaze->rule.dwell_ms * CLOCK_NS_PER_MS};

	picture->grid = &look->grid;
	picture->at_ns = look->at_ns;
	picture->is_alone = look->is_alone;
	stay_look(stays, &rule, picture);
}

static void look_for_people(struct gaze *gaze, const struct look *look)
{
	float begin = begin_scores[gaze->rule.person];
	struct box boxes[BOX_MAX];
	uint8_t kinds[BOX_MAX] = {0};
	size_t count = box_decode(&look->answer, BOX_PERSON, begin * CONTINUE_SHARE, boxes);
	struct stay_picture picture = {.boxes = boxes,
				       .count = admitted(&gaze->rule, boxes, kinds, count)};

	continue_stays(gaze, look, &gaze->stays, &picture, begin);
}

/* The least height is people's: a cat has none. */
static void look_for_animals(struct gaze *gaze, const struct look *look)
{
	float begin = begin_scores[gaze->rule.animals];
	struct ipc_see rule = gaze->rule;
	struct box boxes[BOX_MAX];
	uint8_t kinds[BOX_MAX];
	size_t count = animal_decode(&look->answer, begin * CONTINUE_SHARE, boxes, kinds);

	_Static_assert((int)ANIMAL_COUNT == (int)STAY_KINDS, "a stay counts each kind");
	rule.least_height = 0;
	struct stay_picture picture = {
		.boxes = boxes, .kinds = kinds, .count = admitted(&rule, boxes, kinds, count)};

	continue_stays(gaze, look, &gaze->animals, &picture, begin);
}

static int ask_network(struct gaze *gaze, struct network *network, const struct motion_grid *grid,
		       uint32_t index)
{
	const struct box_fit *fit = &gaze->picture.fit;
	struct look look = {
		.answer = {.fit = *fit},
		.grid = *grid,
		.at_ns = gaze->frames[index].pts_ns,
		.is_alone = index == 0,
		.is_night = night_is(gaze->picture.pixels, (size_t)fit->width * fit->height)};

	picture_fill(&gaze->picture, network_input(network));
	int r = network_run(network, look.answer.grids);

	if (r < 0)
		return r;
	if (gaze->rule.person != SEE_OFF)
		look_for_people(gaze, &look);
	if (gaze->rule.animals != SEE_OFF)
		look_for_animals(gaze, &look);
	gaze->grid = *grid;
	gaze->has_grid = true;
	gaze->looked_ns = look.at_ns;
	gaze->looks++;
	return 0;
}

static bool is_anybody_there(const struct gaze *gaze)
{
	return stay_is_any(&gaze->stays) || stay_is_any(&gaze->animals);
}

/* A decoded picture is shrunk, held against the last one, and shown to the network if it differs,
 * if somebody is there, or if the last look is long ago. */
static int look(struct gaze *gaze, struct network *network, const struct AVFrame *frame,
		uint32_t index)
{
	uint64_t at_ns = gaze->frames[index].pts_ns;
	struct motion_grid grid;
	int r = picture_take(&gaze->picture, frame, NETWORK_WIDTH, NETWORK_HEIGHT);

	if (r < 0) {
		gaze->bad++;
		return 0;
	}
	picture_grid(&gaze->picture, &grid);
	bool has_moved =
		!gaze->has_grid || motion_changed(&gaze->grid, &grid) >= GAZE_CHANGED_CELLS;

	if (has_moved)
		seems_to_move(gaze, at_ns, GAZE_MOVES_MS);
	else
		motion_deny(&gaze->sizes);
	if (!has_moved && !is_anybody_there(gaze) && at_ns >= gaze->moves_until_ns &&
	    at_ns - gaze->looked_ns < GAZE_STILL_MS * CLOCK_NS_PER_MS)
		return 0;
	r = ask_network(gaze, network, &grid, index);
	return r < 0 ? r
		     : faces_watch_look(&gaze->watch, frame, &gaze->stays,
					gaze->frames[index].pts_ns);
}

static struct bytes unit_of(const struct gaze *gaze, uint32_t index)
{
	return (struct bytes){gaze->store + gaze->frames[index].offset, gaze->frames[index].size};
}

static int look_at_key(struct gaze *gaze, struct network *network)
{
	struct AVFrame *frame;

	gaze->has_looked_at_key = true;
	if (picture_decode_alone(gaze->decoder, unit_of(gaze, 0), &frame) < 0) {
		gaze->bad++;
		return 0;
	}
	return look(gaze, network, frame, 0);
}

static bool is_time_to_look(const struct gaze *gaze, uint32_t index)
{
	return gaze->frames[index].pts_ns >= gaze->looked_ns + GAZE_LOOK_MS * CLOCK_NS_PER_MS;
}

/* Decodes what follows; the newest picture is looked at if it is time. So is the key frame that
 * they follow: of key frames small pictures can be made later, and one of them shall be an event's.
 */
static int follow(struct gaze *gaze, struct network *network)
{
	struct AVFrame *frame = NULL;

	if (!gaze->is_following) {
		picture_restart(gaze->decoder);
		gaze->decoded = 0;
		gaze->is_following = true;
	}
	for (unsigned i = 0; i < GAZE_DECODED_A_TURN && gaze->decoded < gaze->count; i++) {
		int r = picture_decode_next(gaze->decoder, unit_of(gaze, gaze->decoded++), &frame);

		gaze->bad += r == -EBADMSG;
		if (r < 0)
			frame = NULL;
		if (gaze->decoded == 1 && is_time_to_look(gaze, 0))
			break;
	}
	uint32_t newest = gaze->decoded - 1;

	if (!frame || (newest > 0 && gaze->decoded < gaze->count) || !is_time_to_look(gaze, newest))
		return 0;
	gaze->has_looked_at_key = true;
	return look(gaze, network, frame, newest);
}

/* Something moves, or somebody is there of whom nobody was told yet. */
static bool is_alert(const struct gaze *gaze)
{
	return gaze->newest_ns < gaze->moves_until_ns;
}

bool gaze_wants_turn(const struct gaze *gaze)
{
	if (!gaze->decoder || gaze->count == 0)
		return false;
	return !gaze->has_looked_at_key || (is_alert(gaze) && gaze->decoded < gaze->count);
}

int gaze_take_turn(struct gaze *gaze, struct network *network)
{
	if (is_alert(gaze))
		return follow(gaze, network);
	gaze->is_following = false;
	return look_at_key(gaze, network);
}
