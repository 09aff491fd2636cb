/* ward-ear: hears crying, noise and alarms in one camera's microphone. Frames come from the vault
 * under a grant of the house's own, which stands in the log; what goes back is "it begins" and "it
 * is over". Nothing else leaves. What the camera's own speaker is given comes, too: a child that
 * cries out of it is none in the room. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ear/intake.h"
#include "ear/weights.h"
#include "proto/hear/exact.h"
#include "proto/hear/hear.h"
#include "proto/media/pieces.h"
#include "sound/decoder.h"
#include "worker/worker.h"

enum {
	PATCH_NS = 1000 * 1000 * 1000, /* about how far a first hit looks back to what it heard */
	MINUTES = 24 * 60,
	NOISE_DB_MAX = 60,
	RULES_VERSION = 1, /* of what is heard without a network */
};

/* The microphone, or the speaker. */
struct side {
	struct intake *intake; /* NULL: nothing comes that is known */
	struct pieces pieces;
	uint8_t unit[DECODER_INPUT_MAX];
};

struct ear {
	struct worker worker;
	struct ipc_hear rule;
	struct side mic, speaker;
	uint64_t bad; /* frames that could not be decoded */
	struct hear hear;
	struct hear_kit kit;
};

static struct ear *ear_of(struct worker *worker)
{
	return container_of(worker, struct ear, worker);
}

/* Mean square to decibels below full scale, a hundred times. */
static int32_t level_cdb(float level)
{
	return (int32_t)(301.03F * exact_log2(level + 1e-10F));
}

static void tell_cry(struct ear *ear, bool is_end, uint64_t at_ns)
{
	const struct episode *episode = &ear->hear.episode;
	struct ipc_heard heard = {
		.at_ns = at_ns,
		.kind = DIARY_CRY,
		.is_end = is_end,
		.score = (uint32_t)(episode->score * 1000) + 1,
		.level_cdb = level_cdb(episode->level),
		.version = ear->kit.net.version,
	};

	ipc_send(&ear->worker.vault, IPC_HEARD, &heard, NULL, 0);
}

static void tell_noise(struct ear *ear, enum episode_event event)
{
	const struct loud *loud = &ear->hear.watch.loud;
	bool is_end = event == EPISODE_ENDED;
	struct ipc_heard heard = {
		.at_ns = hear_frame_ns(is_end ? loud->last : loud->start),
		.kind = DIARY_NOISE,
		.is_end = is_end,
		.level_cdb = level_cdb(loud->level),
		.version = RULES_VERSION,
	};

	if (event != EPISODE_NONE)
		ipc_send(&ear->worker.vault, IPC_HEARD, &heard, NULL, 0);
}

static void tell_alarm(struct ear *ear, enum episode_event event)
{
	const struct alarm *alarm = &ear->hear.watch.alarm;
	bool is_end = event == EPISODE_ENDED;
	struct ipc_heard heard = {
		.at_ns = hear_frame_ns(is_end ? alarm->last : alarm->start),
		.kind = alarm->kind == ALARM_SMOKE ? DIARY_SMOKE : DIARY_ALARM,
		.is_end = is_end,
		.level_cdb = level_cdb(alarm->level),
		.version = RULES_VERSION,
	};

	if (event != EPISODE_NONE)
		ipc_send(&ear->worker.vault, IPC_HEARD, &heard, NULL, 0);
}

static void tell_watched(struct ear *ear)
{
	struct hear_watch *watch = &ear->hear.watch;

	tell_noise(ear, watch->loud_event);
	tell_alarm(ear, watch->alarm_event);
	watch->loud_event = watch->alarm_event = EPISODE_NONE;
}

static void vote(struct ear *ear, uint64_t now_ns)
{
	struct hear *hear = &ear->hear;
	const struct episode_rule *rule = &HEAR_RULES[ear->rule.cry];

	switch (episode_vote(&hear->episode, rule, hear->answer.score, hear->answer.level,
			     now_ns)) {
	case EPISODE_STARTED:
		tell_cry(ear, false, hear->episode.start_ns - PATCH_NS);
		break;
	case EPISODE_ENDED:
		tell_cry(ear, true, hear->episode.last_ns);
		break;
	case EPISODE_NONE:
		break;
	}
}

static float noise_limit(const struct ipc_hear *rule)
{
	return rule->noise_db ? exact_exp2(-0.33219281F * (float)rule->noise_db) : 0;
}

