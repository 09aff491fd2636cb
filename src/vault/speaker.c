#include "vault/speaker.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "vault/store/store.h"

enum { AAC_BLOCK = 1024 };

static uint32_t samples_of(const struct ipc_track *format, size_t size)
{
	return format->codec == CODEC_AAC ? AAC_BLOCK
					  : (uint32_t)size / (format->channels ? format->channels : 1);
}

static uint64_t time_of(const struct talk_slot *slot, uint64_t sample, uint32_t hz)
{
	return slot->cause->start_ns + sample / hz * CLOCK_NS_PER_S + sample % hz * CLOCK_NS_PER_S / hz;
}

/* ---- a device that counts ---- */

void speaker_renew(struct talk_slot *slot)
{
	played_end(&slot->before, loop_now_ns(slot->all->loop));
	slot->before = slot->played;
	slot->played = (struct played){0};
	slot->samples = 0;
}

void speaker_count(struct talk_slot *slot)
{
	uint64_t now_ns = loop_now_ns(slot->all->loop);

	if (speaker_is_counted(slot))
		return;
	slot->played = (struct played){.talk = slot->grant->number,
				       .store = slot->all->store,
				       .camera = slot->camera,
				       .hz = slot->camera->speaker.clock_hz,
				       .began_ns = now_ns,
				       .at_ns = now_ns};
	played_begin(&slot->played, slot->voice.sid, slot->voice.log_seq);
}

int speaker_take_played(struct talk_slot *slot, const struct ipc_played *told)
{
	uint64_t now_ns = loop_now_ns(slot->all->loop);

	if (told->talk != 0 && told->talk == slot->played.talk)
		return played_take(&slot->played, told, now_ns);
	if (told->talk != 0 && told->talk == slot->before.talk)
		return played_take(&slot->before, told, now_ns);
	return 0; /* of a talk that is long over */
}

void speaker_settle(struct talk_slot *slot)
{
	uint64_t now_ns = loop_now_ns(slot->all->loop);

	played_end(&slot->before, now_ns);
	played_end(&slot->played, now_ns);
}

bool speaker_is_counted(const struct talk_slot *slot)
{
	return slot->grant && slot->played.talk == slot->grant->number;
}

/* A device that counts its samples tells itself what became of those that it was handed. */
static void note_counted(struct talk_slot *slot, uint32_t run, uint32_t samples)
{
	if (run == RUN_SOUND)
		slot->played.handed += samples;
	else if (run == RUN_HOLE)
		played_miss(&slot->played, samples, loop_now_ns(slot->all->loop));
}

/* The speaker's clock goes on by `samples`, which were handed over, or not. */
static void note_run(struct talk_slot *slot, uint32_t run, uint64_t samples)
{
	uint32_t hz = slot->camera->speaker.clock_hz;
	struct talk_cause *cause = slot->cause;
	struct block_spoken spoken = {.talk_seq = cause->log_seq,
				      .first = cause->clock,
				      .samples = (uint32_t)samples,
				      .hz = hz,
				      .run = run};

	memcpy(spoken.sid, cause->sid, sizeof(spoken.sid));
	if (speaker_is_counted(slot))
		note_counted(slot, run, spoken.samples);
	else
		store_speak(slot->all->store, slot->camera, &spoken, time_of(slot, cause->clock, hz));
	cause->clock += samples;
}

/* Nobody spoke for a while: so long the speaker was silent. */
static void note_pause(struct talk_slot *slot)
{
	uint32_t hz = slot->camera->speaker.clock_hz;
	uint64_t passed_ms = loop_now_ns(slot->all->loop);

	passed_ms = passed_ms > slot->cause->start_ns ? (passed_ms - slot->cause->start_ns) / CLOCK_NS_PER_MS : 0;
	uint64_t now = passed_ms * hz / 1000;

	if (now > slot->cause->clock + (uint64_t)TALK_PAUSE_MS * hz / 1000)
		note_run(slot, RUN_SILENT, now - slot->cause->clock);
}

static bool is_ahead(const struct talk_slot *slot, uint64_t samples)
{
	uint32_t hz = slot->camera->speaker.clock_hz;

	return time_of(slot, slot->cause->clock + samples, hz) >
	       loop_now_ns(slot->all->loop) + TALK_AHEAD_MS * CLOCK_NS_PER_MS;
}

/* The one place where a speaker is given sound. The entry of the talk is on disk, and that of what
 * sounds (which is the talk's own, or its announcement's), or this does not return. false: it was not
 * given it. */
static bool speak(struct talk_slot *slot, struct bytes frame, uint32_t samples)
{
	struct grant *grant = slot->grant;
	uint64_t now = loop_now_ns(slot->all->loop);

	assert(grant->kind == GRANT_TALK && grant->state == GRANT_OPEN);
	uint64_t durable = log_durable_size(slot->all->grants->journal->log);

	assert(grant->log_seq < durable);
	assert(slot->cause->log_seq > 0 && slot->cause->log_seq < durable);
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

int speaker_take_format(struct talk_slot *slot, const struct ipc_message *message)
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

/* More than such a sound is: its process makes something else of it. */
static bool is_too_long(const struct talk_slot *slot, uint32_t samples)
{
	uint32_t hz = slot->camera->speaker.clock_hz;

	/* Of what was handed over: on a busy box the clock may have gone on meanwhile. */
	return slot->cause == &slot->announced && slot->sound == SOUND_CHIME &&
	       slot->samples + samples > (uint64_t)TALK_CHIME_MS_MAX * hz / 1000;
}

int speaker_take_frame(struct talk_slot *slot, const struct ipc_message *message)
{
	const struct track *track = &slot->camera->tracks[TRACK_SPEAKER];
	uint32_t hz = track->format.clock_hz;
	uint32_t samples = samples_of(&track->format, message->tail_size);

	if (!slot->cause || !is_keepable(track, message, samples) || is_too_long(slot, samples))
		return -EBADMSG;
	note_pause(slot);
	if (is_ahead(slot, samples))
		return 0;
	uint64_t at_ns = time_of(slot, slot->cause->clock, hz);
	bool is_given = speak(slot, (struct bytes){message->tail, message->tail_size}, samples);

	note_run(slot, is_given ? RUN_SOUND : RUN_HOLE, samples);
	return is_given ? keep(slot, message, at_ns) : 0;
}

uint64_t speaker_end_ns(const struct talk_slot *slot)
{
	return slot->cause ? time_of(slot, slot->cause->clock, slot->camera->speaker.clock_hz) : 0;
}
