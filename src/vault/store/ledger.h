/* The index of what is recorded: rows of blocks in the vault's database. All writing is in the
 * running transaction, so that rows live and die with their entries. */
#ifndef VAULT_STORE_LEDGER_H
#define VAULT_STORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/db.h"
#include "vault/store/block.h"

enum { LEDGER_TRACKS = 6 };

/* Where a block ended up. */
struct ledger_mark {
	uint64_t epoch_us; /* in whose pack */
	uint64_t size;     /* bytes there */
	uint64_t seq;      /* of its `media` entry */
	uint8_t hash[SHA256_SIZE];
};

void ledger_add(struct db *db, const struct block *block, const struct ledger_mark *mark);

/* What the camera's speaker was given between two times, newest first, until `found` says false. */
void ledger_each_spoken(struct db *db, uint32_t camera, uint64_t from_us, uint64_t to_us,
			bool (*found)(void *context, const struct block_spoken *spoken),
			void *context);

/* The newest block of a camera: its hash and where it ended. false: none. */
bool ledger_find_newest(struct db *db, uint32_t camera, uint8_t ret_hash[SHA256_SIZE],
			uint64_t *ret_end_us);

/* What the next fragment of each track in this epoch is called. */
void ledger_count(struct db *db, uint32_t camera, uint64_t epoch_us,
		  uint32_t ret_numbers[LEDGER_TRACKS]);

/* Bytes of all blocks; of one camera's. */
uint64_t ledger_total(struct db *db);
uint64_t ledger_total_of(struct db *db, uint32_t camera);
/* The next camera after that one of which something is or was recorded; 0: none. */
uint32_t ledger_next_camera(struct db *db, uint32_t camera);

/* The first epoch from `from_us` on that no kept clip needs, of whatever camera (0) or of that one.
 * false: none. */
bool ledger_find_oldest(struct db *db, uint32_t camera, uint64_t from_us, uint32_t *ret_camera,
			uint64_t *ret_epoch_us);
/* Until when an epoch was recorded: the end of its ten minutes, or, if the clock was set ahead by
 * more than a day afterwards, what it was set to. */
uint64_t ledger_recorded_until(struct db *db, uint32_t camera, uint64_t epoch_us);
/* Forgets an epoch with its key and its blocks. */
void ledger_forget(struct db *db, uint32_t camera, uint64_t epoch_us);

#endif
