#include "vault/talk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/pump.h"
#include "vault/store/store.h"

enum { OPUS_HZ = 48000, AAC_BLOCK = 1024 };

static void timer_due(struct loop_timer *timer);

int talks_init(struct talks *talks, struct loop *loop, struct grants *grants,
	       struct cameras *cameras, struct ipc_channel *warden)
{
	*talks = (struct talks){
		.loop = loop, .grants = grants, .cameras = cameras, .warden = warden};
	talks->slots = calloc(CAMERA_MAX, sizeof(*talks->slots));
	if (!talks->slots)
		return -ENOMEM;
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		talks->slots[i].all = talks;
		talks->slots[i].timer.due = timer_due;
	}
	return 0;
}

static void set_timer(struct talk_slot *slot, uint64_t after_ms)
{
	loop_timer_start(slot->all->loop, &slot->timer,
			 loop_now_ns(slot->all->loop) + after_ms * CLOCK_NS_PER_MS);
}

bool talks_is_taken(const struct talks *talks, const struct camera *camera)
{
	return talks->slots[camera->slot].grant != NULL;
}

void talks_reserve(struct talks *talks, struct grant *grant)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];

	assert(!slot->grant);
	slot->grant = grant;
	slot->camera = grant->camera;
	slot->is_open = false;
}

/* ---- its end ---- */

/* The rest of one talk must not begin the next; what is to be recorded of it is, now. */
static void forget_track(struct talk_slot *slot, enum media_track number)
{
	const struct cameras_listener *listener = &slot->all->cameras->listener;
	struct track *track = &slot->camera->tracks[number];
	struct ipc_track none = {.track = (uint32_t)number};

	track_set_format(track, &none);
	track_restart(track);
	listener->track(listener->context, slot->camera, track);
}

static void tell_viewer(struct grant *view, bool is_open)
{
	struct ipc_talk body = {.grant = view->number, .is_open = is_open};

	if (ipc_is_open(&view->viewer))
		ipc_send(&view->viewer, IPC_TALK, &body, NULL, 0);
}

/* Who hears Opus as it comes hears it without the voice from here on, or again as it comes. */
static void clean_sound(struct talk_slot *slot, bool is_talked_at)
{
	slot->camera->is_talked_at = is_talked_at;
	for (struct grant *grant = slot->camera->grants; grant; grant = grant->after)
		if (grant->kind == GRANT_VIEW && grant->state == GRANT_OPEN)
			pump_choose(grant);
}

static void close_slot(struct talk_slot *slot)
{
	struct ipc_number talk = {slot->grant->number};
	struct grant *view = slot->grant->view;

	slot->grant = NULL;
	set_timer(slot, TALK_ECHO_MS);
	feed_forget(&slot->cursor);
	feed_stop(&slot->feed);
	ipc_close(&slot->process);
	if (ipc_is_open(&slot->camera->cam))
		ipc_send(&slot->camera->cam, IPC_SPEAKER_CLOSE, &talk, NULL, 0);
	if (view)
		tell_viewer(view, false);
	/* Last: who is silenced does not wait for the disk. */
	forget_track(slot, TRACK_TALK);
	forget_track(slot, TRACK_SPEAKER);
}

/* It was asked for, and will not be heard. */
static void refuse_front(struct talk_slot *slot)
{
	bool is_revoked = slot->grant->end == VIEW_END_REVOKED;
	struct ipc_refused body = {.request = slot->grant->request,
				   .refusal = is_revoked ? REFUSAL_NOT_ALLOWED : REFUSAL_NO_SPEAKER};

	if (!slot->is_open)
		ipc_send(slot->all->grants->front, IPC_REFUSED, &body, NULL, 0);
}

void talks_ended(struct talks *talks, struct grant *grant)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];

	if (!slot->grant)
		return;
	if (slot->grant == grant && grant->state == GRANT_OPEN) {
		refuse_front(slot);
		close_slot(slot);
	} else if (slot->grant == grant) {
		slot->grant = NULL;
	} else if (slot->grant->view == grant) {
		slot->grant->view = NULL;
		grant_end(slot->grant, grant->end != VIEW_END_NONE ? grant->end : VIEW_END_STOPPED);
	}
}

static void fail(struct talk_slot *slot, const char *why)
{
	diag_warn("camera \"%s\": a talk has ended: %s", slot->camera->name, why);
	grant_end(slot->grant, VIEW_END_FAILED);
}

