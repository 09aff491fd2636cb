/* ward-ear: hears crying in one camera's microphone. Frames come from the vault under a grant of
 * the house's own, which stands in the log; what goes back is "it begins" and "it is over". Nothing
 * else leaves. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ear/intake.h"
#include "ear/weights.h"
#include "ipc/ipc.h"
#include "proto/hear/exact.h"
#include "proto/hear/hear.h"
#include "proto/media/pieces.h"
#include "sandbox/sandbox.h"
#include "sound/decoder.h"

enum {
	WARDEN_FD = 3,
	PATCH_NS = 1000 * 1000 * 1000, /* about how far a first hit looks back to what it heard */
	MINUTES = 24 * 60,
};

struct ear {
	struct loop *loop;
	struct ipc_channel warden, vault;
	struct ipc_hear rule;
	struct intake *intake;
	struct pieces pieces;
	uint64_t bad; /* frames that could not be decoded */
	uint8_t unit[DECODER_INPUT_MAX];
	struct hear hear;
	struct hear_kit kit;
};

/* Mean square to decibels below full scale, a hundred times. */
static int32_t level_cdb(float level)
{
	return (int32_t)(301.03F * exact_log2(level + 1e-10F));
}

static void tell(struct ear *ear, bool is_end, uint64_t at_ns)
{
	const struct episode *episode = &ear->hear.episode;
	struct ipc_heard heard = {
		.at_ns = at_ns,
		.is_end = is_end,
		.score = (uint32_t)(episode->score * 1000) + 1,
		.level_cdb = level_cdb(episode->level),
		.version = ear->kit.net.version,
	};

	ipc_send(&ear->vault, IPC_HEARD, &heard, NULL, 0);
}

static void vote(struct ear *ear, uint64_t now_ns)
{
	struct hear *hear = &ear->hear;
	const struct episode_rule *rule = &HEAR_RULES[ear->rule.cry];

	switch (episode_vote(&hear->episode, rule, hear->answer.score, hear->answer.level,
			     now_ns)) {
	case EPISODE_STARTED:
		tell(ear, false, hear->episode.start_ns - PATCH_NS);
		break;
	case EPISODE_ENDED:
		tell(ear, true, hear->episode.last_ns);
		break;
	case EPISODE_NONE:
		break;
	}
}

static void stop_hearing(struct ear *ear)
{
	if (episode_cut(&ear->hear.episode))
		tell(ear, true, ear->hear.episode.last_ns);
	memset(&ear->hear, 0, sizeof(ear->hear));
}

/* By the wall clock of the household: the zone was read before the sandbox closed. */
static bool is_quiet(const struct ipc_hear *rule)
{
	time_t now = (time_t)(clock_real_us() / 1000000);
	struct tm local;

	if (rule->quiet_from_min == rule->quiet_to_min || !localtime_r(&now, &local))
		return false;
	uint32_t minute = (uint32_t)(local.tm_hour * 60 + local.tm_min);
	uint32_t length = (rule->quiet_to_min + MINUTES - rule->quiet_from_min) % MINUTES;

	return (minute + MINUTES - rule->quiet_from_min) % MINUTES < length;
}

static void hear_samples(struct ear *ear, const struct intake_output *output)
{
	if (output->after_gap)
		hear_gap(&ear->hear);
	for (size_t at = 0; at < output->count;) {
		bool answered;

		at += hear_take(&ear->hear, &ear->kit, output->samples + at, output->count - at,
				&answered);
		if (answered)
			vote(ear, output->pts_ns + at * CLOCK_NS_PER_S / INTAKE_HZ);
	}
}

static void count_bad(struct ear *ear)
{
	ear->bad++;
	if (ear->bad == 1)
		diag_warn("a frame of the camera's sound cannot be decoded and is skipped");
}

static void take_track(struct ear *ear, struct ipc_message *message)
{
	const struct ipc_track *track = message->body;
	struct bytes config = {message->tail, message->tail_size};

	if (track->track != TRACK_MIC)
		return;
	intake_destroy(ear->intake);
	ear->intake = NULL;
	ear->pieces = (struct pieces){0};
	stop_hearing(ear);
	if (track->codec == CODEC_NONE)
		return;
	int r = intake_create(track, config, &ear->intake);

	if (r < 0)
		diag_warn("the camera's sound cannot be listened to: %s",
			  r == -EPROTONOSUPPORT ? "its coding is not one that Ward knows"
						: strerror(-r));
}

