/* Feeds the frames of wanted tracks to one reader process (rtc, or a transcode), each frame once
 * and whole, in order. The reader's socket may be full at any time: then the feed waits for it, the
 * tracks go on filling, and a reader that has fallen behind continues at the newest key frame: late
 * pictures are worth nothing. A reader that takes nothing for FEED_HUNG_MS hangs: its
 * owner is told, and the feed goes on where it was should the reader come back. */
#ifndef VAULT_FEED_H
#define VAULT_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/ipc.h"
#include "loop/loop.h"
#include "vault/gop.h"

enum {
	FEED_HUNG_MS = 5000,
	FEED_SOUND_KEPT = 50, /* frames of sound the reader keeps: about a second */
	FEED_LAG_MAX = 5,     /* frames behind before a newer key frame is jumped to */
};

struct feed;
struct track;

/* How far one reader has one track. Zero-initialised; belongs to at most one feed. */
struct feed_cursor {
	struct feed *feed; /* NULL: not wanted */
	struct track *track;
	uint64_t reader;      /* which reader the rest is about: feed->reader, or stale */
	uint64_t first, next; /* the reader has had first..next-1, without holes */
	uint32_t config;      /* the track's config the reader was last told, 0: none */
	struct feed_cursor *after, *before;
};

struct feed_listener {
	/* cursor->next has moved: what is below it may be released. */
	void (*fed)(void *context, struct track *track);
	void (*hung)(void *context);
	void *context;
};

/* Zero-initialised, then feed_start. */
struct feed {
	struct loop *loop;
	struct ipc_channel *channel; /* borrowed */
	struct feed_listener listener;
	uint64_t reader;             /* counts the processes that were fed */
	struct loop_watch room;      /* the same socket: it can be written to again */
	struct loop_timer hung;      /* runs while it cannot */
	struct feed_cursor *cursors; /* wanted ones */
	struct feed_cursor *partial; /* a frame of this one is under way */
	struct gop_arena *pin;       /* its arena */
	uint32_t offset;             /* sent of it */
	bool is_hung;                /* nothing was taken for FEED_HUNG_MS */
	bool is_running;             /* guards against feeding from within `fed` */
};

NODISCARD int feed_start(struct feed *feed, struct loop *loop, struct ipc_channel *channel,
			 const struct feed_listener *listener);
/* Is the reader's socket full? */
static inline bool feed_is_blocked(const struct feed *feed)
{
	return feed->room.loop != NULL;
}

/* The reader is gone. Its cursors are unwanted and know nothing any more. */
void feed_stop(struct feed *feed);

/* Wants a track from its newest key frame on; goes on where it was if the reader still has that
 * group. */
void feed_want(struct feed *feed, struct feed_cursor *cursor, struct track *track);
void feed_unwant(struct feed_cursor *cursor);
/* The track is going away. */
void feed_forget(struct feed_cursor *cursor);

/* Tells the reader what the track carries now (IPC_FEED_TRACK); if a frame of it is under way, only
 * after that. */
void feed_tell_track(struct feed *feed, struct feed_cursor *cursor, const struct track *track);

/* Sends what there is, as far as the socket takes it. */
void feed_run(struct feed *feed);

#endif