static void timer_due(struct loop_timer *timer)
{
	struct talk_slot *slot = container_of(timer, struct talk_slot, timer);

	if (!slot->grant)
		clean_sound(slot, false);
	else if (!slot->is_open)
		fail(slot, "the speaker did not open in time");
	else
		grant_end(slot->grant, VIEW_END_LOST);
}

void talks_finish(struct talks *talks)
{
	for (unsigned i = 0; talks->slots && i < CAMERA_MAX; i++) {
		struct talk_slot *slot = &talks->slots[i];

		loop_timer_stop(&slot->timer);
		feed_forget(&slot->cursor);
		feed_stop(&slot->feed);
		ipc_close(&slot->process);
	}
	free(talks->slots);
	talks->slots = NULL;
}

/* ---- its beginning ---- */

void talk_open(struct talks *talks, struct grant *grant, const struct log_receipt *receipt)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];
	struct ipc_number talk = {grant->number}, number = {grant->camera->slot};

	assert(slot->grant == grant);
	if (grant_begin(grant, receipt) < 0)
		return;
	if (!ipc_is_open(&slot->camera->cam)) {
		grant_end(grant, VIEW_END_FAILED);
		return;
	}
	slot->packets = slot->samples = slot->clock = 0;
	slot->camera->speaker = (struct ipc_speaker){.state = SPEAKER_OPENING, .talk = talk.value};
	set_timer(slot, TALK_OPEN_MS);
	ipc_send(talks->warden, IPC_TALK_WANT, &number, NULL, 0);
	ipc_send(&slot->camera->cam, IPC_SPEAKER_OPEN, &talk, NULL, 0);
}

/* The camera plays and the process runs: from here on what is said is heard. */
static void begin(struct talk_slot *slot)
{
	static const struct ipc_track opus = {
		.track = TRACK_TALK, .codec = CODEC_OPUS, .clock_hz = OPUS_HZ, .channels = 1};
	struct grant *grant = slot->grant;
	struct track *track = &slot->camera->tracks[TRACK_TALK];
	const struct ipc_speaker *speaker = &slot->camera->speaker;
	struct ipc_track wanted = {.camera = slot->camera->id,
				   .track = TRACK_SPEAKER,
				   .codec = speaker->codec,
				   .clock_hz = speaker->clock_hz,
				   .channels = speaker->channels};
	struct ipc_done done = {.request = grant->request, .log_seq = grant->log_seq};

	if (slot->is_open || speaker->state != SPEAKER_OPEN || !ipc_is_open(&slot->process))
		return;
	track_set_format(track, &opus);
	track->sender_config = track->format.config;
	slot->start_ns = loop_now_ns(slot->all->loop);
	slot->is_open = true;
	set_timer(slot, TALK_IDLE_MS);
	clean_sound(slot, true);
	ipc_send(&slot->process, IPC_FEED_TRACK, &wanted, NULL, 0);
	feed_want(&slot->feed, &slot->cursor, track);
	tell_viewer(grant->view, true);
	memcpy(done.id, grant->sid, sizeof(grant->sid));
	ipc_send(slot->all->grants->front, IPC_DONE, &done, NULL, 0);
}

void talks_speaker(struct talks *talks, struct camera *camera, const struct ipc_speaker *speaker)
{
	struct talk_slot *slot = &talks->slots[camera->slot];

	/* About a talk that is over: its end crossed the camera's word. */
	if (!slot->grant || speaker->talk != slot->grant->number)
		return;
	camera->speaker = *speaker;
	if (speaker->state == SPEAKER_OPEN)
		begin(slot);
	else if (speaker->state == SPEAKER_REFUSED && slot->grant->state == GRANT_OPEN)
		fail(slot, "the camera did not take the sound");
}

void talks_cam_gone(struct talks *talks, struct camera *camera)
{
	struct talk_slot *slot = &talks->slots[camera->slot];

	if (slot->grant && slot->grant->state == GRANT_OPEN)
		fail(slot, "the camera's process is gone");
}

void talks_front_gone(struct talks *talks)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		struct talk_slot *slot = &talks->slots[i];

		if (!slot->grant || slot->is_open)
			continue;
		slot->is_open = true; /* nobody is there to be told */
		grant_end(slot->grant, VIEW_END_STOPPED);
	}
}

/* ---- in, from the viewer ---- */

