#include "vault/feed.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/track.h"

static void room_ready(struct loop_watch *watch, uint32_t events)
{
	struct feed *feed = container_of(watch, struct feed, room);

	(void)events;
	loop_remove(watch);
	loop_timer_stop(&feed->hung);
	feed->is_hung = false;
	feed_run(feed);
}

static void hung_due(struct loop_timer *timer)
{
	struct feed *feed = container_of(timer, struct feed, hung);

	feed->is_hung = true;
	if (feed->listener.hung)
		feed->listener.hung(feed->listener.context);
}

/* The channel watches its socket for reading; that there is room again is asked through a
 * duplicate, so that neither disturbs the other. */
int feed_start(struct feed *feed, struct loop *loop, struct ipc_channel *channel,
	       const struct feed_listener *listener)
{
	int fd = fcntl(channel->watch.fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*feed = (struct feed){.loop = loop,
			      .channel = channel,
			      .listener = *listener,
			      .reader = feed->reader + 1,
			      .room = {.fd = fd, .ready = room_ready},
			      .hung = {.due = hung_due}};
	return 0;
}

static void end_partial(struct feed *feed)
{
	if (feed->pin)
		gop_unpin(feed->pin);
	feed->pin = NULL;
	feed->partial = NULL;
	feed->offset = 0;
}

void feed_stop(struct feed *feed)
{
	if (!feed->loop)
		return;
	end_partial(feed);
	loop_timer_stop(&feed->hung);
	loop_remove(&feed->room);
	close(feed->room.fd);
	while (feed->cursors) {
		struct feed_cursor *cursor = feed->cursors;

		feed_unwant(cursor);
		*cursor = (struct feed_cursor){0};
	}
	feed->loop = NULL;
}

/* What an earlier reader had says nothing about this one. */
static void meet_reader(const struct feed *feed, struct feed_cursor *cursor)
{
	if (cursor->reader != feed->reader)
		*cursor = (struct feed_cursor){.reader = feed->reader};
}

void feed_want(struct feed *feed, struct feed_cursor *cursor, struct track *track)
{
	if (cursor->feed)
		return;
	assert(feed->loop);
	meet_reader(feed, cursor);
	cursor->feed = feed;
	cursor->track = track;
	track->gop.readers++;
	cursor->after = feed->cursors;
	cursor->before = NULL;
	if (feed->cursors)
		feed->cursors->before = cursor;
	feed->cursors = cursor;
}

void feed_unwant(struct feed_cursor *cursor)
{
	struct feed *feed = cursor->feed;

	if (!feed)
		return;
	/* A frame under way is finished, so that the reader never sees half of one. */
	if (cursor->after)
		cursor->after->before = cursor->before;
	if (cursor->before)
		cursor->before->after = cursor->after;
	else
		feed->cursors = cursor->after;
	cursor->feed = NULL;
	cursor->after = cursor->before = NULL;
	cursor->track->gop.readers--;
}

void feed_forget(struct feed_cursor *cursor)
{
	struct feed *feed = cursor->feed;

	if (feed && feed->partial == cursor)
		end_partial(feed);
	feed_unwant(cursor);
	*cursor = (struct feed_cursor){0};
}

void feed_tell_track(struct feed *feed, struct feed_cursor *cursor, const struct track *track)
{
	if (feed->partial == cursor && feed->offset > 0)
		return;
	meet_reader(feed, cursor);
	cursor->config = track->format.config;
	ipc_send(feed->channel, IPC_FEED_TRACK, &track->format, track->config, track->config_size);
}

/* A lag never becomes a delay. */
static bool is_behind(const struct feed_cursor *cursor)
{
	const struct gop *gop = &cursor->track->gop;

	return gop->key > cursor->next && gop->next - cursor->next > FEED_LAG_MAX;
}

/* Where the cursor goes on: at `next`, or at the newest key frame if that is gone or was never
 * reached. 0: nothing to send yet. Frames of an older config cannot be decoded any more. */
static uint64_t find_next(struct feed_cursor *cursor)
{
	const struct track *track = cursor->track;
	const struct gop *gop = &track->gop;
	const struct gop_frame *frame = gop_find(gop, cursor->next);

	if (!frame || frame->config != track->format.config || is_behind(cursor)) {
		if (gop->key == 0 || gop->key < cursor->next || cursor->next == gop->next)
			return 0;
		cursor->first = cursor->next = gop->key;
		frame = gop_find(gop, cursor->next);
	}
	return frame ? cursor->next : 0;
}

/* From where the reader keeps frames: the group that a viewer may start with. */
static uint64_t keep_from(const struct feed_cursor *cursor, uint64_t number)
{
	const struct gop *gop = &cursor->track->gop;

	if (gop->every_is_key)
		return number > FEED_SOUND_KEPT ? number - FEED_SOUND_KEPT : 1;
	if (gop->key == 0 || gop->key > number)
		return cursor->first;
	return gop->key;
}

/* true: the whole frame was handed to the socket. */
static bool send_frame(struct feed *feed, struct feed_cursor *cursor, uint64_t number)
{
	const struct track *track = cursor->track;
	const struct gop_frame *frame = gop_find(&track->gop, number);
	const uint8_t *data = gop_data(&track->gop, number);
	struct ipc_frame piece = {.frame = number,
				  .keep_from = keep_from(cursor, number),
				  .pts_ns = frame->pts_ns,
				  .camera = track->format.camera,
				  .track = track->format.track,
				  .size = frame->size,
				  .flags = frame->flags,
				  .config = frame->config};

	while (feed->offset < frame->size) {
		uint32_t left = frame->size - feed->offset;
		uint32_t size = left < IPC_TAIL_MAX ? left : IPC_TAIL_MAX;

		piece.offset = feed->offset;
		if (ipc_try_send(feed->channel, IPC_FEED_FRAME, &piece, data + piece.offset, size) <
		    0)
			return false;
		feed->offset += size;
	}
	return true;
}

/* Continues or starts one frame. false: the socket is full. */
static bool feed_one(struct feed *feed, struct feed_cursor *cursor, uint64_t number)
{
	if (!feed->partial) {
		feed->partial = cursor;
		feed->offset = 0;
		if (cursor->config != cursor->track->format.config)
			feed_tell_track(feed, cursor, cursor->track);
	}
	if (!send_frame(feed, cursor, number)) {
		if (!feed->pin)
			feed->pin = gop_pin(&cursor->track->gop, number);
		return false;
	}
	end_partial(feed);
	cursor->next = number + 1;
	if (cursor->feed && feed->listener.fed)
		feed->listener.fed(feed->listener.context, cursor->track);
	return true;
}

static void wait_for_room(struct feed *feed)
{
	if (feed_is_blocked(feed))
		return;
	if (loop_add(feed->loop, &feed->room, EPOLLOUT) < 0)
		fatal("cannot wait for a reader of pictures");
	loop_timer_start(feed->loop, &feed->hung, clock_boot_ns() + FEED_HUNG_MS * CLOCK_NS_PER_MS);
}

/* One frame of each track that has one, so that none starves. -1: full; 0: nothing was there. */
static int feed_round(struct feed *feed)
{
	int sent = 0;
	struct feed_cursor *after;

	for (struct feed_cursor *cursor = feed->cursors; cursor; cursor = after) {
		/* `fed` may have ended what came after. */
		if (cursor->feed != feed)
			break;
		uint64_t number = find_next(cursor);

		after = cursor->after;
		if (number == 0)
			continue;
		if (!feed_one(feed, cursor, number))
			return -1;
		sent++;
	}
	return sent;
}

void feed_run(struct feed *feed)
{
	int sent = 0;

	if (!feed->loop || feed->is_running || feed_is_blocked(feed) || !ipc_is_open(feed->channel))
		return;
	feed->is_running = true;
	if (feed->partial && !feed_one(feed, feed->partial, feed->partial->next))
		sent = -1;
	else
		do
			sent = feed_round(feed);
		while (sent > 0);
	feed->is_running = false;
	if (sent < 0)
		wait_for_room(feed);
}
