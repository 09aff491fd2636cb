#include "vault/talk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/door.h"
#include "vault/pump.h"
#include "vault/speaker.h"
#include "vault/talk_sound.h"

enum { OPUS_HZ = 48000 };

static void timer_due(struct loop_timer *timer);
static void resume(struct talk_slot *slot);
static void sound_recorded(struct log_waiter *waiter, const struct log_receipt *receipt);

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
		talks->slots[i].recorded.settled = sound_recorded;
		talk_queue_init(&talks->slots[i].queue);
	}
	return 0;
}

static void set_timer(struct talk_slot *slot, uint64_t after_ms)
{
	loop_timer_start(slot->all->loop, &slot->timer,
			 loop_now_ns(slot->all->loop) + after_ms * CLOCK_NS_PER_MS);
}

struct talk_slot *talks_slot(const struct talks *talks, const struct camera *camera)
{
	return &talks->slots[camera->slot];
}

/* It was asked for, and the entry stands. */
static void tell_asker(struct grant *grant)
{
	struct ipc_done done = {
		.request = grant->request, .value = grant->number, .log_seq = grant->log_seq};

	memcpy(done.id, grant->sid, sizeof(grant->sid));
	if (grant->asker && ipc_is_open(grant->asker))
		ipc_send(grant->asker, IPC_DONE, &done, NULL, 0);
	grant->asker = NULL;
}

static void close_slot(struct talk_slot *slot);

/* Somebody wants to be heard: silence at once. */
static void hold(struct talk_slot *slot)
{
	slot->held = slot->grant;
	if (slot->grant->state == GRANT_OPEN) {
		tell_asker(slot->grant);
		close_slot(slot);
	}
	slot->grant = NULL;
}

void talks_reserve(struct talks *talks, struct grant *grant)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];

	if (talk_is_sound(slot->grant))
		hold(slot);
	assert(!slot->grant);
	slot->grant = grant;
	slot->camera = grant->camera;
	slot->is_open = false;
	slot->cause = NULL;
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
	slot->camera->is_talked_at = is_talked_at && !slot->camera->keeps_echo;
	for (struct grant *grant = slot->camera->grants; grant; grant = grant->after)
		if (grant->kind == GRANT_VIEW && grant->state == GRANT_OPEN)
			pump_choose(grant);
}

static void note_talker(struct talk_slot *slot)
{
	if (slot->cause != &slot->voice)
		return;
	slot->last = slot->grant->who;
	slot->last_ns = loop_now_ns(slot->all->loop);
	slot->last_camera = slot->camera->id;
}

static void close_slot(struct talk_slot *slot)
{
	struct ipc_number talk = {slot->grant->number};
	struct grant *view = slot->grant->view;

	note_talker(slot);
	slot->grant = NULL;
	slot->cause = NULL;
	log_waiter_cancel(slot->all->grants->journal->log, &slot->recorded);
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
	talk_queue_wake(slot);
}

static enum refusal refusal_of(const struct grant *grant)
{
	if (grant->taken)
		return REFUSAL_SPEAKER_TAKEN;
	return grant->end == VIEW_END_REVOKED ? REFUSAL_NOT_ALLOWED : REFUSAL_NO_SPEAKER;
}

/* It was asked for, and will not be heard. */
static void refuse_asker(struct talk_slot *slot)
{
	if (!slot->is_open)
		grant_refuse(slot->grant, refusal_of(slot->grant));
}

static void end_talk_of(struct talk_slot *slot, const struct grant *view)
{
	slot->grant->view = NULL;
	grant_end(slot->grant, view->end != VIEW_END_NONE ? view->end : VIEW_END_STOPPED);
}

void talks_ended(struct talks *talks, struct grant *grant)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];

	if (slot->held == grant) {
		slot->held = NULL;
		grant_refuse(grant, refusal_of(grant));
	} else if (slot->grant == grant && grant->state == GRANT_OPEN) {
		refuse_asker(slot);
		close_slot(slot);
	} else if (slot->grant == grant) {
		slot->grant = NULL;
		set_timer(slot, TALK_ECHO_MS);
		talk_queue_wake(slot);
	} else if (slot->grant && slot->grant->view == grant) {
		end_talk_of(slot, grant);
	}
	if (grant->kind == GRANT_VIEW)
		talk_queue_refuse(slot, grant, grant->end == VIEW_END_REVOKED ? REFUSAL_NOT_ALLOWED
									       : REFUSAL_NOT_FOUND);
}

