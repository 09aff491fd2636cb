#include "proto/mp4/mp4_plan.h"

#include <errno.h>
#include <stdlib.h>

void mp4_plan_init(struct mp4_plan *plan, struct mp4_clip *clip, struct ipc_segment *segments,
		   uint32_t tracks)
{
	*plan = (struct mp4_plan){.clip = clip, .segments = segments, .tracks = tracks};
}

int mp4_plan_list(struct mp4_plan *plan, struct bytes rows)
{
	struct ipc_segment row;

	for (size_t at = 0; at + sizeof(row) <= rows.size; at += sizeof(row)) {
		memcpy(&row, rows.data + at, sizeof(row));
		if (row.track >= TRACK_COUNT || !(plan->tracks & TRACK_BIT(row.track)))
			continue;
		if (plan->count == MP4_CLIP_PARTS_MAX)
			return -EMSGSIZE;
		plan->segments[plan->count++] = row;
	}
	return 0;
}

static int order_of(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare(const void *left, const void *right)
{
	struct ipc_segment a, b;
	int order;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	order = order_of(a.start_us, b.start_us);
	if (!order)
		order = order_of(a.track, b.track);
	if (!order)
		order = order_of(a.epoch_us, b.epoch_us);
	return order ? order : order_of(a.number, b.number);
}

void mp4_plan_sort(struct mp4_plan *plan)
{
	uint32_t kept = 0;

	qsort(plan->segments, plan->count, sizeof(*plan->segments), compare);
	for (uint32_t i = 0; i < plan->count; i++)
		if (kept == 0 || compare(&plan->segments[kept - 1], &plan->segments[i]) != 0)
			plan->segments[kept++] = plan->segments[i];
	plan->count = kept;
}

/* The format of a fragment; -ENOENT: it was not read yet. */
static int entry_of(const struct mp4_plan *plan, const struct ipc_segment *segment)
{
	for (unsigned i = 0; i < plan->init_count; i++)
		if (plan->inits[i].epoch_us == segment->epoch_us &&
		    plan->inits[i].number == segment->init &&
		    plan->inits[i].track == segment->track)
			return (int)plan->inits[i].entry;
	return -ENOENT;
}

bool mp4_plan_next(const struct mp4_plan *plan, struct ipc_play_read *ret_ask)
{
	const struct ipc_segment *segment = &plan->segments[plan->next];

	if (plan->next == plan->count)
		return false;
	ret_ask->track = segment->track;
	ret_ask->epoch_us = segment->epoch_us;
	ret_ask->what = PLAY_HEAD;
	ret_ask->number = segment->number;
	if (entry_of(plan, segment) < 0) {
		ret_ask->what = PLAY_INIT;
		ret_ask->number = segment->init;
	}
	return true;
}

static int take_init(struct mp4_plan *plan, const struct ipc_segment *segment, struct bytes data)
{
	if (plan->init_count == MP4_PLAN_INITS_MAX)
		return -EMSGSIZE;
	int entry = mp4_clip_add_init(plan->clip, segment->track, data);

	if (entry < 0)
		return entry;
	plan->inits[plan->init_count].epoch_us = segment->epoch_us;
	plan->inits[plan->init_count].number = segment->init;
	plan->inits[plan->init_count].track = segment->track;
	plan->inits[plan->init_count++].entry = (unsigned)entry;
	return 0;
}

int mp4_plan_take(struct mp4_plan *plan, struct bytes data)
{
	const struct ipc_segment *segment = &plan->segments[plan->next];
	int entry = entry_of(plan, segment);

	if (entry < 0)
		return take_init(plan, segment, data);

	struct mp4_clip_fragment fragment = {
		.number = plan->next, .entry = (unsigned)entry, .head = data};
	int r = mp4_clip_add_fragment(plan->clip, &fragment);

	if (r == 0)
		plan->next++;
	return r;
}

void mp4_plan_skip(struct mp4_plan *plan)
{
	plan->next++;
}

void mp4_plan_name_part(const struct mp4_plan *plan, const struct mp4_part *part,
			struct ipc_play_read *ret_ask)
{
	const struct ipc_segment *segment = &plan->segments[part->fragment];

	ret_ask->what = PLAY_FRAGMENT;
	ret_ask->track = segment->track;
	ret_ask->epoch_us = segment->epoch_us;
	ret_ask->number = segment->number;
}
