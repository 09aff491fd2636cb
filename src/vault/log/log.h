/* The access log: an append-only Merkle log whose entries are durable before anything they allow
 * happens. Format and rules: docs/protocol-log.md; why: docs/design/log.md.
 *
 * In one turn of the loop: log_append for each event (and its openings sealed in the database), at
 * the turn's end the database's commit, then log_commit: one write, one fdatasync, and then each
 * waiter gets its receipt. log_publish makes what is durable visible to others, signed. */
#ifndef VAULT_LOG_LOG_H
#define VAULT_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/log/commitment.h"
#include "proto/log/entry.h"
#include "proto/log/merkle.h"
#include "vault/log/disk.h"
#include "vault/log/log_clock.h"
#include "vault/log/log_key.h"

struct log;

enum {
	LOG_BATCH_ENTRIES_MAX = 1024, /* staged before one log_commit */
	LOG_BATCH_BYTES_MAX = 1 << 20,
	LOG_UNPUBLISHED_MAX = 65536, /* log_commit publishes by itself before this */
	LOG_NOTE_MAX = 1024,         /* bytes of a checkpoint note */
	LOG_BUNDLE_MAX = 256 * (2 + ENTRY_SIZE_MAX),
	LOG_TILE_MAX = 256 * MERKLE_HASH_SIZE,
	LOG_WHY_MAX = 512,
	LOG_SEGMENT_BYTES = 4 << 20, /* of the write-ahead log, one file */
};

/* ---- opening ---- */

/* What the vault's database remembers of the newest log_head; epoch 0: nothing. */
struct log_floor {
	uint32_t epoch;
	struct merkle_head head;
};

struct log_config {
	struct disk *disk; /* borrowed for the log's life */
	struct log_clock clock;
	const uint8_t *seed;    /* LOG_SEED_SIZE bytes, copied into guarded memory */
	bool new_epoch;         /* the owner said: if this log must be refused, begin a new one that
				   names the old head */
	struct log_floor floor; /* a head known from elsewhere that the log must contain */
	size_t segment_bytes;   /* 0: LOG_SEGMENT_BYTES; tests use smaller ones */
};

/* Recovers the log, or makes a new one with its genesis entry, and publishes it. On failure
 * `ret_why` (LOG_WHY_MAX bytes) is a sentence for the owner. -EUCLEAN: the log on disk is not the
 * one that was signed, and only a new epoch goes on from here; -EWOULDBLOCK: another process has it
 * open; otherwise the disk's error. */
NODISCARD int log_open(const struct log_config *config, struct log **ret_log, char *ret_why);
/* Entries staged and not committed are dropped; their waiters are refused. */
void log_destroy(struct log *log);
AUTO_DEFINE(log)

/* ---- writing ---- */

/* Proof that an entry is on disk. Only log.c knows what is in it, so nothing else can make one: a
 * function that takes a receipt cannot run before the entry is durable. Valid during the waiter's
 * call. */
struct log_receipt;

uint64_t log_receipt_seq(const struct log_receipt *receipt);

/* Embedded by whoever waits for an entry; in place from log_append until `settled` is called. */
struct log_waiter {
	/* `receipt` NULL: refused, the log has stopped and the entry may or may not be on disk. May
	 * append entries for the next batch, but not commit. */
	void (*settled)(struct log_waiter *waiter, const struct log_receipt *receipt);
	uint64_t seq;            /* filled in by log_append */
	struct log_waiter *next; /* the log's */
	bool is_waiting;         /* the log's */
};

/* One salted value, for the caller to seal in its database before log_commit. */
struct log_opening {
	char name[ENTRY_NAME_MAX + 1];
	uint8_t salt[COMMITMENT_SALT_SIZE];
};

/* Adds a `~name` line with a fresh salt. At start, the caller deletes openings whose seq is at or
 * above log_durable_size: their entries were never written. */
void log_commit_value(struct entry *entry, const char *name, const void *value, size_t value_size,
		      struct log_opening *ret_opening);

/* Stages an entry; the log fills in seq, time and mono. Nothing is durable yet. `waiter` may be
 * NULL. -EINVAL: the entry is not whole (entry_build); -EAGAIN: the batch is full, after the next
 * log_commit; -EIO: the log has stopped. */
NODISCARD int log_append(struct log *log, const struct entry *entry, struct log_waiter *waiter,
			 uint64_t *ret_seq);

/* The waiter's owner is going away: its entry stays. Safe if it does not wait. */
void log_waiter_cancel(struct log *log, struct log_waiter *waiter);

/* Makes the staged batch durable (one write, one fdatasync) and settles its waiters in order. 0,
 * also if nothing is staged; any error is final: the log has stopped. */
NODISCARD int log_commit(struct log *log);

/* Signs the durable head and makes it visible: `signed` durable, then tiles, then `checkpoint`. 0,
 * also if nothing is new; any error is final. Several syncs, so about ten milliseconds. */
NODISCARD int log_publish(struct log *log);

/* The same in steps of at most two syncs, so that the loop's other work waits a millisecond or two
 * and not ten: 1 while there is more to do. Batches may be committed in between. */
NODISCARD int log_publish_step(struct log *log);

/* True after the log has prepared what it needs to go on for a while. False: the disk is nearly
 * full; new grants must be refused, while entries that end sessions still fit. */
bool log_has_room(const struct log *log);

/* Why no entry will ever be appended again in this process; NULL while the log runs. */
const char *log_stopped(const struct log *log);

/* ---- reading: anything durable or, where it says so, published ---- */

uint64_t log_durable_size(const struct log *log);
uint64_t log_published_size(const struct log *log);
/* Epoch and head of the newest published checkpoint, to remember as the next floor. */
struct log_floor log_head(const struct log *log);
const char *log_origin(const struct log *log);
const char *log_vkey(const struct log *log); /* origin+keyid+base64 */

/* The newest published checkpoint, a signed note. Borrowed until the next log_publish. */
struct bytes log_checkpoint(const struct log *log);

/* An entry's text (at most ENTRY_SIZE_MAX bytes). -ENOENT at or above the durable size. */
NODISCARD int log_read_entry(struct log *log, uint64_t index, char *ret_text, size_t *ret_size);

/* tlog-tiles. `width` hashes (1..256) of 32 bytes; `width` entries, each after its u16 size.
 * -ENOENT beyond the published size. `ret_data` has LOG_TILE_MAX, LOG_BUNDLE_MAX bytes. */
NODISCARD int log_read_tile(struct log *log, unsigned level, uint64_t number, unsigned width,
			    uint8_t *ret_data);
NODISCARD int log_read_bundle(struct log *log, uint64_t number, unsigned width, uint8_t *ret_data,
			      size_t *ret_size);

/* Proofs between any durable sizes. The count of hashes (at most MERKLE_PROOF_MAX), -ENOENT if
 * there is no such index or size, or the disk's error. */
NODISCARD int log_prove_inclusion(struct log *log, uint64_t index, uint64_t size,
				  struct merkle_hash *ret_hashes);
NODISCARD int log_prove_consistency(struct log *log, uint64_t from, uint64_t to,
				    struct merkle_hash *ret_hashes);
/* The root when the log had `size` entries: is the head that a phone remembers one of ours? */
NODISCARD int log_root_at(struct log *log, uint64_t size, struct merkle_hash *ret_root);

#endif
