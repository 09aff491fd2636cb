#include "cam/cam_alsa_speaker.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/flac/flac.h"

int cam_alsa_speaker_open(struct cam_alsa_speaker *speaker, const char *device)
{
	/* A voice needs no more than the first; the others are what devices have. */
	static const uint32_t rates[] = {16000, 48000, 32000, 24000, 44100, 8000, 0};

	return cam_alsa_pcm_open(&speaker->pcm, device, rates, speaker->why);
}

void cam_alsa_speaker_close(struct cam_alsa_speaker *speaker)
{
	cam_alsa_pcm_close(&speaker->pcm);
}

static void tell(struct cam_alsa_speaker *speaker, enum speaker_state state, const char *reason)
{
	struct ipc_channel *vault = &speaker->outlet->vault;

	speaker->said.state = state;
	memset(speaker->said.reason, 0, sizeof(speaker->said.reason));
	text_copy(speaker->said.reason, sizeof(speaker->said.reason), reason);
	if (ipc_is_open(vault))
		ipc_send(vault, IPC_SPEAKER, &speaker->said, NULL, 0);
}

static uint32_t samples_of(const struct cam_alsa_speaker *speaker, uint32_t ms)
{
	return speaker->pcm.hz * ms / 1000;
}

/* ---- the device ---- */

/* One period: of a word, if enough of it is here, then silence. What the device did not take waits. */
static int64_t write_period(struct cam_alsa_speaker *speaker)
{
	int16_t samples[CAM_ALSA_PERIOD_MAX] = {0};
	uint32_t period = speaker->pcm.period;
	uint64_t waits = speaker->in - speaker->out;

	if (!speaker->is_flowing)
		speaker->is_flowing = waits >= samples_of(speaker, CAM_ALSA_LEAD_MS);
	uint32_t sound = !speaker->is_flowing ? 0 : waits < period ? (uint32_t)waits : period;

	for (uint32_t i = 0; i < sound; i++)
		samples[i] = speaker->ring[(speaker->out + i) % CAM_ALSA_RING];
	int64_t put = cam_alsa_pcm_write(&speaker->pcm, samples, period);

	if (put <= 0)
		return put;
	if (put < sound)
		sound = (uint32_t)put;
	speaker->out += sound;
	speaker->is_flowing = speaker->is_flowing && waits >= period;
	cam_alsa_played_write(&speaker->played, RUN_SOUND, sound);
	cam_alsa_played_write(&speaker->played, RUN_SILENT, (uint32_t)put - sound);
	return put;
}

static int fill(struct cam_alsa_speaker *speaker, int64_t waiting)
{
	while (waiting < samples_of(speaker, CAM_ALSA_AHEAD_MS) &&
	       cam_alsa_played_has_room(&speaker->played)) {
		int64_t put = write_period(speaker);

		if (put <= 0)
			return (int)put;
		waiting += put;
	}
	return 0;
}

static int start(struct cam_alsa_speaker *speaker)
{
	int r = fill(speaker, 0);

	if (r == 0)
		r = cam_alsa_pcm_start(&speaker->pcm);
	if (r == 0)
		cam_alsa_played_look(&speaker->played, speaker->played.waiting, clock_boot_ns());
	return r;
}

/* It will not play what waits. */
static void lose(struct cam_alsa_speaker *speaker, enum speaker_run why)
{
	cam_alsa_played_lose(&speaker->played, why, (uint32_t)(speaker->in - speaker->out),
			     clock_boot_ns());
	speaker->out = speaker->in;
}

/* It ran dry, or the box slept. */
static int begin_again(struct cam_alsa_speaker *speaker, int error)
{
	int r = cam_alsa_pcm_again(&speaker->pcm, error);

	if (r < 0) /* asleep still; or gone, and nobody knows how far it has come */
		return r == -EAGAIN ? 0 : r;
	if (error == -EPIPE)
		cam_alsa_played_dry(&speaker->played, clock_boot_ns());
	else
		lose(speaker, RUN_UNPLUGGED);
	speaker->underruns++;
	return start(speaker);
}

