#include "vault/eyes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "proto/see/model.h"
#include "proto/see/zone.h"
#include "vault/faces_desk.h"
#include "vault/zones.h"

/* What the prints of one stay's face say so far. */
struct eye_face {
	struct print_votes votes;
	bool is_known; /* it was decided */
	unsigned prints, kept;
	struct faces_seen best[EYES_PRINTS_KEPT];
};

static void eye_gone(struct eyes *eyes);

static const struct standing_kind looking = {.reason = "sees-people",
					     .device = "sees people",
					     .allow_bytes = EYES_ALLOW_BYTES,
					     .allow_s = EYES_ALLOW_S};
static const struct standing_kind watching = {.reason = "sees-animals",
					      .device = "sees animals",
					      .allow_bytes = EYES_ALLOW_BYTES,
					      .allow_s = EYES_ALLOW_S};
static const struct standing_kind knowing = {.reason = "knows-faces",
					     .device = "knows faces",
					     .allow_bytes = EYES_ALLOW_BYTES,
					     .allow_s = EYES_ALLOW_S};

int eyes_init(struct eyes *eyes, const struct eyes *like)
{
	*eyes = *like;
	eyes->slots = calloc(CAMERA_MAX, sizeof(*eyes->slots));
	if (!eyes->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		struct eye_slot *slot = &eyes->slots[i];
		struct standing like_all = {.kind = &looking,
					    .loop = eyes->loop,
					    .journal = eyes->journal,
					    .cameras = eyes->cameras,
					    .feed = &eyes->feed,
					    .slot = i,
					    .track = TRACK_VIDEO};

		slot->all = eyes;
		standing_init(&slot->view, &like_all);
	}
	return 0;
}

/* ---- what it sees ---- */

static struct eye_stay *find_stay(struct eye_slot *slot, uint32_t number)
{
	for (unsigned i = 0; i < EYES_STAYS_MAX; i++)
		if (slot->stays[i].number == number)
			return &slot->stays[i];
	return NULL;
}

/* "12,30,40,95 14,30,42,95": the boxes along its way, per cent of the picture; an animal's begin with
 * what it is: "cat 12,30,40,95". */
static void write_path(const struct ipc_seen *seen, char *ret_note, size_t size)
{
	static const char *const kinds[SEEN_KIND_COUNT] = {"", "cat", "dog"};
	struct text text;

	text_init(&text, ret_note, size);
	text_printf(&text, "%s", kinds[seen->kind]);
	for (uint32_t i = 0; i < seen->boxes; i++)
		text_printf(&text, "%s%u,%u,%u,%u", i || seen->kind ? " " : "", seen->path[i].left,
			    seen->path[i].top, seen->path[i].right, seen->path[i].bottom);
}

static bool is_place_valid(const struct ipc_seen_box *box)
{
	return box->left <= 100 && box->top <= 100 && box->right <= 100 && box->bottom <= 100;
}

static bool is_seen_valid(const struct ipc_seen *seen)
{
	if (seen->stay == 0 || seen->boxes > SEEN_PATH_MAX || seen->model >= MODEL_COUNT ||
	    seen->score > DIARY_SCORE_MAX + 1 || seen->kind >= SEEN_KIND_COUNT)
		return false;
	for (uint32_t i = 0; i < seen->boxes; i++)
		if (!is_place_valid(&seen->path[i]))
			return false;
	return is_place_valid(&seen->best);
}

/* Where its best picture is, as far from the time that is told as the eye says. */
static void set_picture(struct diary_event *event, const struct ipc_seen *seen, uint64_t at_us)
{
	int64_t apart_us = (int64_t)(seen->best_ns - seen->at_ns) / (int64_t)CLOCK_NS_PER_US;
	const int64_t most_us = (int64_t)DIARY_LASTS_S_MAX * 1000000;

	if (seen->best_ns == 0 || apart_us > most_us || apart_us < -most_us)
		return;
	event->picture_us = at_us + (uint64_t)apart_us + EYES_PICTURE_US;
	memcpy(event->picture_box, &seen->best, sizeof(event->picture_box));
}