static void take_frame(struct ear *ear, struct ipc_message *message)
{
	const struct ipc_frame *piece = message->body;
	struct intake_output output;

	if (piece->track != TRACK_MIC || !ear->intake)
		return;
	int event = pieces_take(&ear->pieces, piece, message->tail_size);

	if (event < 0)
		fatal("the vault sent a piece of a frame that fits no frame");
	/* Longer than any frame of sound: its pieces go by. */
	if (piece->size <= sizeof(ear->unit))
		memcpy(ear->unit + piece->offset, message->tail, message->tail_size);
	if (!(event & PIECES_COMPLETES))
		return;
	if (is_quiet(&ear->rule)) {
		stop_hearing(ear);
		return;
	}
	if (piece->size > sizeof(ear->unit) ||
	    intake_feed(ear->intake, (struct bytes){ear->unit, piece->size}, piece, &output) < 0)
		count_bad(ear);
	else
		hear_samples(ear, &output);
}

typedef void ear_message_fn(struct ear *ear, struct ipc_message *message);

static void vault_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static ear_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_FEED_TRACK] = take_track,
		[IPC_FEED_FRAME] = take_frame,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

/* The vault or the warden is gone. */
static void other_gone(struct ipc_channel *channel)
{
	struct ear *ear = channel->owner;

	loop_stop(ear->loop);
}

static void take_peer(struct ear *ear, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden sent a peer that an ear has no use for");
	ipc_close(&ear->vault);
	ear->vault = (struct ipc_channel){0};
	int r = ipc_open(&ear->vault, ear->loop, take_fd(message->fd), PROC_EAR, PROC_VAULT,
			 vault_said, other_gone, ear);

	if (r < 0)
		fatal("cannot watch the vault's channel: %s", strerror(-r));
}

static void take_rule(struct ear *ear, struct ipc_message *message)
{
	const struct ipc_hear *rule = message->body;

	if (rule->cry >= HEAR_LEVEL_COUNT || rule->quiet_from_min >= MINUTES ||
	    rule->quiet_to_min >= MINUTES)
		fatal("the warden sent a rule that makes no sense");
	ear->rule = *rule;
}

static void start(struct ear *ear, struct ipc_message *message)
{
	struct ipc_number ready = {0};
	int r = sandbox_enter(SANDBOX_EAR, NULL);

	(void)message;
	if (r < 0)
		fatal("cannot close the sandbox: %s", strerror(-r));
	ipc_send(&ear->warden, IPC_READY, &ready, NULL, 0);
}

static void stop(struct ear *ear, struct ipc_message *message)
{
	(void)message;
	stop_hearing(ear);
	loop_stop(ear->loop);
}

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static ear_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_PEER] = take_peer,
		[IPC_HEAR] = take_rule,
		[IPC_START] = start,
		[IPC_STOP] = stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

static int prepare(struct ear *ear)
{
	int r = intake_warm_up();

	tzset();
	if (r == 0)
		r = hear_prepare(&ear->kit, weights_cry());
	if (r == 0)
		r = loop_create(&ear->loop);
	if (r == 0)
		r = ipc_open(&ear->warden, ear->loop, WARDEN_FD, PROC_EAR, PROC_WARDEN, warden_said,
			     other_gone, ear);
	return r;
}

int main(int argc, char **argv)
{
	static struct ear ear;

	(void)argc;
	(void)argv;
	diag_init("ward-ear");
	signal(SIGPIPE, SIG_IGN);
	int r = prepare(&ear);

	if (r == 0)
		r = loop_run(ear.loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	if (ear.bad)
		diag_info("%llu frames of sound could not be decoded", (unsigned long long)ear.bad);
	ipc_close(&ear.vault);
	ipc_close(&ear.warden);
	intake_destroy(ear.intake);
	loop_destroy(ear.loop);
	return r < 0;
}
