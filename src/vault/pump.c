#include "vault/pump.h"

#include <assert.h>

#include "base/clock.h"
#include "base/diag.h"

static const struct track *track_of(const struct grant *grant, uint32_t number)
{
	return &grant->camera->tracks[number];
}

static bool has_track(const struct grant *grant, enum media_track number)
{
	return (grant->tracks & TRACK_BIT(number)) && track_of(grant, number)->format.codec;
}

/* The picture that the viewer's level asks for; of two the smaller one gives the key frames too. */
static enum media_track target_video(const struct grant *grant)
{
	return grant->level != VIEW_FULL && has_track(grant, TRACK_SUB) ? TRACK_SUB : TRACK_VIDEO;
}

/* Sound as it comes, or what transcode makes of it; both while somebody talks at a camera whose sound
 * is heard as it comes: rtc goes over to what is without that voice as soon as it is there. */
static uint32_t sounds_of(const struct grant *grant)
{
	const uint32_t both = TRACK_BIT(TRACK_MIC) | TRACK_BIT(TRACK_LISTEN);
	uint32_t set = grant->tracks & both;

	return set == both && !grant->camera->is_talked_at ? TRACK_BIT(TRACK_MIC) : set;
}

/* No smaller picture: then key frames of the big one. */
static bool only_keys(const struct grant *grant)
{
	return grant->level == VIEW_KEYS ||
	       (grant->level == VIEW_SUB && target_video(grant) != TRACK_SUB);
}

/* ---- which tracks are fed for this viewer ---- */

static void want(struct grant *grant, uint32_t number, bool is_wanted)
{
	struct grants *all = grant->all;
	struct track *track = &grant->camera->tracks[number];
	struct grant_track *at = &grant->at[number];

	if (at->is_wanted == is_wanted)
		return;
	at->is_wanted = is_wanted;
	at->next = 0;
	track->wanted += is_wanted ? 1U : -1U;
	if (track->wanted == 1 && is_wanted)
		feed_want(all->feed, &track->cursor, track);
	else if (track->wanted == 0)
		feed_unwant(&track->cursor);
	else
		return;
	if (number == TRACK_LISTEN && all->listener.listening)
		all->listener.listening(all->listener.context, grant->camera);
}

void pump_choose(struct grant *grant)
{
	uint32_t set = sounds_of(grant);

	if (grant->level != VIEW_SOUND)
		set |= TRACK_BIT(grant->video) | TRACK_BIT(target_video(grant));
	set &= grant->tracks;
	for (uint32_t i = 0; i < TRACK_COUNT; i++)
		want(grant, i, (set & TRACK_BIT(i)) != 0);
}

void pump_unchoose(struct grant *grant)
{
	for (uint32_t i = 0; i < TRACK_COUNT; i++)
		want(grant, i, false);
}

/* ---- releasing ---- */

/* The newest key frame, if rtc has it. */
static uint64_t fed_key(const struct track *track)
{
	uint64_t key = track->gop.key;

	return key >= track->cursor.first && key < track->cursor.next ? key : 0;
}

/* Where this viewer goes on: 0 if there is nothing for it. One that could not be told for a while
 * leaves out what rtc may have forgotten, rather than run behind. */
static uint64_t place_video(const struct grant_track *at, const struct track *track)
{
	uint64_t key = fed_key(track);

	if (at->next == 0 || at->next < track->cursor.first || at->next < key)
		return key;
	return at->next;
}

static uint64_t place_sound(const struct grant_track *at, const struct track *track)
{
	uint64_t end = track->cursor.next;

	if (at->next == 0 || at->next < track->cursor.first || at->next < gop_oldest(&track->gop) ||
	    end - at->next > FEED_SOUND_KEPT)
		return end - 1;
	return at->next;
}

/* Many viewers of one frame cost one message. What the socket cannot take waits in order: it is no
 * more than what rtc was fed, since a hung rtc is fed nothing. */
static void pump_flush(struct grants *grants)
{
	struct release_batch *batch = &grants->releases;
	struct ipc_number count = {.value = batch->count};

	if (batch->count == 0)
		return;
	batch->count = 0;
	ipc_send(grants->rtc, IPC_RELEASES, &count, batch->list, count.value * sizeof(*batch->list));
}

/* The one place where pictures and sound are let out. The grant's entry is on disk, or this does
 * not return. */
static void release(struct grant *grant, const struct ipc_release *range, uint64_t bytes)
{
	struct release_batch *batch = &grant->all->releases;

	assert(grant->state == GRANT_OPEN);
	assert(grant->log_seq < log_durable_size(grant->all->journal->log));
	assert(grant->tracks & TRACK_BIT(range->track));
	if (batch->count == RELEASES_MAX)
		pump_flush(grant->all);
	batch->list[batch->count++] = *range;
	lease_use(&grant->lease, bytes);
}

