#include "vault/ears.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

static const struct standing_kind hearing = {.reason = "hears-sounds",
					     .device = "hears crying, noise, alarms",
					     .allow_bytes = EARS_ALLOW_BYTES,
					     .allow_s = EARS_ALLOW_S,
					     .with_speaker = true};

int ears_init(struct ears *ears, const struct ears *like)
{
	*ears = *like;
	ears->slots = calloc(CAMERA_MAX, sizeof(*ears->slots));
	if (!ears->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		struct ear_slot *slot = &ears->slots[i];
		struct standing like_all = {.kind = &hearing,
					    .loop = ears->loop,
					    .journal = ears->journal,
					    .cameras = ears->cameras,
					    .feed = &slot->feed,
					    .slot = i,
					    .track = TRACK_MIC};

		slot->all = ears;
		standing_init(&slot->view, &like_all);
	}
	return 0;
}

static struct camera *camera_at(const struct ear_slot *slot)
{
	return cameras_at(slot->all->cameras, slot->view.slot);
}

/* ---- what it hears ---- */

/* All that an ear may say. */
static const struct heard_kind {
	enum diary_kind kind;
	const char *model, *what, *note;
} kinds[EARS_KINDS] = {
	{DIARY_CRY, "ward-cry", "crying", ""},
	{DIARY_NOISE, "ward-noise", "noise", ""},
	{DIARY_SMOKE, "ward-alarm", "a smoke alarm", ""},
	{DIARY_ALARM, "ward-alarm", "a carbon monoxide alarm", "carbon monoxide, "},
};

/* -1: an ear says no such thing. */
static int find_kind(uint32_t kind)
{
	for (int i = 0; i < EARS_KINDS; i++)
		if (kinds[i].kind == kind)
			return i;
	return -1;
}

static void end_event(struct ear_slot *slot, int kind, uint64_t end_us)
{
	struct camera *camera = camera_at(slot);
	uint64_t event = slot->events[kind];

	/* The diary ends what lasts too long by itself: then there is none any more. */
	if (camera && event && diary_end(slot->all->diary, camera, event, end_us) < 0)
		diag_info("%s had ended already", kinds[kind].what);
	slot->events[kind] = 0;
}

static void end_events(struct ear_slot *slot)
{
	for (int kind = 0; kind < EARS_KINDS; kind++)
		end_event(slot, kind, 0);
}

static void begin_event(struct ear_slot *slot, int kind, const struct ipc_heard *heard,
			uint64_t start_us)
{
	struct camera *camera = camera_at(slot);
	struct diary_event event = {.kind = kinds[kind].kind, .start_us = start_us};

	event.score = heard->score > DIARY_SCORE_MAX + 1 ? DIARY_SCORE_MAX + 1 : heard->score;
	snprintf(event.source, sizeof(event.source), "%s %u", kinds[kind].model, heard->version);
	snprintf(event.note, sizeof(event.note), "%s%d dBFS", kinds[kind].note,
		 heard->level_cdb / 100);
	if (!camera || diary_begin(slot->all->diary, camera, &event, &slot->events[kind]) < 0)
		diag_warn("%s was heard and cannot be noted", kinds[kind].what);
}

static void ear_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct ear_slot *slot = channel->owner;
	const struct ipc_heard *heard = message->body;

	if (message->type != IPC_HEARD || slot->view.state != STANDING_OPEN)
		return;
	uint64_t at_us = standing_wall_us(&slot->view, heard->at_ns);
	int kind = find_kind(heard->kind);

	if (kind < 0)
		return;
	end_event(slot, kind, at_us);
	if (!heard->is_end)
		begin_event(slot, kind, heard, at_us);
}

/* ---- the process ---- */

static void end_view(struct ear_slot *slot)
{
	end_events(slot);
	standing_end(&slot->view);
}

static void end_slot(struct ear_slot *slot)
{
	end_view(slot);
	feed_stop(&slot->feed);
	ipc_close(&slot->channel);
}

static void ear_closed(struct ipc_channel *channel)
{
	end_slot(channel->owner);
}

static void ear_hangs(void *context)
{
	struct ear_slot *slot = context;

	diag_warn("the ear of camera slot %u hangs and was closed", slot->view.slot);
	end_slot(slot);
}

void ears_attach(struct ears *ears, uint32_t number, int fd)
{
	autoclose int owned = fd;

	if (number >= CAMERA_MAX)
		return;
	struct ear_slot *slot = &ears->slots[number];
	struct feed_listener listener = {.hung = ear_hangs, .context = slot};

	end_slot(slot);
	if (ipc_open(&slot->channel, ears->loop, owned, PROC_VAULT, PROC_EAR, ear_received,
		     ear_closed, slot) < 0)
		return;
	take_fd(owned);
	if (feed_start(&slot->feed, ears->loop, &slot->channel, &listener) < 0) {
		end_slot(slot);
		return;
	}
	standing_open(&slot->view);
}

void ears_mic_changed(struct ears *ears, const struct camera *camera)
{
	struct ear_slot *slot = &ears->slots[camera->slot];

	if (camera->tracks[TRACK_MIC].format.codec == CODEC_NONE)
		end_events(slot);
	standing_open(&slot->view);
}

void ears_frame(struct ears *ears, const struct camera *camera, const struct track *track)
{
	standing_frame(&ears->slots[camera->slot].view, track->format.track);
}

void ears_forget(struct ears *ears, const struct camera *camera)
{
	end_slot(&ears->slots[camera->slot]);
}

void ears_stop(struct ears *ears)
{
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		standing_record_end(&ears->slots[i].view);
		end_slot(&ears->slots[i]);
		loop_timer_stop(&ears->slots[i].view.again);
	}
}

void ears_finish(struct ears *ears)
{
	for (uint32_t i = 0; ears->slots && i < CAMERA_MAX; i++) {
		standing_finish(&ears->slots[i].view);
		feed_stop(&ears->slots[i].feed);
		ipc_close(&ears->slots[i].channel);
	}
	free(ears->slots);
	ears->slots = NULL;
}