/* How much waits in the device now, and is told to have been played by now. */
static int64_t look_at_device(struct cam_alsa_speaker *speaker)
{
	int64_t waiting = cam_alsa_pcm_delay(&speaker->pcm);

	if (waiting >= 0)
		cam_alsa_played_look(&speaker->played, (uint64_t)waiting, clock_boot_ns());
	return waiting;
}

int cam_alsa_speaker_look(struct cam_alsa_speaker *speaker)
{
	if (!cam_alsa_speaker_is_on(speaker))
		return 0;
	int64_t waiting = look_at_device(speaker);
	int r = waiting < 0 ? (int)waiting : fill(speaker, waiting);

	return r < 0 ? begin_again(speaker, r) : 0;
}

void cam_alsa_speaker_fail(struct cam_alsa_speaker *speaker, const char *reason)
{
	bool was_on = cam_alsa_speaker_is_on(speaker);

	cam_alsa_speaker_close(speaker);
	text_copy(speaker->why, sizeof(speaker->why), reason);
	if (!was_on)
		return;
	lose(speaker, RUN_UNPLUGGED);
	tell(speaker, SPEAKER_REFUSED, reason);
}

/* ---- the vault's words ---- */

static void open_speaker(struct cam_alsa_speaker *speaker, const struct ipc_number *talk)
{
	speaker->said = (struct ipc_speaker){.talk = talk->value,
					     .codec = CODEC_PCMU,
					     .clock_hz = speaker->pcm.hz,
					     .channels = 1,
					     .is_counted = 1};
	speaker->in = speaker->out = 0;
	speaker->played.vault = &speaker->outlet->vault;
	cam_alsa_played_begin(&speaker->played, talk->value, speaker->pcm.hz);
	speaker->is_flowing = false;
	if (!speaker->pcm.pcm) {
		tell(speaker, SPEAKER_REFUSED,
		     speaker->why[0] ? speaker->why : "the camera has no speaker");
		return;
	}
	int r = cam_alsa_pcm_prepare(&speaker->pcm);

	if (r == 0)
		r = start(speaker);
	if (r < 0)
		tell(speaker, SPEAKER_REFUSED, "the speaker cannot be started");
	else
		tell(speaker, SPEAKER_OPEN, "");
}

/* A device whose clock is slow falls behind: what has waited longest is left out. */
static void make_room(struct cam_alsa_speaker *speaker, size_t count)
{
	uint64_t waits = speaker->in - speaker->out + count;

	if (waits <= CAM_ALSA_RING)
		return;
	speaker->out += waits - CAM_ALSA_RING;
	cam_alsa_played_write(&speaker->played, RUN_EXCESS, (uint32_t)(waits - CAM_ALSA_RING));
}

static void speak(struct cam_alsa_speaker *speaker, const struct ipc_message *message)
{
	const struct ipc_speak *body = message->body;

	if (!cam_alsa_speaker_is_on(speaker) || body->talk != speaker->said.talk)
		return;
	make_room(speaker, message->tail_size);
	for (size_t i = 0; i < message->tail_size; i++)
		speaker->ring[speaker->in++ % CAM_ALSA_RING] =
			g711_expand(G711_ULAW, message->tail[i]);
}

static void close_speaker(struct cam_alsa_speaker *speaker)
{
	if (cam_alsa_speaker_is_on(speaker)) {
		(void)look_at_device(speaker);
		cam_alsa_pcm_drop(&speaker->pcm);
		lose(speaker, RUN_STOPPED);
	}
	speaker->said.state = SPEAKER_CLOSED;
}

void cam_alsa_speaker_hear_vault(struct cam_alsa_speaker *speaker,
				 const struct ipc_message *message)
{
	if (message->type == IPC_SPEAKER_OPEN)
		open_speaker(speaker, message->body);
	else if (message->type == IPC_SPEAK)
		speak(speaker, message);
	else if (message->type == IPC_SPEAKER_CLOSE)
		close_speaker(speaker);
}
