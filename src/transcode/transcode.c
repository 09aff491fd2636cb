/* ward-transcode: makes one camera's sound playable in browsers, while somebody listens. Frames of
 * TRACK_MIC come from the vault, Opus goes back to it as TRACK_LISTEN; the vault decides who hears
 * it, as with everything. While somebody talks TRACK_SPEAKER comes, too: its echo is taken out. The
 * vault ends the process by closing its channel. */
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "proto/media/pieces.h"
#include "sound/decoder.h"
#include "transcode/hush.h"
#include "transcode/recoder.h"
#include "worker/worker.h"

/* A frame on its way in. */
struct side {
	struct pieces pieces;
	uint8_t unit[DECODER_INPUT_MAX];
};

struct transcode {
	struct worker worker;
	struct recoder *recoder;
	struct hush *hush;
	struct side mic, speaker;
	struct ipc_track listen; /* as last told to the vault */
	uint64_t frame;		 /* number of the newest one sent */
	bool has_gap;		 /* one was dropped since */
	uint64_t bad;		 /* frames that could not be decoded */
};

static struct transcode *transcode_of(struct worker *worker)
{
	return container_of(worker, struct transcode, worker);
}

static void tell_track(struct transcode *transcode, uint32_t camera, enum media_codec codec)
{
	struct ipc_track track = {
		.camera = camera,
		.track = TRACK_LISTEN,
		.codec = codec,
		.config = transcode->listen.config + 1,
		.clock_hz = RECODER_HZ,
		.channels = transcode->recoder ? recoder_channels(transcode->recoder) : 0,
	};

	transcode->listen = track;
	ipc_send(&transcode->worker.vault, IPC_TRACK, &track, NULL, 0);
}

static void take_mic(struct transcode *transcode, const struct ipc_track *track, struct bytes config)
{
	recoder_destroy(take(transcode->recoder));
	transcode->mic.pieces = (struct pieces){0};
	if (track->codec == CODEC_NONE) {
		tell_track(transcode, track->camera, CODEC_NONE);
		return;
	}
	int r = recoder_create(track, config, &transcode->recoder);

	if (r < 0) {
		diag_warn("the camera's sound cannot be played: %s",
			  r == -EPROTONOSUPPORT ? "its coding is not one that Ward knows"
						: strerror(-r));
		tell_track(transcode, track->camera, CODEC_NONE);
		return;
	}
	recoder_set_filter(transcode->recoder, hush_filter, transcode->hush);
	tell_track(transcode, track->camera, CODEC_OPUS);
}

static void take_speaker(struct transcode *transcode, const struct ipc_track *track,
			 struct bytes config)
{
	transcode->speaker.pieces = (struct pieces){0};
	if (hush_take_track(transcode->hush, track, config) < 0)
		diag_warn("what the speaker takes cannot be decoded: its echo will be heard");
}

static void take_track(struct worker *worker, struct ipc_message *message)
{
	struct transcode *transcode = transcode_of(worker);
	const struct ipc_track *track = message->body;
	struct bytes config = {message->tail, message->tail_size};

	if (track->track == TRACK_MIC)
		take_mic(transcode, track, config);
	else if (track->track == TRACK_SPEAKER)
		take_speaker(transcode, track, config);
}

static void send_block(void *context, const struct recoder_output *output)
{
	struct transcode *transcode = context;
	struct ipc_frame frame = {
		.frame = transcode->frame + 1,
		.keep_from = transcode->frame + 1,
		.pts_ns = output->pts_ns,
		.camera = transcode->listen.camera,
		.track = TRACK_LISTEN,
		.size = (uint32_t)output->data.size,
		.flags = FRAME_KEY | (output->after_gap || transcode->has_gap ? FRAME_AFTER_GAP : 0),
		.config = transcode->listen.config,
	};

	/* A vault that does not read loses sound; it never gets it late. */
	transcode->has_gap = ipc_try_send(&transcode->worker.vault, IPC_FRAME, &frame,
					  output->data.data, output->data.size) < 0;
	if (!transcode->has_gap)
		transcode->frame++;
}

static void count_bad(struct transcode *transcode)
{
	transcode->bad++;
	if (transcode->bad == 1)
		diag_warn("a frame of the camera's sound cannot be decoded and is skipped");
}

/* true: `side` has a whole frame that is no longer than any of sound. */
static bool take_piece(struct side *side, const struct ipc_message *message)
{
	const struct ipc_frame *piece = message->body;
	int event = pieces_take(&side->pieces, piece, message->tail_size);

	if (event < 0)
		fatal("the vault sent a piece of a frame that fits no frame");
	if (piece->size > sizeof(side->unit))
		return false;
	memcpy(side->unit + piece->offset, message->tail, message->tail_size);
	return event & PIECES_COMPLETES;
}

static void take_mic_piece(struct transcode *transcode, const struct ipc_message *message)
{
	const struct ipc_frame *piece = message->body;

	if (!transcode->recoder)
		return;
	if (!take_piece(&transcode->mic, message)) {
		if (piece->size > sizeof(transcode->mic.unit) && piece->offset == 0)
			count_bad(transcode);
		return;
	}
	struct recoder_input input = {
		.data = {transcode->mic.unit, piece->size},
		.pts_ns = piece->pts_ns,
		.after_gap = piece->flags & FRAME_AFTER_GAP,
	};

	if (recoder_feed(transcode->recoder, &input, send_block, transcode) < 0)
		count_bad(transcode);
}

static void take_frame(struct worker *worker, struct ipc_message *message)
{
	struct transcode *transcode = transcode_of(worker);
	const struct ipc_frame *piece = message->body;

	if (piece->track == TRACK_MIC)
		take_mic_piece(transcode, message);
	else if (piece->track == TRACK_SPEAKER && take_piece(&transcode->speaker, message))
		hush_take_speaker(transcode->hush,
				  (struct bytes){transcode->speaker.unit, piece->size});
}

static int prepare(struct worker *worker)
{
	int r = recoder_warm_up();

	return r < 0 ? r : hush_create(&transcode_of(worker)->hush);
}

static void finish(struct worker *worker)
{
	struct transcode *transcode = transcode_of(worker);

	if (transcode->bad)
		diag_info("%llu frames of sound could not be decoded",
			  (unsigned long long)transcode->bad);
	recoder_destroy(transcode->recoder);
	hush_destroy(transcode->hush);
}

static const struct worker_kind KIND = {
	.program = "ward-transcode",
	.proc = PROC_TRANSCODE,
	.profile = SANDBOX_TRANSCODE,
	.prepare = prepare,
	.finish = finish,
	.from_vault = {[IPC_FEED_TRACK] = take_track, [IPC_FEED_FRAME] = take_frame},
};

int main(void)
{
	static struct transcode transcode;

	return worker_run(&transcode.worker, &KIND);
}
