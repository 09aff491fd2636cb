#include "transcode/timeline.h"

#include <assert.h>
#include <stddef.h>

static const int64_t NS_PER_S = 1000000000;

void timeline_reset(struct timeline *timeline, uint32_t in_hz)
{
	assert(in_hz > 0 && in_hz <= TIMELINE_IN_HZ_MAX);
	*timeline = (struct timeline){.in_hz = in_hz};
}

static const struct timeline_mark *mark_at(const struct timeline *timeline, uint32_t index)
{
	return &timeline->marks[index % TIMELINE_MARKS_MAX];
}

void timeline_add(struct timeline *timeline, uint32_t samples, uint64_t pts_ns)
{
	timeline->marks[timeline->mark_count++ % TIMELINE_MARKS_MAX] =
		(struct timeline_mark){timeline->samples, pts_ns};
	timeline->samples += samples;
}

uint64_t timeline_end_ns(const struct timeline *timeline)
{
	assert(timeline->mark_count > 0);
	const struct timeline_mark *last = mark_at(timeline, timeline->mark_count - 1);
	uint64_t samples = timeline->samples - last->sample;

	return last->pts_ns + samples * (uint64_t)NS_PER_S / timeline->in_hz;
}

uint64_t timeline_pts_ns(const struct timeline *timeline, int64_t sample)
{
	assert(timeline->mark_count > 0);
	uint32_t kept = timeline->mark_count < TIMELINE_MARKS_MAX ? timeline->mark_count
								  : TIMELINE_MARKS_MAX;
	int64_t ahead = 0; /* of the mark, in 1 / (in_hz * TIMELINE_OUT_HZ) seconds */
	const struct timeline_mark *mark = NULL;

	/* The newest mark that does not lie behind the sample, or the oldest there is. */
	for (uint32_t back = 1; back <= kept; back++) {
		mark = mark_at(timeline, timeline->mark_count - back);
		ahead = sample * (int64_t)timeline->in_hz -
			(int64_t)mark->sample * TIMELINE_OUT_HZ;
		if (ahead >= 0)
			break;
	}
	int64_t unit_hz = (int64_t)timeline->in_hz * TIMELINE_OUT_HZ;
	int64_t seconds = ahead / unit_hz, rest = ahead % unit_hz;

	/* Fits: at 96 kHz `rest` is below 4.7e9. */
	return mark->pts_ns + (uint64_t)(seconds * NS_PER_S + rest * NS_PER_S / unit_hz);
}