void talks_take_packet(struct talks *talks, struct grant *view, const struct ipc_message *message)
{
	const struct ipc_talk_frame *frame = message->body;
	struct talk_slot *slot = &talks->slots[view->camera->slot];
	struct track *track = &view->camera->tracks[TRACK_TALK];
	const struct cameras_listener *listener = &talks->cameras->listener;
	uint64_t now = loop_now_ns(talks->loop);

	/* What was on its way when the talk ended, or comes faster than anybody speaks. */
	if (!slot->grant || slot->grant->view != view || !slot->is_open || message->tail_size == 0 ||
	    frame->sample > UINT32_MAX)
		return;
	struct ipc_frame piece = {.frame = slot->packets + 1,
				  .keep_from = slot->packets + 1,
				  .pts_ns = slot->start_ns + frame->sample * CLOCK_NS_PER_S / OPUS_HZ,
				  .track = TRACK_TALK,
				  .size = (uint32_t)message->tail_size,
				  .flags = FRAME_KEY,
				  .config = track->sender_config};

	if (piece.pts_ns > now + TALK_AHEAD_MS * CLOCK_NS_PER_MS)
		return;
	listener->begins(listener->context, view->camera, track, &piece);
	if (track_take_piece(track, &piece, message->tail, message->tail_size) <= 0)
		return;
	slot->packets++;
	set_timer(slot, TALK_IDLE_MS);
	listener->frame(listener->context, view->camera, track);
	feed_run(&slot->feed);
}

/* ---- out, to the speaker ---- */

static uint32_t samples_of(const struct ipc_track *format, size_t size)
{
	return format->codec == CODEC_AAC ? AAC_BLOCK
					  : (uint32_t)size / (format->channels ? format->channels : 1);
}

static uint64_t time_of(const struct talk_slot *slot, uint64_t sample, uint32_t hz)
{
	return slot->start_ns + sample / hz * CLOCK_NS_PER_S + sample % hz * CLOCK_NS_PER_S / hz;
}

/* The speaker's clock goes on by `samples`, which were handed over, or not. */
static void note_run(struct talk_slot *slot, uint32_t run, uint64_t samples)
{
	uint32_t hz = slot->camera->speaker.clock_hz;
	struct block_spoken spoken = {.talk_seq = slot->grant->log_seq,
				      .first = slot->clock,
				      .samples = (uint32_t)samples,
				      .hz = hz,
				      .run = run};

	memcpy(spoken.sid, slot->grant->sid, sizeof(spoken.sid));
	store_speak(slot->all->store, slot->camera, &spoken, time_of(slot, slot->clock, hz));
	slot->clock += samples;
}

/* Nobody spoke for a while: so long the speaker was silent. */
static void note_pause(struct talk_slot *slot)
{
	uint32_t hz = slot->camera->speaker.clock_hz;
	uint64_t passed_ms = (loop_now_ns(slot->all->loop) - slot->start_ns) / CLOCK_NS_PER_MS;
	uint64_t now = passed_ms * hz / 1000;

	if (now > slot->clock + (uint64_t)TALK_PAUSE_MS * hz / 1000)
		note_run(slot, RUN_SILENT, now - slot->clock);
}

static bool is_ahead(const struct talk_slot *slot, uint64_t samples)
{
	uint32_t hz = slot->camera->speaker.clock_hz;

	return time_of(slot, slot->clock + samples, hz) >
	       loop_now_ns(slot->all->loop) + TALK_AHEAD_MS * CLOCK_NS_PER_MS;
}

/* The one place where a speaker is given sound. The talk's entry is on disk, or this does not
 * return. false: it was not given it. */
static bool speak(struct talk_slot *slot, struct bytes frame, uint32_t samples)
{
	struct grant *grant = slot->grant;
	uint64_t now = loop_now_ns(slot->all->loop);

	assert(grant->kind == GRANT_TALK && grant->state == GRANT_OPEN);
	assert(grant->log_seq < log_durable_size(slot->all->grants->journal->log));
	struct ipc_speak body = {
		.talk = grant->number, .sample = slot->samples, .samples = samples};

	if (!lease_may(&grant->lease, now, frame.size)) {
		grant->starved_bytes = frame.size;
		grant_renew(grant);
		return false;
	}
	lease_use(&grant->lease, frame.size);
	slot->samples += samples;
	if (ipc_try_send(&slot->camera->cam, IPC_SPEAK, &body, frame.data, frame.size) < 0)
		return false;
	if (lease_is_low(&grant->lease, now))
		grant_renew(grant);
	return true;
}