void talk_fail(struct talk_slot *slot, const char *why)
{
	/* A sound that was heard already waits for a camera that comes back. */
	if (talk_is_sound(slot->grant) && slot->is_open && slot->grant->interruptions++ < TALK_INTERRUPTIONS_MAX) {
		diag_warn("camera \"%s\": a sound waits: %s", slot->camera->name, why);
		hold(slot);
		return;
	}
	diag_warn("camera \"%s\": a talk has ended: %s", slot->camera->name, why);
	grant_end(slot->grant, VIEW_END_FAILED);
}

/* The room has died away after the last talk. */
static void go_quiet(struct talk_slot *slot)
{
	bool may_go_on = !slot->grant && slot->held && slot->held->state == GRANT_OPEN && !slot->queue.count;

	if (may_go_on && ipc_is_open(&slot->camera->cam) && cameras_is_live(slot->camera)) {
		resume(slot);
		return;
	}
	clean_sound(slot, false);
	if (may_go_on)
		set_timer(slot, TALK_ECHO_MS);
}

static void timer_due(struct loop_timer *timer)
{
	struct talk_slot *slot = container_of(timer, struct talk_slot, timer);

	/* The last talk's: the next one may have been asked for, and waits for its entry. */
	if (!slot->grant || slot->grant->state != GRANT_OPEN)
		go_quiet(slot);
	else if (!slot->is_open)
		talk_fail(slot, "the speaker did not open in time");
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
		talk_queue_finish(&slot->queue);
		log_waiter_cancel(talks->grants->journal->log, &slot->recorded);
	}
	free(talks->slots);
	talks->slots = NULL;
}

/* ---- its beginning ---- */

static bool needs_chime(const struct talk_slot *slot)
{
	uint64_t passed_ns = loop_now_ns(slot->all->loop) - slot->last_ns;

	if (slot->camera->has_no_chime)
		return false;
	/* A program is not the person who made its token. */
	return slot->last_ns == 0 || passed_ns > TALK_CHIME_AGAIN_MS * CLOCK_NS_PER_MS ||
	       slot->last_camera != slot->camera->id || slot->last.via != slot->grant->who.via ||
	       !people_is_own(&slot->last, &slot->grant->who);
}

static enum speaker_sound sound_first(const struct talk_slot *slot)
{
	if (talk_is_sound(slot->grant))
		return (enum speaker_sound)slot->grant->sound.sound;
	return needs_chime(slot) ? SOUND_CHIME : SOUND_NONE;
}

/* The speaker and the process are asked for. */
static void start(struct talk_slot *slot)
{
	struct talks *talks = slot->all;
	struct grant *grant = slot->grant;
	struct ipc_number talk = {grant->number}, number = {grant->camera->slot};

	if (!ipc_is_open(&slot->camera->cam) ||
	    (grant->view == grant && grant_connect(grant) < 0)) {
		grant_end(grant, VIEW_END_FAILED);
		return;
	}
	speaker_renew(slot);
	slot->is_open = false;
	slot->packets = slot->slipped_ns = 0;
	slot->sound = SOUND_NONE;
	slot->announced = (struct talk_cause){0};
	slot->voice = (struct talk_cause){.log_seq = grant->log_seq};
	memcpy(slot->voice.sid, grant->sid, sizeof(slot->voice.sid));
	slot->camera->speaker = (struct ipc_speaker){.state = SPEAKER_OPENING, .talk = talk.value};
	enum speaker_sound first = sound_first(slot);

	if (first != SOUND_NONE && talk_sound_record(slot, first) < 0) {
		talk_fail(slot, "its sound cannot be recorded");
		return;
	}
	set_timer(slot, TALK_OPEN_MS);
	ipc_send(talks->warden, IPC_TALK_WANT, &number, NULL, 0);
	ipc_send(&slot->camera->cam, IPC_SPEAKER_OPEN, &talk, NULL, 0);
}

void talk_open(struct talks *talks, struct grant *grant, const struct log_receipt *receipt)
{
	struct talk_slot *slot = &talks->slots[grant->camera->slot];

	assert(slot->grant == grant || slot->held == grant);
	if (grant_begin(grant, receipt) < 0)
		return;
	if (slot->grant == grant) {
		start(slot);
		return;
	}
	tell_asker(grant);
	if (!slot->grant)
		set_timer(slot, TALK_ECHO_MS);
}

/* Nobody talks any more, and the sound from before has time left: with an entry of its own again. */
static void resume(struct talk_slot *slot)
{
	slot->grant = slot->held;
	slot->held = NULL;
	/* What the camera still says of the time before is not about this. */
	slot->grant->number = ++slot->all->grants->last_number;
	start(slot);
}

