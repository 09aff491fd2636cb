/* ward-talk: one talk, from what a person says to what the camera's speaker takes. The vault says
 * what that is (IPC_FEED_TRACK of TRACK_SPEAKER) and feeds TRACK_TALK; TRACK_SPEAKER goes back to it.
 * It decides nothing: what it makes is heard only while the talk's entry stands in the log. The
 * vault ends the process by closing its channel, so that nothing of one talk is left for the next. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/diag.h"
#include "ipc/ipc.h"
#include "proto/media/pieces.h"
#include "sandbox/sandbox.h"
#include "transcode/voice.h"

enum { WARDEN_FD = 3 };

struct talk {
	struct loop *loop;
	struct ipc_channel warden, vault;
	struct voice *voice;
	struct pieces pieces;
	struct ipc_track speaker; /* as told to the vault */
	uint64_t frame;		  /* number of the newest one sent */
	bool has_gap;		  /* one was dropped since */
	uint64_t bad;		  /* packets that were no Opus */
	uint8_t packet[TALK_PACKET_MAX];
};

static void take_track(struct talk *talk, struct ipc_message *message)
{
	const struct ipc_track *track = message->body;

	if (track->track != TRACK_SPEAKER)
		return;
	voice_destroy(take(talk->voice));
	talk->speaker = (struct ipc_track){.camera = track->camera,
					   .track = TRACK_SPEAKER,
					   .config = talk->speaker.config + 1};
	int r = voice_create(track, &talk->voice);

	if (r < 0) {
		diag_warn("the speaker's coding cannot be made: %s", strerror(-r));
		ipc_send(&talk->vault, IPC_TRACK, &talk->speaker, NULL, 0);
		return;
	}
	struct bytes config = voice_config(talk->voice);

	talk->speaker.codec = track->codec;
	talk->speaker.clock_hz = track->clock_hz;
	talk->speaker.channels = track->channels;
	ipc_send(&talk->vault, IPC_TRACK, &talk->speaker, config.data, config.size);
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
	talk->has_gap = ipc_try_send(&talk->vault, IPC_FRAME, &frame, output->data.data,
				     output->data.size) < 0;
	if (!talk->has_gap)
		talk->frame++;
}

static void take_frame(struct talk *talk, struct ipc_message *message)
{
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

typedef void talk_message_fn(struct talk *talk, struct ipc_message *message);

static void vault_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static talk_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_FEED_TRACK] = take_track,
		[IPC_FEED_FRAME] = take_frame,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

/* The talk is over, or the vault or the warden is gone. */
static void other_gone(struct ipc_channel *channel)
{
	struct talk *talk = channel->owner;

	loop_stop(talk->loop);
}

static void take_peer(struct talk *talk, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden sent a peer that a talk has no use for");
	int r = ipc_open(&talk->vault, talk->loop, take_fd(message->fd), PROC_TALK, PROC_VAULT,
			 vault_said, other_gone, talk);

	if (r < 0)
		fatal("cannot watch the vault's channel: %s", strerror(-r));
}

static void start(struct talk *talk, struct ipc_message *message)
{
	struct ipc_number ready = {0};
	int r = sandbox_enter(SANDBOX_TRANSCODE, NULL);

	(void)message;
	if (r < 0)
		fatal("cannot close the sandbox: %s", strerror(-r));
	ipc_send(&talk->warden, IPC_READY, &ready, NULL, 0);
}

static void stop(struct talk *talk, struct ipc_message *message)
{
	(void)message;
	loop_stop(talk->loop);
}

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static talk_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_PEER] = take_peer,
		[IPC_START] = start,
		[IPC_STOP] = stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

int main(void)
{
	static struct talk talk;

	diag_init("ward-talk");
	signal(SIGPIPE, SIG_IGN);
	int r = voice_warm_up();

	if (r == 0)
		r = loop_create(&talk.loop);
	if (r == 0)
		r = ipc_open(&talk.warden, talk.loop, WARDEN_FD, PROC_TALK, PROC_WARDEN,
			     warden_said, other_gone, &talk);
	if (r == 0)
		r = loop_run(talk.loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	if (talk.bad)
		diag_info("%llu packets could not be decoded", (unsigned long long)talk.bad);
	ipc_close(&talk.vault);
	ipc_close(&talk.warden);
	voice_destroy(talk.voice);
	loop_destroy(talk.loop);
	return r < 0;
}
