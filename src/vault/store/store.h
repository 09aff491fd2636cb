/* Recordings: what each camera sends, sealed, in packs; a block of it durable every ten seconds, in
 * the order pack, index, log. The index is in the vault's one database, in the same transaction as
 * the block's `media` entry: a crash loses the running group of pictures and the running block, and
 * nothing needs repair. */
#ifndef VAULT_STORE_STORE_H
#define VAULT_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "loop/loop.h"
#include "vault/cameras.h"
#include "vault/journal.h"
#include "vault/store/erasure.h"
#include "vault/store/handover.h"
#include "vault/store/recorder.h"
#include "vault/store/store_key.h"
#include "vault/store/thumb_cache.h"

enum {
	STORE_BLOCK_MS = 10000,
	STORE_TICK_MS =
		STORE_BLOCK_MS / CAMERA_MAX, /* one camera at a time, so that syncs spread */
	STORE_SPARE_MIB = 512,               /* kept free: the log comes first */
};

struct store_limits {
	uint64_t bytes; /* of packs; 0: as much as the disk has */
	uint64_t days;  /* 0: no limit */
};

/* What is kept of one camera. */
struct store_rule {
	uint32_t main, sub;       /* enum record_mode */
	uint64_t pre_us, post_us; /* RECORD_EVENTS: kept before and after an event */
	struct store_limits limits;
};

/* What the caller opened; it stays the caller's, but the key and what its file is are copied. */
struct store_parts {
	struct loop *loop;
	struct journal *journal;
	struct disk *disk; /* the store's directory */
	const struct log_clock *clock;
	const uint8_t *key;   /* EPOCH_STORE_KEY_SIZE bytes */
	const struct store_key *key_file;
	uint64_t spare_bytes; /* of disk to leave free; 0: STORE_SPARE_MIB */
};

struct store {
	struct loop *loop;
	struct journal *journal;
	struct disk *disk;
	const struct log_clock *clock;
	struct store_limits limits; /* of all together; the days, of cameras that are gone */
	struct {
		uint32_t camera; /* id; 0: none */
		struct store_rule rule;
	} rules[CAMERA_MAX]; /* by slot */
	uint32_t retained;   /* the camera that retention looks at next; 0: the first */
	bool is_protected;   /* more than the limit, and nothing of it may go: said */
	uint64_t spare_bytes;
	struct loop_timer tick;
	unsigned turn;                          /* the slot that the next tick is for */
	struct recorder *recorders[CAMERA_MAX]; /* by slot; NULL: not recorded */
	struct recorder_room room;
	struct erasure erasures[ERASURES_MAX];
	bool is_unclean; /* erased keys may still stand in the database's files */
	struct thumb_cache thumbs;
	struct recorder_room sealed, plain; /* of what is played, one piece at a time (reader.h) */
	uint8_t key[EPOCH_STORE_KEY_SIZE];
	struct store_key key_file;
	struct handover handover;
	int rests;    /* the disk's error, until it can take more; 0: recording */
	bool is_said; /* that it rests; until a block is durable again */
};

void store_start(struct store *store, const struct store_parts *parts);
/* Ends the running fragments and blocks. Before the log's last entry. */
void store_stop(struct store *store);
/* Frees what is left, also after a start that failed. */
void store_finish(struct store *store);

/* Records the camera from its next key frame on, or no more. */
void store_record(struct store *store, struct camera *camera, const struct store_rule *rule);
/* What happened before the camera between these times (wall clock; UINT64_MAX: it lasts) is kept
 * if it is recorded around events, with what the rule says before and after. */
void store_keep(struct store *store, struct camera *camera, uint64_t from_us, uint64_t to_us);
/* Forgets the store key for a new one: nothing recorded until now can be opened by the box. */
NODISCARD int store_lock(struct store *store);
/* The camera is about to go. */
void store_forget(struct store *store, struct camera *camera);

/* What the camera's speaker was given in a talk from `start_ns` on (CLOCK_BOOTTIME), or was not. The
 * sound itself is taken as track TRACK_SPEAKER: it and TRACK_TALK are recorded whatever the rule. */
void store_speak(struct store *store, struct camera *camera, const struct block_spoken *spoken,
		 uint64_t start_ns);

/* A frame of the track is about to begin; is whole; or the track carries something else now. */
void store_prepare(struct store *store, struct camera *camera, struct track *track,
		   const struct ipc_frame *piece);
void store_take(struct store *store, struct camera *camera, struct track *track);
void store_end_track(struct store *store, struct camera *camera, struct track *track);

#endif
