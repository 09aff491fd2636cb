/* Do recordings hold what index and log say of them? Checks one epoch after the other, each for
 * itself: an error is one finding, and the rest goes on. Reads only. For `ward doctor --store`, and
 * for the simulator's every crash.
 *
 * Without the vault's store key, block texts and fragments stay closed: then only places, sizes and
 * the log's entries are held against each other. */
#ifndef VAULT_STORE_AUDIT_H
#define VAULT_STORE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "vault/db.h"
#include "vault/log/disk.h"
#include "vault/store/block.h"
#include "vault/store/epoch.h"

enum { AUDIT_BLOCKS_MAX = 4096 }; /* of one epoch; sixty are usual */

enum audit_kind {
	AUDIT_PACK_MISSING, /* rows name bytes of a pack that is not there */
	AUDIT_PACK_UNREADABLE,
	AUDIT_PACK_SHORT,   /* a block reaches beyond its end */
	AUDIT_PACK_UNNAMED, /* no epoch: its key is gone */
	AUDIT_BYTES_LEFT,   /* no row names them: a crash lost what they were to become */
	AUDIT_ROW_BAD,      /* the index contradicts itself */
	AUDIT_KEY_LOST,     /* sealed under another store key */
	AUDIT_ENTRY_LOST,   /* the log has no such `media` entry */
	AUDIT_TEXT_DAMAGED,
	AUDIT_TEXT_OTHER,   /* whole, but not what row and entry stand for */
	AUDIT_CHAIN_BROKEN, /* names another block than the one before it */
	AUDIT_FRAGMENT_DAMAGED,
	AUDIT_BLOCK_LOST, /* in the log, never erased, and not in the index */
	AUDIT_KINDS
};

struct audit_finding {
	enum audit_kind kind;
	int error; /* negative errno, or 0 */
	uint32_t camera;
	uint64_t epoch_us;         /* which pack; 0: none in particular */
	uint64_t start_us, end_us; /* what time it is about; 0: unknown */
	uint64_t offset, size;     /* in the pack */
	uint64_t seq;              /* the block's entry; 0: unknown */
	char track;                /* its letter, or 0 */
};

struct audit_sums {
	uint64_t epochs, blocks, fragments, packs;
	uint64_t bytes;       /* of blocks */
	uint64_t checked;     /* fragments whose every byte was held against its hashes */
	uint64_t older_log;   /* blocks of an older log than this one */
	uint64_t sealed;      /* epochs that only a person's key opens: their texts are not read */
	uint64_t unpublished; /* blocks whose entry is not under the checkpoint yet */
	uint64_t bytes_left;
	uint64_t gaps[GAP_COUNT], gap_us[GAP_COUNT]; /* of pictures */
	uint64_t video_us;                           /* of pictures, recorded */
	uint64_t oldest_us, newest_us;
};

/* The hash that the `media` entry `seq` of that camera has. -ENOENT: it is none of that camera's;
 * -ERANGE: the log is not that long. */
typedef int audit_entry_fn(void *context, uint64_t seq, uint32_t camera,
			   uint8_t ret_hash[SHA256_SIZE]);

struct audit {
	struct disk *disk;   /* the store's directory */
	bool is_deep;        /* every byte of every fragment */
	uint64_t written_us; /* a vault writes epochs from here on: what is new is not named yet */
	audit_entry_fn *entry;
	void (*found)(void *context, const struct audit_finding *finding);
	void *context;
	struct audit_sums sums;
	uint8_t *room; /* for what is read; see audit_finish */
	size_t room_size;
};

struct audit_block {
	uint64_t start_us, end_us, size, seq;
	uint8_t hash[SHA256_SIZE];
	bool has_previous; /* the camera's block before it, by the index */
	uint64_t previous_seq;
	uint8_t previous[SHA256_SIZE];
	uint8_t *records; /* owned */
	size_t records_size;
};

/* An epoch as the index has it. */
struct audit_epoch {
	uint32_t camera;
	uint64_t start_us;
	bool has_secret;
	int secret_error; /* -EACCES: the box has no key of it, */
	bool is_wrapped;  /* but a person has */
	uint8_t secret[AGE_KEY_SIZE];
	unsigned count;
	struct audit_block *blocks; /* in the order they were written; owned */
};

/* The first epoch behind that one (by time, then camera; zeros: the first of all). */
NODISCARD bool audit_next(struct db *db, uint32_t *camera, uint64_t *start_us);
/* How many there are; whether there is this one. */
uint64_t audit_count(struct db *db);
bool audit_has(struct db *db, uint32_t camera, uint64_t start_us);
/* `store_key` NULL: without. The caller ends it with audit_unload, also after a failed database. */
void audit_load(struct db *db, const uint8_t *store_key, uint32_t camera, uint64_t start_us,
		struct audit_epoch *ret_epoch);
void audit_unload(struct audit_epoch *epoch);

void audit_epoch(struct audit *audit, const struct audit_epoch *epoch);
void audit_finish(struct audit *audit);

/* For a person: what is wrong, where and what it means, in one sentence. */
void audit_describe(const struct audit_finding *finding, struct text *text);
/* For a program: "pack-short". */
const char *audit_kind_name(enum audit_kind kind);
/* False: nothing that a crash would not leave. */
bool audit_is_bad(enum audit_kind kind);

#endif