/* From here on the process makes what the speaker takes, for this reason. */
static void begin(struct talk_slot *slot, struct talk_cause *cause)
{
	const struct ipc_speaker *speaker = &slot->camera->speaker;
	struct ipc_track wanted = {.camera = slot->camera->id,
				   .track = TRACK_SPEAKER,
				   .codec = speaker->codec,
				   .clock_hz = speaker->clock_hz,
				   .channels = speaker->channels};
	uint64_t end_ns = speaker_end_ns(slot), now = loop_now_ns(slot->all->loop);

	if (!slot->cause) {
		clean_sound(slot, true);
		ipc_send(&slot->process, IPC_FEED_TRACK, &wanted, NULL, 0);
	}
	cause->start_ns = end_ns > now ? end_ns : now;
	slot->cause = cause;
	if (speaker_is_counted(slot))
		played_begin(&slot->played, cause->sid, cause->log_seq);
}

/* It is heard: who asked for it is told so. */
static void tell_heard(struct talk_slot *slot)
{
	slot->is_open = true;
	set_timer(slot, TALK_IDLE_MS);
	tell_asker(slot->grant);
}

static void begin_sound(struct talk_slot *slot)
{
	struct ipc_sound body = {.sound = (uint32_t)slot->sound};

	begin(slot, &slot->announced);
	if (talk_is_sound(slot->grant)) {
		body.seconds = talk_sound_left(slot->grant);
		body.volume = slot->grant->sound.volume;
		tell_heard(slot);
	}
	ipc_send(&slot->process, IPC_SOUND, &body, NULL, 0);
}

/* From here on what is said is heard. */
static void begin_voice(struct talk_slot *slot)
{
	static const struct ipc_track opus = {
		.track = TRACK_TALK, .codec = CODEC_OPUS, .clock_hz = OPUS_HZ, .channels = 1};
	struct grant *grant = slot->grant;
	struct track *track = &slot->camera->tracks[TRACK_TALK];

	begin(slot, &slot->voice);
	slot->said_ns = slot->voice.start_ns;
	track_set_format(track, &opus);
	track->sender_config = track->format.config;
	feed_want(&slot->feed, &slot->cursor, track);
	tell_viewer(grant->view, true);
	tell_heard(slot);
}

/* The camera plays, the process runs, and what announces the voice is in the log. */
static void go_on(struct talk_slot *slot)
{
	if (slot->cause || slot->camera->speaker.state != SPEAKER_OPEN || !ipc_is_open(&slot->process))
		return;
	if (slot->sound == SOUND_NONE)
		begin_voice(slot);
	else if (slot->announced.log_seq > 0)
		begin_sound(slot);
}

void talk_announce(struct talk_slot *slot, const struct log_receipt *receipt)
{
	slot->announced.log_seq = log_receipt_seq(receipt);
	go_on(slot);
}

static void sound_recorded(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	/* Without a receipt the log has stopped, and all talks are ended. */
	if (receipt)
		talk_announce(container_of(waiter, struct talk_slot, recorded), receipt);
}

void talks_speaker(struct talks *talks, struct camera *camera, const struct ipc_speaker *speaker)
{
	struct talk_slot *slot = &talks->slots[camera->slot];

	/* About a talk that is over: its end crossed the camera's word. */
	if (!slot->grant || speaker->talk != slot->grant->number)
		return;
	camera->speaker = *speaker;
	if (speaker->state == SPEAKER_OPEN && speaker->is_counted)
		speaker_count(slot);
	if (speaker->state == SPEAKER_OPEN)
		go_on(slot);
	else if (speaker->state == SPEAKER_REFUSED && slot->grant->state == GRANT_OPEN)
		talk_fail(slot, "the camera did not take the sound");
}

int talks_hear_cam(struct talks *talks, struct camera *camera, const struct ipc_message *message)
{
	if (message->type == IPC_PLAYED)
		return speaker_take_played(&talks->slots[camera->slot], message->body);
	talks_speaker(talks, camera, message->body);
	return 0;
}

void talks_cam_gone(struct talks *talks, struct camera *camera)
{
	struct talk_slot *slot = &talks->slots[camera->slot];

	if (slot->grant && slot->grant->state == GRANT_OPEN)
		talk_fail(slot, "the camera's process is gone");
	speaker_settle(slot);
}

void talks_settle(struct talks *talks)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		speaker_settle(&talks->slots[i]);
}

