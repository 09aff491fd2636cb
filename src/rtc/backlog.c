#include "rtc/backlog.h"

#include <assert.h>

static struct backlog_entry *entry_at(struct backlog *backlog, uint32_t index)
{
	return &backlog->entry[(backlog->head + index) % BACKLOG_MAX];
}

static void backlog_pop(struct backlog *backlog)
{
	frame_unref(take(entry_at(backlog, 0)->frame));
	backlog->head = (backlog->head + 1) % BACKLOG_MAX;
	backlog->count--;
	backlog->packet = 0;
	if (backlog->count == 0)
		backlog->burst_until_ns = 0;
}

void backlog_clear(struct backlog *backlog)
{
	while (backlog->count)
		backlog_pop(backlog);
}

void backlog_push(struct backlog *backlog, struct frame *frame, uint64_t now_ns)
{
	if (backlog->count == BACKLOG_MAX)
		backlog_clear(backlog);
	*entry_at(backlog, backlog->count++) = (struct backlog_entry){frame_ref(frame), now_ns};
}

void backlog_start_burst(struct backlog *backlog, uint64_t now_ns)
{
	backlog->burst_until_ns = now_ns + BACKLOG_BURST_NS;
}

struct frame *backlog_head(const struct backlog *backlog)
{
	return backlog->count ? backlog->entry[backlog->head].frame : NULL;
}

void backlog_sent(struct backlog *backlog, uint32_t packets, uint64_t bytes)
{
	struct frame *frame = backlog_head(backlog);

	assert(frame && backlog->packet + packets <= frame->packet_count);
	backlog->allowance -= (int64_t)bytes;
	backlog->packet += packets;
	if (backlog->packet == frame->packet_count)
		backlog_pop(backlog);
}

static uint64_t floor_bps(const struct backlog *backlog)
{
	return backlog->floor_bps ? backlog->floor_bps : BACKLOG_PACE_FLOOR_BPS;
}

static uint64_t pace_bps(const struct backlog *backlog, uint32_t rate_bps)
{
	uint64_t floor = floor_bps(backlog);
	uint64_t pace = (uint64_t)rate_bps * BACKLOG_PACE_PERCENT / 100;

	/* Where packets are lost at the floor, twice the stream's rate is not the answer. */
	return pace > floor && !backlog->floor_bps ? pace : floor;
}

void backlog_ease(struct backlog *backlog, uint32_t rate_bps, uint64_t now_ns)
{
	uint64_t least = (uint64_t)rate_bps * BACKLOG_PACE_LOSSY_PERCENT / 100;
	uint64_t floor = floor_bps(backlog) * 6 / 10;

	if (rate_bps == 0 || now_ns - backlog->eased_ns < BACKLOG_EASE_NS)
		return;
	backlog->floor_bps = floor > least ? floor : least;
	backlog->eased_ns = now_ns;
}

void backlog_recover(struct backlog *backlog, uint64_t now_ns)
{
	if (!backlog->floor_bps || now_ns - backlog->eased_ns < BACKLOG_RECOVER_NS)
		return;
	backlog->floor_bps += backlog->floor_bps / 10;
	if (backlog->floor_bps >= BACKLOG_PACE_FLOOR_BPS)
		backlog->floor_bps = 0;
}

void backlog_charge(struct backlog *backlog, uint64_t bytes)
{
	backlog->allowance -= (int64_t)bytes;
}

uint64_t backlog_wait_ns(struct backlog *backlog, uint32_t rate_bps, uint64_t now_ns)
{
	uint64_t pace = pace_bps(backlog, rate_bps);
	uint64_t passed_ns = now_ns - backlog->filled_ns;

	if (passed_ns >= CLOCK_NS_PER_S)
		backlog->allowance = BACKLOG_AT_ONCE;
	else
		backlog->allowance += (int64_t)(pace / 8 * passed_ns / CLOCK_NS_PER_S);
	if (backlog->allowance > BACKLOG_AT_ONCE)
		backlog->allowance = BACKLOG_AT_ONCE;
	backlog->filled_ns = now_ns;
	if (backlog->allowance > 0)
		return 0;
	return (uint64_t)(1 - backlog->allowance) * 8 * CLOCK_NS_PER_S / pace + 1;
}

/* Index of the first key frame after the head, or of the last one; the count if there is none. */
static uint32_t find_key(struct backlog *backlog, bool wants_last)
{
	uint32_t found = backlog->count;

	for (uint32_t i = 1; i < backlog->count; i++) {
		if (!entry_at(backlog, i)->frame->is_key)
			continue;
		found = i;
		if (!wants_last)
			break;
	}
	return found;
}

bool backlog_drop_late(struct backlog *backlog, uint64_t now_ns)
{
	bool has_dropped = false;

	if (now_ns < backlog->burst_until_ns)
		return false;
	while (backlog->count && now_ns - entry_at(backlog, 0)->released_ns > BACKLOG_LATE_NS) {
		for (uint32_t left = find_key(backlog, false); left > 0; left--)
			backlog_pop(backlog);
		has_dropped = true;
	}
	return has_dropped;
}

bool backlog_skip_to_key(struct backlog *backlog)
{
	uint32_t key = find_key(backlog, true);

	if (key == backlog->count)
		return backlog->count && backlog->packet == 0 && backlog_head(backlog)->is_key;
	for (uint32_t left = key; left > 0; left--)
		backlog_pop(backlog);
	return true;
}