/* One run of frames from `number` on that all may go: its count and bytes. */
static uint64_t measure_run(struct grant *grant, const struct track *track, uint64_t number,
			    uint64_t *ret_bytes)
{
	uint64_t now = loop_now_ns(grant->all->loop), bytes = 0, count = 0;
	bool keys = only_keys(grant) && track_is_video(track->format.track);

	while (number + count < track->cursor.next) {
		const struct gop_frame *frame = gop_find(&track->gop, number + count);

		if (!frame || (keys && count > 0))
			break;
		if (!lease_may(&grant->lease, now, bytes + frame->size)) {
			grant->starved_bytes = frame->size;
			break;
		}
		bytes += frame->size;
		count++;
	}
	*ret_bytes = bytes;
	return count;
}

/* For a viewer that gets key frames only: the next one, or the end. */
static uint64_t skip_to_key(const struct track *track, uint64_t number)
{
	while (number < track->cursor.next) {
		const struct gop_frame *frame = gop_find(&track->gop, number);

		if (frame && (frame->flags & FRAME_KEY))
			break;
		number++;
	}
	return number;
}

static void release_track(struct grant *grant, uint32_t number)
{
	const struct track *track = track_of(grant, number);
	struct grant_track *at = &grant->at[number];
	bool is_video = track_is_video(number);
	uint64_t bytes, count;

	if (!at->is_wanted || track->cursor.next == 0)
		return;
	at->next = is_video ? place_video(at, track) : place_sound(at, track);
	while (at->next && at->next < track->cursor.next) {
		if (is_video && only_keys(grant)) {
			at->next = skip_to_key(track, at->next);
			if (at->next == track->cursor.next)
				return;
		}
		count = measure_run(grant, track, at->next, &bytes);
		if (count == 0)
			return;
		struct ipc_release range = {
			.grant = grant->number, .first = at->next, .count = count, .track = number};

		release(grant, &range, bytes);
		at->next += count;
	}
}

/* Down to the smaller picture at once, up again with the next key frame. */
static void switch_video(struct grant *grant)
{
	enum media_track target = target_video(grant);
	uint64_t key = fed_key(track_of(grant, target));

	if (target == grant->video || key == 0 ||
	    (target == TRACK_VIDEO && key <= grant->switch_after))
		return;
	grant->video = target;
	grant->at[target].next = key;
	pump_choose(grant);
}

static void pump_one(struct grant *grant)
{
	if (grant->state != GRANT_OPEN || !grant->is_connected || grant->kind != GRANT_VIEW)
		return;
	switch_video(grant);
	/* On the way down nothing more of the big picture is let out. */
	if (grant->level != VIEW_SOUND &&
	    (grant->video == target_video(grant) || grant->video == TRACK_SUB))
		release_track(grant, grant->video);
	for (uint32_t i = TRACK_MIC; i <= TRACK_LISTEN; i++)
		if (sounds_of(grant) & TRACK_BIT(i))
			release_track(grant, i);
	if (lease_is_low(&grant->lease, loop_now_ns(grant->all->loop)) || grant->starved_bytes)
		grant_renew(grant);
}

void pump_grant(struct grant *grant)
{
	pump_one(grant);
	pump_flush(grant->all);
}

void pump_track(struct grants *grants, struct camera *camera, struct track *track)
{
	struct grant *after;

	for (struct grant *grant = camera->grants; grant; grant = after) {
		after = grant->after;
		if (grant->tracks & TRACK_BIT(track->format.track))
			pump_one(grant);
	}
	pump_flush(grants);
}

/* ---- what rtc says about the viewer ---- */

static void start_again(struct grant *grant)
{
	uint64_t now = loop_now_ns(grant->all->loop);
	uint64_t key = fed_key(track_of(grant, grant->video));

	if (key == 0 || now - grant->key_again_ns < GRANT_KEY_AGAIN_MS * CLOCK_NS_PER_MS)
		return;
	grant->key_again_ns = now;
	grant->at[grant->video].next = key;
}

void pump_report(struct grant *grant, const struct ipc_view_report *report)
{
	if (report->grant != grant->number || report->level >= VIEW_LEVEL_COUNT)
		fatal("rtc reported about grant %llu on the descriptor of %llu",
		      (unsigned long long)report->grant, (unsigned long long)grant->number);
	grant->bytes_sent = report->bytes_sent;
	grant->is_connected = report->is_connected != 0;
	if (grant->level != (enum view_level)report->level) {
		grant->level = (enum view_level)report->level;
		grant->switch_after = grant->camera->tracks[TRACK_VIDEO].gop.key;
		pump_choose(grant);
	}
	if (report->wants_key && grant->is_connected)
		start_again(grant);
	feed_run(grant->all->feed);
	pump_grant(grant);
}