void talks_camera_gone(struct talks *talks, const struct camera *camera)
{
	loop_timer_stop(&talks->slots[camera->slot].timer);
	speaker_settle(&talks->slots[camera->slot]);
}

void talks_front_gone(struct talks *talks)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		struct talk_slot *slot = &talks->slots[i];

		talk_queue_clear(slot);
		if (!slot->grant || slot->is_open || slot->grant->asker != talks->grants->front)
			continue;
		slot->is_open = true; /* nobody is there to be told */
		grant_end(slot->grant, VIEW_END_STOPPED);
	}
}

void talks_shut(struct talks *talks)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		talk_queue_refuse(&talks->slots[i], NULL, REFUSAL_LOG_STOPPED);
}

void talks_forget(struct talks *talks, uint64_t request)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		if (talk_queue_forget(&talks->slots[i], request))
			return;
}

/* ---- in, from the viewer ---- */

/* When a sample was said. -EAGAIN: faster than anybody speaks. That is dropped, and what follows takes its
 * place: a talker whose clock is a little fast is not silenced by it, however long the talk. */
static int time_packet(struct talk_slot *slot, uint64_t sample, uint64_t *ret_ns)
{
	uint64_t at_ns = slot->voice.start_ns + sample * CLOCK_NS_PER_S / OPUS_HZ;
	uint64_t limit_ns = loop_now_ns(slot->all->loop) + TALK_AHEAD_MS * CLOCK_NS_PER_MS;

	if (at_ns < slot->voice.start_ns + slot->slipped_ns)
		return -EAGAIN;
	at_ns -= slot->slipped_ns;
	if (at_ns > limit_ns) {
		slot->slipped_ns += at_ns - slot->said_ns;
		return -EAGAIN;
	}
	*ret_ns = slot->said_ns = at_ns;
	return 0;
}

void talks_take_packet(struct talks *talks, struct grant *view, const struct ipc_message *message)
{
	const struct ipc_talk_frame *frame = message->body;
	struct talk_slot *slot = &talks->slots[view->camera->slot];
	struct track *track = &view->camera->tracks[TRACK_TALK];
	const struct cameras_listener *listener = &talks->cameras->listener;
	uint64_t at_ns;

	/* What was on its way when the talk ended, or comes faster than anybody speaks. */
	if (!slot->grant || slot->grant->view != view || slot->cause != &slot->voice || message->tail_size == 0 ||
	    frame->sample > UINT32_MAX || time_packet(slot, frame->sample, &at_ns) < 0)
		return;
	struct ipc_frame piece = {.frame = slot->packets + 1,
				  .keep_from = slot->packets + 1,
				  .pts_ns = at_ns,
				  .track = TRACK_TALK,
				  .size = (uint32_t)message->tail_size,
				  .flags = FRAME_KEY,
				  .config = track->sender_config};

	listener->begins(listener->context, view->camera, track, &piece);
	if (track_take_piece(track, &piece, message->tail, message->tail_size) <= 0)
		return;
	slot->packets++;
	set_timer(slot, TALK_IDLE_MS);
	listener->frame(listener->context, view->camera, track);
	feed_run(&slot->feed);
}

/* ---- the process ---- */

/* The chime has sounded: now the voice. Or a sound's time is over. */
static int take_made(struct talk_slot *slot)
{
	if (slot->cause != &slot->announced)
		return -EBADMSG;
	if (talk_is_sound(slot->grant))
		grant_end(slot->grant, VIEW_END_EXPIRED);
	else
		begin_voice(slot);
	return 0;
}

/* A sound's process makes it all the time. */
static int take_frame(struct talk_slot *slot, const struct ipc_message *message)
{
	int rc = speaker_take_frame(slot, message);

	if (rc == 0 && talk_is_sound(slot->grant))
		set_timer(slot, TALK_IDLE_MS);
	return rc;
}

static void process_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct talk_slot *slot = channel->owner;
	int rc = -EBADMSG;

	if (message->type == IPC_TRACK)
		rc = speaker_take_format(slot, message);
	else if (message->type == IPC_FRAME)
		rc = take_frame(slot, message);
	else if (message->type == IPC_SOUND_MADE)
		rc = take_made(slot);
	if (rc < 0)
		talk_fail(slot, "its process sent what it may not");
}

static void process_closed(struct ipc_channel *channel)
{
	struct talk_slot *slot = channel->owner;

	talk_fail(slot, "its process is gone");
}

static void process_hangs(void *context)
{
	talk_fail(context, "its process hangs");
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
		talk_fail(slot, "out of descriptors");
	else
		go_on(slot);
}
