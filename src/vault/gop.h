/* The newest pictures (or sound) of one track, kept so that a viewer starts at once: every frame
 * since the newest key frame, and the group before it, so that a reader that lags a little loses
 * nothing. Two arenas take turns; a received piece is copied once, to the place it is sent from.
 * Frames are numbered here, from 1, without holes: what was never completed gets no number.
 *
 * While nobody reads pictures, the group before the newest is given back at once: what is recorded
 * was taken by then (gop_makes_way), and it is most of what a camera costs in memory.
 *
 * A reader in the middle of a frame pins its arena. A pinned arena is not reused; the other one
 * takes each new group. An arena that is full (GOP_SIZE_MAX) drops frames until a key frame finds
 * room again. So a hung reader costs a bounded amount of memory and never a wrong byte. */
#ifndef VAULT_GOP_H
#define VAULT_GOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"

enum {
	GOP_FRAMES_MAX = 4096,    /* in one arena */
	GOP_SWAP_SIZE = 2 << 20,  /* an arena this full, or ... */
	GOP_SWAP_MS = 500,        /* ... this long in use makes way at the next key frame; */
	GOP_SWAP_SOUND_MS = 2000, /* of sound, which is recorded in stretches of this length */
};

struct gop_frame {
	uint64_t pts_ns;
	uint32_t size;
	uint32_t offset; /* in its arena */
	uint32_t flags;  /* FRAME_KEY, FRAME_AFTER_GAP */
	uint32_t config; /* of the track it belongs to */
};

struct gop_arena {
	uint8_t *data;
	size_t size, capacity;
	struct gop_frame *frames;
	uint32_t count, frames_capacity;
	uint64_t first; /* number of frames[0] */
	unsigned pins;
};

/* Zero-initialised, then gop_init. */
struct gop {
	struct gop_arena arenas[2];
	unsigned current;      /* the arena that takes frames */
	uint64_t next;         /* the number the next completed frame gets */
	uint64_t key;          /* number of the newest key frame, 0: none that can start a viewer */
	bool every_is_key;     /* sound: any frame can start */
	unsigned readers;      /* cursors that want it (feed.h) */
	bool wants_key;        /* nothing is kept up to the next key frame */
	bool has_gap;          /* frames were lost before the next one */
	struct gop_frame open; /* in progress, while is_open */
	bool is_open;
	uint64_t dropped; /* frames that found no room, or came before a key frame */
};

void gop_init(struct gop *gop, bool every_is_key);
void gop_finish(struct gop *gop);

/* Starts a frame of `size` bytes (1..FRAME_SIZE_MAX); one in progress is void. false: it is not
 * kept (no room, or a key frame must come first), and gop_add for it does nothing. */
bool gop_begin(struct gop *gop, const struct gop_frame *frame);
/* Copies the next piece. The caller has checked that pieces fit (proto/media/pieces.h). */
void gop_add(struct gop *gop, uint32_t offset, const void *data, size_t size);
/* The frame is whole: its number, or 0 if it was not kept. */
uint64_t gop_end(struct gop *gop);

/* The source starts anew (camera restarted, other parameter sets): what is kept can start nobody,
 * and the next frame says FRAME_AFTER_GAP. */
void gop_break(struct gop *gop);

/* A key frame of this time, if it began now, would take the place of older ones: whoever needs what
 * is kept since the last time must take it first. */
bool gop_makes_way(const struct gop *gop, uint64_t pts_ns);

/* Frame `number`, or NULL if it is no longer, or not yet, kept. Valid until the next gop_begin. */
const struct gop_frame *gop_find(const struct gop *gop, uint64_t number);
/* The oldest number kept; equals `next` if there is none. */
uint64_t gop_oldest(const struct gop *gop);
/* The bytes of a frame that gop_find gave. */
const uint8_t *gop_data(const struct gop *gop, uint64_t number);

/* Keeps the arena of frame `number`, which must be kept, until gop_unpin. */
struct gop_arena *gop_pin(struct gop *gop, uint64_t number);
void gop_unpin(struct gop_arena *arena);

#endif
