/* Records one camera: takes groups of pictures and stretches of sound out of the tracks' frame
 * store just before they make way there, seals each as one age file and appends it to the epoch's
 * pack. What is recorded becomes durable with its block (store.h). A track that is recorded around
 * events only waits on the shelf (shelf.h) first; only what an event wants is written from there.
 * The next epoch begins with a key frame, if one comes in time (docs/design/store.md, Edges).
 *
 * A camera's process may be taken over. It can spoil its own recording, but each block holds only
 * so many pieces, times that are not about now are not recorded, and only the disk's errors are
 * answered. */
#ifndef VAULT_STORE_RECORDER_H
#define VAULT_STORE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/cmaf/cmaf.h"
#include "vault/cameras.h"
#include "vault/log/log_clock.h"
#include "vault/store/block.h"
#include "vault/store/epoch.h"
#include "vault/store/pack.h"
#include "vault/store/shelf.h"

enum {
	RECORDER_TRACKS = TRACK_COUNT,
	RECORDER_GAP_MS = 500,    /* a longer hole, if it is no slow camera's interval, is a gap */
	RECORDER_SKEW_MS = 60000, /* frames further away from now are not recorded */
};

/* One for all recorders of the vault: where a fragment is sealed before it is written. */
struct recorder_room {
	uint8_t *data;
	size_t size;
};

struct recorder_track {
	uint64_t first;      /* the running fragment's first frame, 0: none */
	uint64_t seen;       /* the newest frame at the last recorder_end_idle */
	uint64_t resume;     /* a frame that may start a fragment without being a key; 0: none */
	uint64_t end_us;     /* where the last fragment or gap ended; 0: nothing yet */
	uint64_t durable_us; /* the same, of the last block */
	uint64_t rest_us;    /* since when no event wants it; 0: it is kept */
	uint32_t number;     /* of the next fragment in this epoch */
	uint32_t config;     /* what `init` describes, 0: nothing */
	uint32_t timescale;  /* of that config */
	uint32_t mode;       /* enum record_mode */
	enum block_gap why;  /* what a hole that ends now was; GAP_NONE: the camera's */
	bool has_init;       /* the pack has `init` */
	bool is_unfit;       /* that config cannot be recorded */
	uint16_t init_size;
	uint8_t init[CMAF_INIT_MAX];
};

struct recorder {
	struct camera *camera;
	struct recorder_room *room;
	const struct log_clock *clock;
	struct epoch epoch;
	bool has_begun; /* `epoch` is one; it may well be that of 1970 */
	struct pack pack;
	int64_t wall_offset_us; /* wall clock = pts / 1000 + this, fixed for an epoch */
	bool has_warned;        /* of the camera, in this block */
	/* Something is to be written: opens the epoch's pack with recorder_open. */
	int (*open)(struct recorder *recorder);
	/* The epoch is over: ends the block and begins the next epoch with recorder_begin. */
	int (*roll)(struct recorder *recorder);
	void *owner;
	struct recorder_track tracks[RECORDER_TRACKS];
	struct block block;
	/* RECORD_EVENTS: how long a fragment waits, and which times are wanted, in this recorder's
	 * own time (wall_offset_us). */
	uint64_t pre_us, keep_from_us, keep_until_us;
	struct shelf shelf;
};

/* Begins the epoch of now: its pack is opened when something is written. */
void recorder_begin(struct recorder *recorder);
/* Where it is written. `numbers`: the next fragment's of each track. */
NODISCARD int recorder_open(struct recorder *recorder, const struct epoch *epoch, struct disk *disk,
			    const uint32_t numbers[RECORDER_TRACKS]);

/* By track. The caller has ended what runs; what waits on the shelf is gone. */
bool recorder_has_modes(const struct recorder *recorder, const uint32_t modes[RECORDER_TRACKS]);
void recorder_set_modes(struct recorder *recorder, const uint32_t modes[RECORDER_TRACKS]);

/* Fragments of tracks on RECORD_EVENTS that begin before `until_us` and end after `from_us` (wall
 * clock now; UINT64_MAX: no end) are kept; the window is widened to what it was, if they touch. */
void recorder_keep(struct recorder *recorder, uint64_t from_us, uint64_t until_us);
/* Writes what is wanted of the shelf, as far as the block has room. */
NODISCARD int recorder_take_down(struct recorder *recorder);

/* A frame of that time is about to begin: ends the fragment that would make way. 0, or the disk's
 * error: what was to be written is lost. */
NODISCARD int recorder_prepare(struct recorder *recorder, struct track *track,
			       const struct ipc_frame *piece);
/* The newest frame of the track is whole. */
NODISCARD int recorder_take(struct recorder *recorder, struct track *track);
/* The speaker was given this from `start_ns` on (CLOCK_BOOTTIME), or was not. -ENOBUFS: not before
 * the block is over. */
NODISCARD int recorder_speak(struct recorder *recorder, const struct block_spoken *spoken,
			     uint64_t start_ns);
/* The track carries something else now: ends its running fragment. */
NODISCARD int recorder_end_track(struct recorder *recorder, struct track *track);
/* Ends the running fragments of tracks that got no frame since the last call; all: of every track.
 */
NODISCARD int recorder_end_idle(struct recorder *recorder, bool all);

/* Appends the block's text, sealed; `text` stays the caller's. */
NODISCARD int recorder_append_text(struct recorder *recorder, const struct text *text);
/* The block is durable: begins an empty one. */
void recorder_settle_block(struct recorder *recorder);
/* The block and what runs are lost to the disk, and are a gap. Closes the pack. */
void recorder_drop_block(struct recorder *recorder);

#endif