static void forget_stay(struct eye_stay *stay)
{
	if (stay->face)
		sodium_memzero(stay->face, sizeof(*stay->face));
	free(stay->face);
	*stay = (struct eye_stay){0};
}

static void end_stay(struct eye_slot *slot, struct eye_stay *stay, uint64_t end_us)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->view.slot);

	/* The diary ends what lasts too long by itself: then there is none any more. */
	if (camera && diary_end(slot->all->diary, camera, stay->event, end_us) < 0)
		diag_info("a stay had ended already");
	forget_stay(stay);
}

static void end_stays(struct eye_slot *slot)
{
	for (unsigned i = 0; i < EYES_STAYS_MAX; i++)
		if (slot->stays[i].number)
			end_stay(slot, &slot->stays[i], 0);
}

static void take_begin(struct eye_slot *slot, const struct ipc_seen *seen, uint64_t at_us)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->view.slot);
	struct diary_event event = {
		.kind = seen->kind == SEEN_PERSON ? DIARY_PERSON : DIARY_ANIMAL,
		.start_us = at_us,
		.score = seen->score};
	struct eye_stay *free_stay = find_stay(slot, 0);
	uint64_t id;

	text_copy(event.source, sizeof(event.source), model_table[seen->model].name);
	write_path(seen, event.note, sizeof(event.note));
	set_picture(&event, seen, at_us);
	if (!camera || !free_stay || find_stay(slot, seen->stay) ||
	    diary_begin(slot->all->diary, camera, &event, &id) < 0)
		diag_warn("somebody was seen and cannot be noted");
	else
		*free_stay = (struct eye_stay){.number = seen->stay, .event = id};
}

static void take_end(struct eye_slot *slot, const struct ipc_seen *seen, uint64_t at_us)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->view.slot);
	struct eye_stay *stay = find_stay(slot, seen->stay);
	struct diary_event event = {.score = seen->score};

	if (!camera || !stay)
		return;
	event.id = stay->event;
	write_path(seen, event.note, sizeof(event.note));
	set_picture(&event, seen, at_us);
	if (diary_amend(slot->all->diary, camera, &event) == 0)
		end_stay(slot, stay, at_us);
	else
		forget_stay(stay);
}

/* A taken-over eye can lie about people; it shall not fill the diary. */
static bool is_flood(struct eye_slot *slot)
{
	uint64_t minute = loop_now_ns(slot->all->loop) / (60 * CLOCK_NS_PER_S);

	if (slot->minute != minute)
		slot->begun = 0;
	slot->minute = minute;
	return ++slot->begun > EYES_EVENTS_A_MINUTE;
}

static void take_seen(struct eyes *eyes, const struct ipc_seen *seen)
{
	if (!is_seen_valid(seen)) {
		diag_warn("the eye says what no eye sees, and was closed");
		eye_gone(eyes);
		return;
	}
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		struct eye_slot *slot = &eyes->slots[i];

		if (slot->camera != seen->camera || slot->view.state != STANDING_OPEN)
			continue;
		uint64_t at_us = standing_wall_us(&slot->view, seen->at_ns);

		if (seen->is_end)
			take_end(slot, seen, at_us);
		else if (!is_flood(slot))
			take_begin(slot, seen, at_us);
		return;
	}
}

/* ---- whom it sees ---- */

static void keep_print(struct eye_face *face, const struct faces_seen *seen)
{
	unsigned worst = 0;

	if (face->kept < EYES_PRINTS_KEPT) {
		face->best[face->kept++] = *seen;
		return;
	}
	for (unsigned i = 1; i < EYES_PRINTS_KEPT; i++)
		if (face->best[i].quality < face->best[worst].quality)
			worst = i;
	if (face->best[worst].quality < seen->quality)
		face->best[worst] = *seen;
}

