#include "cam/outlet.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

static bool track_is_video(enum media_track track)
{
	return track == TRACK_VIDEO || track == TRACK_SUB;
}

static void tell_track(struct outlet *outlet, const struct outlet_track *at)
{
	if (ipc_is_open(&outlet->vault))
		ipc_send(&outlet->vault, IPC_TRACK, &at->format, at->config, at->config_size);
}

static void take_calm(struct outlet *outlet, const struct ipc_number *body)
{
	outlet->is_calm = body->value != 0;
	if (outlet->calm_changed)
		outlet->calm_changed(outlet);
}

/* A camera without a speaker says so. */
static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct outlet *outlet = channel->owner;
	struct ipc_speaker none = {.state = SPEAKER_REFUSED, .reason = "the camera has no speaker"};

	if (message->type == IPC_CAM_CALM) {
		take_calm(outlet, message->body);
	} else if (outlet->speaker) {
		outlet->speaker(channel, message);
	} else if (message->type == IPC_SPEAKER_OPEN) {
		none.talk = ((const struct ipc_number *)message->body)->value;
		ipc_send(channel, IPC_SPEAKER, &none, NULL, 0);
	}
}

/* The vault is gone, and then everything starts anew, or it has cut this process off: only a fresh
 * one may come back. The vault has said why; the warden starts the next. */
static void vault_closed(struct ipc_channel *channel)
{
	(void)channel;
	_exit(1);
}

int outlet_open(struct outlet *outlet, struct loop *loop, int fd)
{
	outlet_close(outlet);
	memset(&outlet->vault, 0, sizeof(outlet->vault));
	outlet->is_calm = false;
	int rc = ipc_open(&outlet->vault, loop, fd, PROC_CAM, PROC_VAULT, vault_received,
			  vault_closed, outlet);

	if (rc < 0)
		return rc;
	for (enum media_track track = 0; track < TRACK_COUNT; track++) {
		struct outlet_track *at = &outlet->tracks[track];

		if (at->format.codec == CODEC_NONE)
			continue;
		at->wants_key = track_is_video(track);
		at->has_gap = at->frame > 0;
		tell_track(outlet, at);
	}
	ipc_send(&outlet->vault, IPC_CAM_STATE, &outlet->state, NULL, 0);
	return 0;
}

void outlet_close(struct outlet *outlet)
{
	if (ipc_is_open(&outlet->vault))
		ipc_close(&outlet->vault);
}

static bool format_equals(const struct outlet_track *at, const struct outlet_format *format)
{
	const struct ipc_track *old = &at->format;

	return old->codec == format->codec && old->clock_hz == format->clock_hz &&
	       old->channels == format->channels && old->width == format->width &&
	       old->height == format->height && at->config_size == format->config_size &&
	       (at->config_size == 0 || memcmp(at->config, format->config, at->config_size) == 0);
}

int outlet_set_track(struct outlet *outlet, enum media_track track,
		     const struct outlet_format *format)
{
	struct outlet_track *at = &outlet->tracks[track];

	assert(track < TRACK_COUNT && format->codec != CODEC_NONE);
	if (format->config_size > sizeof(at->config))
		return -EMSGSIZE;
	if (format_equals(at, format))
		return 0;
	at->format = (struct ipc_track){
		.track = track,
		.codec = format->codec,
		.config = at->format.config + 1,
		.clock_hz = format->clock_hz,
		.channels = format->channels,
		.width = format->width,
		.height = format->height,
	};
	at->config_size = format->config_size;
	if (format->config_size)
		memcpy(at->config, format->config, format->config_size);
	at->wants_key = track_is_video(track);
	tell_track(outlet, at);
	return 0;
}

void outlet_end_track(struct outlet *outlet, enum media_track track)
{
	struct outlet_track *at = &outlet->tracks[track];

	if (at->format.codec == CODEC_NONE)
		return;
	at->format = (struct ipc_track){.track = track, .config = at->format.config + 1};
	at->config_size = 0;
	tell_track(outlet, at);
}

/* Places one piece: at once, or, once its frame has begun, behind what waits in the queue. */
static int place_piece(struct outlet *outlet, const struct ipc_frame *body, const uint8_t *data,
		       size_t size)
{
	struct ipc_channel *vault = &outlet->vault;

	if (vault->queue_size == 0) {
		int rc = ipc_try_send(vault, IPC_FRAME, body, data, size);

		if (rc != -EAGAIN || body->offset == 0)
			return rc;
	} else if (body->offset == 0) {
		return -EAGAIN;
	}
	if (vault->queue_size + size > OUTLET_QUEUE_SIZE_MAX)
		return -EAGAIN;
	ipc_send(vault, IPC_FRAME, body, data, size);
	return 0;
}

static int send_pieces(struct outlet *outlet, struct ipc_frame *body, const uint8_t *data)
{
	int rc = ipc_is_open(&outlet->vault) ? 0 : -EPIPE;

	for (body->offset = 0; rc == 0 && body->offset < body->size;) {
		uint32_t left = body->size - body->offset;
		uint32_t piece = left < IPC_TAIL_MAX ? left : IPC_TAIL_MAX;

		rc = place_piece(outlet, body, data + body->offset, piece);
		body->offset += piece;
	}
	return rc;
}

void outlet_send_frame(struct outlet *outlet, enum media_track track,
		       const struct outlet_frame *frame)
{
	struct outlet_track *at = &outlet->tracks[track];
	bool is_key = frame->is_key || !track_is_video(track);

	assert(at->format.codec != CODEC_NONE && frame->size > 0);
	at->frame++;
	if (frame->after_gap)
		at->has_gap = true;
	if ((at->wants_key && !is_key) || frame->size > FRAME_SIZE_MAX) {
		at->has_gap = at->has_gap || at->key > 0;
		outlet->dropped++;
		return;
	}
	struct ipc_frame body = {
		.frame = at->frame,
		.keep_from = is_key ? at->frame : at->key,
		.pts_ns = frame->pts_ns,
		.track = track,
		.size = (uint32_t)frame->size,
		.flags = (is_key ? FRAME_KEY : 0U) | (at->has_gap ? FRAME_AFTER_GAP : 0U),
		.config = at->format.config,
	};

	if (send_pieces(outlet, &body, frame->data) < 0) {
		at->has_gap = true;
		at->wants_key = track_is_video(track);
		outlet->dropped++;
		return;
	}
	if (is_key)
		at->key = at->frame;
	at->has_gap = false;
	at->wants_key = false;
	outlet->frames++;
}

void outlet_send_state(struct outlet *outlet, const struct ipc_cam_state *state)
{
	struct ipc_cam_state *last = &outlet->state;
	bool changed = last->state != state->state || strcmp(last->reason, state->reason) != 0;

	*last = *state;
	last->frames = outlet->frames;
	last->broken += outlet->dropped;
	if (!ipc_is_open(&outlet->vault))
		return;
	/* Numbers alone may be missed; a change may not. */
	if (changed)
		ipc_send(&outlet->vault, IPC_CAM_STATE, last, NULL, 0);
	else if (ipc_try_send(&outlet->vault, IPC_CAM_STATE, last, NULL, 0) < 0)
		outlet->vault.dropped++;
}