static int take_format(struct talk_slot *slot, const struct ipc_message *message)
{
	const struct ipc_track *format = message->body;
	const struct ipc_speaker *speaker = &slot->camera->speaker;
	const struct cameras_listener *listener = &slot->all->cameras->listener;
	struct track *track = &slot->camera->tracks[TRACK_SPEAKER];

	if (format->track != TRACK_SPEAKER || format->codec != speaker->codec ||
	    format->clock_hz != speaker->clock_hz || format->channels != speaker->channels)
		return -EBADMSG;
	int rc = track_take_format(track, format, message->tail, message->tail_size);

	if (rc > 0)
		listener->track(listener->context, slot->camera, track);
	return rc;
}

/* What the speaker was handed is kept, with the time that its own clock says. */
static int keep(struct talk_slot *slot, const struct ipc_message *message, uint64_t at_ns)
{
	struct track *track = &slot->camera->tracks[TRACK_SPEAKER];
	const struct cameras_listener *listener = &slot->all->cameras->listener;
	struct ipc_frame piece;

	memcpy(&piece, message->body, sizeof(piece));
	piece.pts_ns = at_ns;
	listener->begins(listener->context, slot->camera, track, &piece);
	int64_t number = track_take_piece(track, &piece, message->tail, message->tail_size);

	if (number <= 0)
		return number < 0 ? (int)number : -EBADMSG;
	listener->frame(listener->context, slot->camera, track);
	return 0;
}

/* Whatever could not be kept is not given to the speaker either. */
static bool is_keepable(const struct track *track, const struct ipc_message *message,
			uint32_t samples)
{
	const struct ipc_frame *piece = message->body;
	struct pieces trial = track->pieces;

	return piece->track == TRACK_SPEAKER && piece->size == message->tail_size &&
	       piece->size <= 8192 && piece->config == track->sender_config &&
	       track->format.codec != CODEC_NONE &&
	       samples >= track->format.clock_hz / TALK_BLOCKS_A_SECOND_MAX &&
	       pieces_take(&trial, piece, message->tail_size) >= 0;
}

static int take_frame(struct talk_slot *slot, const struct ipc_message *message)
{
	const struct track *track = &slot->camera->tracks[TRACK_SPEAKER];
	uint32_t hz = track->format.clock_hz;
	uint32_t samples = samples_of(&track->format, message->tail_size);

	if (!is_keepable(track, message, samples))
		return -EBADMSG;
	note_pause(slot);
	if (is_ahead(slot, samples))
		return 0;
	uint64_t at_ns = time_of(slot, slot->clock, hz);
	bool is_given = speak(slot, (struct bytes){message->tail, message->tail_size}, samples);

	note_run(slot, is_given ? RUN_SOUND : RUN_HOLE, samples);
	return is_given ? keep(slot, message, at_ns) : 0;
}

static void process_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct talk_slot *slot = channel->owner;
	int rc = -EBADMSG;

	if (message->type == IPC_TRACK)
		rc = take_format(slot, message);
	else if (message->type == IPC_FRAME)
		rc = take_frame(slot, message);
	if (rc < 0)
		fail(slot, "its process sent what it may not");
}

static void process_closed(struct ipc_channel *channel)
{
	struct talk_slot *slot = channel->owner;

	fail(slot, "its process is gone");
}

static void process_hangs(void *context)
{
	fail(context, "its process hangs");
}

void talks_attach(struct talks *talks, uint32_t number, int fd)
{
	autoclose int owned = fd;

	if (number >= CAMERA_MAX)
		return;
	struct talk_slot *slot = &talks->slots[number];
	struct feed_listener listener = {.hung = process_hangs, .context = slot};

	/* Too late, or a second one: the closed channel ends it. */
	if (!slot->grant || slot->grant->state != GRANT_OPEN || ipc_is_open(&slot->process))
		return;
	if (ipc_open(&slot->process, talks->loop, owned, PROC_VAULT, PROC_TALK, process_received,
		     process_closed, slot) < 0)
		return;
	take_fd(owned);
	if (feed_start(&slot->feed, talks->loop, &slot->process, &listener) < 0)
		fail(slot, "out of descriptors");
	else
		begin(slot);
}
