#include "rtc/level.h"

/* An estimate this old says nothing: the viewer stopped giving any. */
#define ESTIMATE_NS (5 * CLOCK_NS_PER_S)
/* So does a report: the next one comes after 7.5 s at the latest (RFC 3550 §6.2). */
#define REPORT_NS (8 * CLOCK_NS_PER_S)

enum {
	LOSS_BAD_PERCENT = 10,
	NEED_PERCENT = 85,  /* of the rate: below that it cannot work */
	ROOM_PERCENT = 120, /* of the rate: enough to try */
	QUEUE_BAD_MS = 500, /* on top of the least round trip */
};

void level_init(struct level *level, uint64_t now_ns)
{
	*level = (struct level){
		.level = VIEW_FULL, .changed_ns = now_ns, .up_wait_ns = LEVEL_UP_FIRST_NS};
}

void level_note_estimate(struct level *level, uint64_t bps, uint64_t now_ns)
{
	level->estimate_bps = bps;
	level->estimate_ns = now_ns;
}

void level_note_report(struct level *level, const struct level_report *report, uint64_t now_ns)
{
	uint32_t least_ms = level->round_trip_least_ms;

	level->report_counts = level->reported_ns > level->changed_ns;
	level->report = *report;
	level->reported_ns = now_ns;
	if (report->round_trip_ms && (least_ms == 0 || report->round_trip_ms < least_ms))
		level->round_trip_least_ms = report->round_trip_ms;
}

void level_note_drop(struct level *level)
{
	level->drops++;
}

static bool has_estimate(const struct level *level, uint64_t now_ns)
{
	return level->estimate_ns && now_ns - level->estimate_ns < ESTIMATE_NS;
}

/* Loss counts always; a queue only for viewers that give no estimate, which knows of it sooner. */
static bool is_reported_slow(const struct level *level, uint64_t now_ns)
{
	const struct level_report *report = &level->report;

	if (!level->report_counts || now_ns - level->reported_ns >= REPORT_NS)
		return false;
	if (report->lost_percent >= LOSS_BAD_PERCENT)
		return true;
	return !has_estimate(level, now_ns) &&
	       report->round_trip_ms > level->round_trip_least_ms + QUEUE_BAD_MS;
}

/* One bad second proves nothing: an estimate starts low, and a busy box drops frames once. */
static bool is_too_slow(const struct level *level, uint64_t rate_bps, uint64_t now_ns)
{
	bool is_below = has_estimate(level, now_ns) && rate_bps &&
			level->estimate_bps < rate_bps * NEED_PERCENT / 100;

	/* A burst of a whole group of pictures may overflow a queue that the stream itself fits. */
	if (now_ns - level->changed_ns < LEVEL_GRACE_NS)
		return false;
	return is_below || level->drops || is_reported_slow(level, now_ns);
}

static void level_set(struct level *level, enum view_level to, uint64_t now_ns)
{
	bool is_down = to > level->level;

	if (is_down && now_ns - level->changed_ns < LEVEL_SETTLE_NS && level->up_wait_ns)
		level->up_wait_ns = level->up_wait_ns * 2 < LEVEL_UP_MAX_NS ? level->up_wait_ns * 2
									    : LEVEL_UP_MAX_NS;
	level->level = to;
	level->changed_ns = now_ns;
	level->good_since_ns = 0;
	level->bad_score = 0;
	level->report_counts = false;
}

static enum view_level level_below(enum view_level level, bool has_sub)
{
	if (level == VIEW_FULL && has_sub)
		return VIEW_SUB;
	return level < VIEW_KEYS ? VIEW_KEYS : level;
}

static enum view_level level_above(enum view_level level, bool has_sub)
{
	if (level == VIEW_KEYS && has_sub)
		return VIEW_SUB;
	return VIEW_FULL;
}

static bool step_down(struct level *level, uint64_t rate_bps, bool has_sub, uint64_t now_ns)
{
	enum view_level below = level_below(level->level, has_sub);

	if (!is_too_slow(level, rate_bps, now_ns)) {
		level->bad_score -= level->bad_score > 0;
		return false;
	}
	level->bad_score += 2;
	if (level->bad_score < LEVEL_DOWN_SCORE || below == level->level)
		return false;
	level_set(level, below, now_ns);
	return true;
}

/* Below the full picture the estimate cannot grow past what is sent, so time decides; an estimate
 * that already has the room shortens the wait. */
static bool step_up(struct level *level, uint64_t above_bps, bool has_sub, uint64_t now_ns)
{
	bool has_room = has_estimate(level, now_ns) && above_bps &&
			level->estimate_bps > above_bps * ROOM_PERCENT / 100;

	if (level->level == VIEW_FULL || level->bad_score) {
		level->good_since_ns = 0;
		return false;
	}
	if (level->good_since_ns == 0)
		level->good_since_ns = now_ns;
	uint64_t wait_ns = has_room ? level->up_wait_ns / 2 : level->up_wait_ns;

	if (now_ns - level->good_since_ns < wait_ns)
		return false;
	level_set(level, level_above(level->level, has_sub), now_ns);
	return true;
}

bool level_step(struct level *level, uint64_t full_bps, uint64_t sub_bps, bool has_sub,
		uint64_t now_ns)
{
	/* Of key frames there are so few that their rate is not worth counting. */
	uint64_t rate_bps = level->level == VIEW_FULL ? full_bps : sub_bps;
	uint64_t above_bps = level->level == VIEW_KEYS && has_sub ? sub_bps : full_bps;

	if (level->level == VIEW_KEYS)
		rate_bps = 0;
	bool has_changed = step_down(level, rate_bps, has_sub, now_ns) ||
			   step_up(level, above_bps, has_sub, now_ns);

	level->drops = 0;
	return has_changed;
}