static void stop_hearing(struct ear *ear)
{
	struct hear *hear = &ear->hear;

	if (episode_cut(&hear->episode))
		tell_cry(ear, true, hear->episode.last_ns);
	if (loud_cut(&hear->watch.loud))
		tell_noise(ear, EPISODE_ENDED);
	if (alarm_cut(&hear->watch.alarm))
		tell_alarm(ear, EPISODE_ENDED);
	memset(hear, 0, sizeof(*hear));
	hear->watch.noise_limit = noise_limit(&ear->rule);
	hear->watch.for_alarms = ear->rule.alarms != 0;
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

static void hear_mic(struct ear *ear, const struct intake_output *output)
{
	if (output->after_gap)
		hear_gap(&ear->hear);
	if (output->count)
		hear_at(&ear->hear, output->pts_ns);
	for (size_t at = 0; at < output->count;) {
		bool answered;

		at += hear_take(&ear->hear, &ear->kit, output->samples + at, output->count - at,
				&answered);
		tell_watched(ear);
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

static struct side *side_of(struct ear *ear, uint32_t track)
{
	return track == TRACK_MIC ? &ear->mic : track == TRACK_SPEAKER ? &ear->speaker : NULL;
}

static void take_track(struct worker *worker, struct ipc_message *message)
{
	struct ear *ear = ear_of(worker);
	const struct ipc_track *track = message->body;
	struct bytes config = {message->tail, message->tail_size};
	struct side *side = side_of(ear, track->track);

	if (!side)
		return;
	intake_destroy(take(side->intake));
	side->pieces = (struct pieces){0};
	if (side == &ear->mic)
		stop_hearing(ear);
	if (track->codec == CODEC_NONE)
		return;
	int r = intake_create(track, config, &side->intake);

	if (r < 0)
		diag_warn("the camera's %s cannot be listened to: %s",
			  side == &ear->mic ? "sound" : "speaker",
			  r == -EPROTONOSUPPORT ? "its coding is not one that Ward knows"
						: strerror(-r));
}

/* true: `side` has a whole frame, which may be longer than any of sound and is then not all there.
 */
static bool take_piece(struct side *side, const struct ipc_message *message)
{
	const struct ipc_frame *piece = message->body;
	int event = pieces_take(&side->pieces, piece, message->tail_size);

	if (event < 0)
		fatal("the vault sent a piece of a frame that fits no frame");
	if (piece->size <= sizeof(side->unit))
		memcpy(side->unit + piece->offset, message->tail, message->tail_size);
	return event & PIECES_COMPLETES;
}

static void take_frame(struct worker *worker, struct ipc_message *message)
{
	struct ear *ear = ear_of(worker);
	const struct ipc_frame *piece = message->body;
	struct side *side = side_of(ear, piece->track);
	struct intake_output output;

	if (!side || !side->intake || !take_piece(side, message))
		return;
	if (is_quiet(&ear->rule)) {
		stop_hearing(ear);
		return;
	}
	if (piece->size > sizeof(side->unit) ||
	    intake_feed(side->intake, (struct bytes){side->unit, piece->size}, piece, &output) < 0)
		count_bad(ear);
	else if (side == &ear->mic)
		hear_mic(ear, &output);
	else
		hear_speaker(&ear->hear, &ear->kit, output.samples, output.count, output.pts_ns);
}

static void take_rule(struct worker *worker, struct ipc_message *message)
{
	const struct ipc_hear *rule = message->body;

	if (rule->cry >= HEAR_LEVEL_COUNT || rule->noise_db > NOISE_DB_MAX ||
	    rule->quiet_from_min >= MINUTES || rule->quiet_to_min >= MINUTES)
		fatal("the warden sent a rule that makes no sense");
	ear_of(worker)->rule = *rule;
	stop_hearing(ear_of(worker));
}

static int prepare(struct worker *worker)
{
	int r = intake_warm_up();

	tzset();
	return r < 0 ? r : hear_prepare(&ear_of(worker)->kit, weights_cry());
}

static void stop(struct worker *worker)
{
	stop_hearing(ear_of(worker));
}

static void finish(struct worker *worker)
{
	struct ear *ear = ear_of(worker);

	if (ear->bad)
		diag_info("%llu frames of sound could not be decoded",
			  (unsigned long long)ear->bad);
	intake_destroy(ear->mic.intake);
	intake_destroy(ear->speaker.intake);
}

static const struct worker_kind KIND = {
	.program = "ward-ear",
	.proc = PROC_EAR,
	.profile = SANDBOX_EAR,
	.prepare = prepare,
	.stop = stop,
	.finish = finish,
	.from_warden = {[IPC_HEAR] = take_rule},
	.from_vault = {[IPC_FEED_TRACK] = take_track, [IPC_FEED_FRAME] = take_frame},
};

int main(void)
{
	static struct ear ear;

	return worker_run(&ear.worker, &KIND);
}
