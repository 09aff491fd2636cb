/* ward-talk: one talk, from what a person says to what the camera's speaker takes. The vault says
 * what that is (IPC_FEED_TRACK of TRACK_SPEAKER) and feeds TRACK_TALK; TRACK_SPEAKER goes back to it.
 * It decides nothing: what it makes is heard only while the talk's entry stands in the log. The
 * vault ends the process by closing its channel, so that nothing of one talk is left for the next. */
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "proto/media/pieces.h"
#include "transcode/sounder.h"
#include "transcode/voice.h"
#include "worker/worker.h"

struct talk {
	struct worker worker;
	struct voice *voice;
	struct sounder sounder; /* Ward's own */
	struct pieces pieces;
	struct ipc_track speaker; /* as told to the vault */
	uint64_t frame;		  /* number of the newest one sent */
	bool has_gap;		  /* one was dropped since */
	uint64_t bad;		  /* packets that were no Opus */
	uint8_t packet[TALK_PACKET_MAX];
};

static struct talk *talk_of(struct worker *worker)
{
	return container_of(worker, struct talk, worker);
}

static void take_track(struct worker *worker, struct ipc_message *message)
{
	struct talk *talk = talk_of(worker);
	const struct ipc_track *track = message->body;

	if (track->track != TRACK_SPEAKER)
		return;
	sounder_stop(&talk->sounder);
	voice_destroy(take(talk->voice));
	talk->speaker = (struct ipc_track){.camera = track->camera,
					   .track = TRACK_SPEAKER,
					   .config = talk->speaker.config + 1};
	int r = voice_create(track, &talk->voice);

	if (r < 0) {
		diag_warn("the speaker's coding cannot be made: %s", strerror(-r));
		ipc_send(&talk->worker.vault, IPC_TRACK, &talk->speaker, NULL, 0);
		return;
	}
	struct bytes config = voice_config(talk->voice);

	talk->speaker.codec = track->codec;
	talk->speaker.clock_hz = track->clock_hz;
	talk->speaker.channels = track->channels;
	ipc_send(&talk->worker.vault, IPC_TRACK, &talk->speaker, config.data, config.size);
}

static void send_block(void *context, const struct voice_output *output)
{
	struct talk *talk = context;
	struct ipc_frame frame = {
		.frame = talk->frame + 1,
		.keep_from = talk->frame + 1,
		.pts_ns = output->pts_ns,
		.camera = talk->speaker.camera,
		.track = TRACK_SPEAKER,
		.size = (uint32_t)output->data.size,
		.flags = FRAME_KEY | (talk->has_gap ? FRAME_AFTER_GAP : 0U),
		.config = talk->speaker.config,
	};

	/* A vault that does not read loses sound; it never gets it late. */
	talk->has_gap = ipc_try_send(&talk->worker.vault, IPC_FRAME, &frame, output->data.data,
				     output->data.size) < 0;
	if (!talk->has_gap)
		talk->frame++;
}

static void take_frame(struct worker *worker, struct ipc_message *message)
{
	struct talk *talk = talk_of(worker);
	const struct ipc_frame *piece = message->body;

	if (piece->track != TRACK_TALK || !talk->voice)
		return;
	int event = pieces_take(&talk->pieces, piece, message->tail_size);

	if (event < 0 || piece->size > sizeof(talk->packet))
		fatal("the vault sent a piece of a packet that fits none");
	memcpy(talk->packet + piece->offset, message->tail, message->tail_size);
	if (!(event & PIECES_COMPLETES))
		return;
	if (voice_feed(talk->voice, piece->pts_ns, (struct bytes){talk->packet, piece->size},
		       send_block, talk) < 0)
		talk->bad++;
}

static void sound_made(void *context)
{
	struct talk *talk = context;
	struct ipc_number all = {0};

	ipc_send(&talk->worker.vault, IPC_SOUND_MADE, &all, NULL, 0);
}

static void take_sound(struct worker *worker, struct ipc_message *message)
{
	struct talk *talk = talk_of(worker);
	const struct ipc_sound *body = message->body;
	struct sounder_listener listener = {
		.output = send_block, .made = sound_made, .context = talk};

	if (!talk->voice || body->sound >= SOUND_COUNT)
		return;
	talk->sounder.loop = worker->loop;
	sounder_start(&talk->sounder, talk->voice, body, &listener);
}

static int prepare(struct worker *worker)
{
	(void)worker;
	return voice_warm_up();
}

static void finish(struct worker *worker)
{
	struct talk *talk = talk_of(worker);

	if (talk->bad)
		diag_info("%llu packets could not be decoded", (unsigned long long)talk->bad);
	sounder_stop(&talk->sounder);
	voice_destroy(talk->voice);
}

static const struct worker_kind KIND = {
	.program = "ward-talk",
	.proc = PROC_TALK,
	.profile = SANDBOX_TRANSCODE,
	.prepare = prepare,
	.finish = finish,
	.from_vault = {[IPC_FEED_TRACK] = take_track, [IPC_FEED_FRAME] = take_frame, [IPC_SOUND] = take_sound},
};

int main(void)
{
	static struct talk talk;

	return worker_run(&talk.worker, &KIND);
}