/* One picture is an opinion; several that agree are noted. */
static void take_print(struct eye_slot *slot, struct eye_stay *stay, const struct faces_seen *seen)
{
	struct eyes *eyes = slot->all;
	struct camera *camera = cameras_at(eyes->cameras, slot->view.slot);
	struct eye_face *face = stay->face;

	if (!camera || face->is_known || ++face->prints > EYES_PRINTS_MAX)
		return;
	uint64_t found = faces_find(eyes->faces, &seen->print);

	keep_print(face, seen);
	if (!print_vote(&face->votes, found))
		return;
	face->is_known = true;
	faces_meet(eyes->faces, found, face->best, face->kept);
	events_diary(eyes->diary->events, camera, stay->event);
}

static bool is_face_valid(const struct ipc_face *face, const struct ipc_message *message)
{
	return message->tail_size == sizeof(struct print) && face->stay != 0 && face->quality > 0 &&
	       face->quality <= 1000 && print_is_valid((const struct print *)message->tail);
}

static void take_face(struct eyes *eyes, const struct ipc_message *message)
{
	const struct ipc_face *face = message->body;
	struct faces_seen seen = {.quality = face->quality};

	if (!is_face_valid(face, message)) {
		diag_warn("the eye says what no eye sees, and was closed");
		eye_gone(eyes);
		return;
	}
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		struct eye_slot *slot = &eyes->slots[i];
		struct eye_stay *stay = find_stay(slot, face->stay);

		if (slot->camera != face->camera || slot->view.state != STANDING_OPEN ||
		    !slot->rule.faces || !stay)
			continue;
		if (!stay->face)
			stay->face = calloc(1, sizeof(*stay->face));
		if (!stay->face)
			return;
		seen.at_us = standing_wall_us(&slot->view, face->at_ns);
		seen.event = stay->event;
		seen.camera = face->camera;
		memcpy(&seen.print, message->tail, sizeof(seen.print));
		take_print(slot, stay, &seen);
		sodium_memzero(&seen, sizeof(seen));
		return;
	}
}

/* ---- what it is shown ---- */

static void forget_slot(struct eye_slot *slot)
{
	struct ipc_see nothing = {.camera = slot->camera, .person = SEE_OFF};

	end_stays(slot);
	standing_end(&slot->view);
	if (slot->camera && ipc_is_open(&slot->all->channel))
		ipc_send(&slot->all->channel, IPC_SEE, &nothing, NULL, 0);
	slot->camera = 0;
}

/* The smaller picture is enough for people, and costs less; a face in it is too small. */
static enum media_track choose_track(const struct eye_slot *slot, const struct camera *camera)
{
	return camera->tracks[TRACK_SUB].format.codec != CODEC_NONE && !slot->rule.faces ? TRACK_SUB
											 : TRACK_VIDEO;
}

static void show(struct eye_slot *slot)
{
	struct eyes *eyes = slot->all;
	struct camera *camera = cameras_at(eyes->cameras, slot->view.slot);

	if (!camera || !zone_wants_any(&slot->rule) || eyes->state != EYE_LOOKING)
		return;
	if (slot->camera != camera->id) {
		struct ipc_see rule = slot->rule;

		zones_apply(eyes->db, camera->id, &rule);
		rule.camera = slot->camera = camera->id;
		ipc_send(&eyes->channel, IPC_SEE, &rule, NULL, 0);
	}
	if (slot->view.track != choose_track(slot, camera))
		standing_change_track(&slot->view, choose_track(slot, camera));
	standing_open(&slot->view);
}

static const struct standing_kind *kind_of(const struct ipc_see *rule)
{
	if (rule->person == SEE_OFF)
		return &watching;
	return rule->faces ? &knowing : &looking;
}

void eyes_set_rule(struct eyes *eyes, const struct ipc_see *rule)
{
	if (rule->camera >= CAMERA_MAX || zone_check(rule) < 0)
		fatal("the warden sent a rule of seeing that makes no sense");
	struct eye_slot *slot = &eyes->slots[rule->camera];

	if (memcmp(&slot->rule, rule, sizeof(*rule)) == 0)
		return;
	forget_slot(slot);
	slot->rule = *rule;
	slot->view.kind = kind_of(rule);
	show(slot);
}

const struct ipc_see *eyes_rule(const struct eyes *eyes, const struct camera *camera)
{
	return &eyes->slots[camera->slot].rule;
}

