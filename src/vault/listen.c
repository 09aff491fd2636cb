#include "vault/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"

/* Browsers name Opus opus/48000/2 whatever is in it (RFC 7587 section 7). */
static const struct ipc_track opus = {.codec = CODEC_OPUS, .clock_hz = 48000, .channels = 2};

static void ask_due(struct loop_timer *timer);
static void transcode_closed(struct ipc_channel *channel);

int listen_init(struct listen *listen, struct loop *loop, struct cameras *cameras,
		struct ipc_channel *warden)
{
	*listen = (struct listen){.loop = loop, .cameras = cameras, .warden = warden};
	listen->slots = calloc(CAMERA_MAX, sizeof(*listen->slots));
	if (!listen->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		listen->slots[i].all = listen;
		listen->slots[i].slot = i;
		listen->slots[i].ask.due = ask_due;
	}
	return 0;
}

static struct track *listen_track(struct listen_slot *slot)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);

	return camera ? &camera->tracks[TRACK_LISTEN] : NULL;
}

static void end_slot(struct listen_slot *slot)
{
	struct track *track = listen_track(slot);

	feed_forget(&slot->mic);
	feed_forget(&slot->speaker);
	feed_stop(&slot->feed);
	ipc_close(&slot->transcode);
	loop_timer_stop(&slot->ask);
	if (track)
		track_restart(track);
}

void listen_finish(struct listen *listen)
{
	for (uint32_t i = 0; listen->slots && i < CAMERA_MAX; i++)
		end_slot(&listen->slots[i]);
	free(listen->slots);
	listen->slots = NULL;
}

static void ask_warden(struct listen_slot *slot)
{
	struct ipc_number body = {slot->slot};

	ipc_send(slot->all->warden, IPC_TRANSCODE_WANT, &body, NULL, 0);
	loop_timer_start(slot->all->loop, &slot->ask,
			 loop_now_ns(slot->all->loop) + LISTEN_ASK_MS * CLOCK_NS_PER_MS);
}

static bool is_wanted(struct listen_slot *slot)
{
	const struct track *track = listen_track(slot);

	return track && track->wanted > 0;
}

static void ask_due(struct loop_timer *timer)
{
	struct listen_slot *slot = container_of(timer, struct listen_slot, ask);

	if (is_wanted(slot) && !ipc_is_open(&slot->transcode))
		ask_warden(slot);
}

void listen_update(struct listen *listen, const struct camera *camera)
{
	struct listen_slot *slot = &listen->slots[camera->slot];

	if (!is_wanted(slot))
		end_slot(slot);
	else if (!ipc_is_open(&slot->transcode) && !slot->ask.loop)
		ask_warden(slot);
}

void listen_mic_changed(struct listen *listen, struct camera *camera)
{
	struct track *track = &camera->tracks[TRACK_LISTEN];
	bool needs = camera->tracks[TRACK_MIC].format.codec != CODEC_NONE;

	if (needs == (track->format.codec != CODEC_NONE))
		return;
	track_set_format(track, needs ? &opus : &(struct ipc_track){0});
	if (!needs)
		end_slot(&listen->slots[camera->slot]);
}

void listen_keep_echo(struct listen *listen, struct camera *camera, bool keeps_echo)
{
	struct listen_slot *slot = &listen->slots[camera->slot];

	if (camera->keeps_echo == keeps_echo)
		return;
	camera->keeps_echo = keeps_echo;
	if (ipc_is_open(&slot->transcode))
		transcode_closed(&slot->transcode);
}

void listen_frame(struct listen *listen, const struct camera *camera)
{
	feed_run(&listen->slots[camera->slot].feed);
}

/* ---- the process ---- */

static int take_message(struct camera *camera, const struct ipc_message *message)
{
	struct track *track = &camera->tracks[TRACK_LISTEN];
	const struct cameras_listener *listener = &camera->all->listener;
	int64_t number;

	if (message->type == IPC_TRACK) {
		int rc = track_take_format(track, message->body, message->tail, message->tail_size);

		if (rc > 0)
			listener->track(listener->context, camera, track);
		return rc;
	}
	if (message->type != IPC_FRAME)
		return -EBADMSG;
	number = track_take_piece(track, message->body, message->tail, message->tail_size);
	if (number > 0)
		listener->frame(listener->context, camera, track);
	return number < 0 ? -EBADMSG : 0;
}

/* Asks again in a while; a process that fails at once does not make a storm. */
static void transcode_closed(struct ipc_channel *channel)
{
	struct listen_slot *slot = channel->owner;

	end_slot(slot);
	if (is_wanted(slot))
		loop_timer_start(slot->all->loop, &slot->ask,
				 loop_now_ns(slot->all->loop) + LISTEN_ASK_MS * CLOCK_NS_PER_MS);
}

static void transcode_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct listen_slot *slot = channel->owner;
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);

	if (camera && take_message(camera, message) >= 0)
		return;
	diag_warn("transcode for camera slot %u sent what it may not and was closed", slot->slot);
	transcode_closed(channel);
}

static void feed_hung(void *context)
{
	struct listen_slot *slot = context;

	diag_warn("transcode for camera slot %u hangs and was closed", slot->slot);
	transcode_closed(&slot->transcode);
}

void listen_attach(struct listen *listen, uint32_t number, int fd)
{
	autoclose int owned = fd;

	if (number >= CAMERA_MAX)
		return;
	struct listen_slot *slot = &listen->slots[number];
	struct camera *camera = cameras_at(listen->cameras, number);
	struct feed_listener listener = {.hung = feed_hung, .context = slot};

	end_slot(slot);
	if (!is_wanted(slot))
		return;
	if (ipc_open(&slot->transcode, listen->loop, owned, PROC_VAULT, PROC_TRANSCODE,
		     transcode_received, transcode_closed, slot) < 0)
		return;
	take_fd(owned);
	if (feed_start(&slot->feed, listen->loop, &slot->transcode, &listener) < 0) {
		end_slot(slot);
		return;
	}
	feed_want(&slot->feed, &slot->mic, &camera->tracks[TRACK_MIC]);
	if (!camera->keeps_echo)
		feed_want(&slot->feed, &slot->speaker, &camera->tracks[TRACK_SPEAKER]);
	feed_run(&slot->feed);
}

void listen_forget(struct listen *listen, const struct camera *camera)
{
	end_slot(&listen->slots[camera->slot]);
}