void eyes_zones_drawn(struct eyes *eyes, const struct camera *camera)
{
	struct eye_slot *slot = &eyes->slots[camera->slot];

	forget_slot(slot);
	show(slot);
}

void eyes_track_changed(struct eyes *eyes, const struct camera *camera)
{
	struct eye_slot *slot = &eyes->slots[camera->slot];

	if (camera->tracks[choose_track(slot, camera)].format.codec == CODEC_NONE)
		end_stays(slot);
	show(slot);
}

void eyes_frame(struct eyes *eyes, const struct camera *camera, const struct track *track)
{
	struct eye_slot *slot = &eyes->slots[camera->slot];

	if (slot->view.track == track->format.track)
		standing_frame(&slot->view, slot->view.track);
}

void eyes_forget(struct eyes *eyes, const struct camera *camera)
{
	struct eye_slot *slot = &eyes->slots[camera->slot];

	forget_slot(slot);
	slot->rule = (struct ipc_see){0};
}

/* ---- the process ---- */

static void eye_gone(struct eyes *eyes)
{
	ipc_close(&eyes->channel);
	eyes->state = eyes->faces_state = EYE_OFF;
	faces_desk_eye_gone(eyes->faces_desk);
	for (uint32_t i = 0; i < CAMERA_MAX; i++)
		forget_slot(&eyes->slots[i]);
	feed_stop(&eyes->feed);
}

static void eye_closed(struct ipc_channel *channel)
{
	eye_gone(channel->owner);
}

static void eye_hangs(void *context)
{
	diag_warn("the eye takes no pictures any more and was closed");
	eye_gone(context);
}

static void take_state(struct eyes *eyes, const struct ipc_number *state)
{
	if (state->value <= EYE_STARTING || state->value >= EYE_STATE_COUNT)
		return;
	eyes->state = (enum eye_state)state->value;
	for (uint32_t i = 0; i < CAMERA_MAX; i++)
		show(&eyes->slots[i]);
}

static void take_faces_state(struct eyes *eyes, const struct ipc_number *state)
{
	if (state->value < EYE_STATE_COUNT)
		eyes->faces_state = (enum eye_state)state->value;
}

static void eye_received(struct ipc_channel *channel, struct ipc_message *message)
{
	if (message->type == IPC_SEEN)
		take_seen(channel->owner, message->body);
	else if (message->type == IPC_FACE)
		take_face(channel->owner, message);
	else if (message->type == IPC_FACE_LOOK)
		faces_desk_looked(((struct eyes *)channel->owner)->faces_desk, message);
	else if (message->type == IPC_EYE_STATE)
		take_state(channel->owner, message->body);
	else if (message->type == IPC_FACES_STATE)
		take_faces_state(channel->owner, message->body);
}

void eyes_attach(struct eyes *eyes, int fd)
{
	struct feed_listener listener = {.hung = eye_hangs, .context = eyes};

	eye_gone(eyes);
	if (ipc_open(&eyes->channel, eyes->loop, fd, PROC_VAULT, PROC_EYE, eye_received,
		     eye_closed, eyes) < 0 ||
	    feed_start(&eyes->feed, eyes->loop, &eyes->channel, &listener) < 0)
		fatal("cannot watch the channel to the eye");
	eyes->state = EYE_STARTING;
}

void eyes_stop(struct eyes *eyes)
{
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		standing_record_end(&eyes->slots[i].view);
		forget_slot(&eyes->slots[i]);
		loop_timer_stop(&eyes->slots[i].view.again);
	}
}

void eyes_finish(struct eyes *eyes)
{
	for (uint32_t i = 0; eyes->slots && i < CAMERA_MAX; i++) {
		for (unsigned k = 0; k < EYES_STAYS_MAX; k++)
			forget_stay(&eyes->slots[i].stays[k]);
		standing_finish(&eyes->slots[i].view);
	}
	feed_stop(&eyes->feed);
	ipc_close(&eyes->channel);
	free(eyes->slots);
	eyes->slots = NULL;
}
