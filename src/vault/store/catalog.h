/* Where recordings lie: looks into the index for fragments of a time, and for one by its name. */
#ifndef VAULT_STORE_CATALOG_H
#define VAULT_STORE_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "vault/db.h"
#include "vault/store/block.h"

enum { CATALOG_INITS_MAX = 64 /* in one pack; of a camera that changes more often, the first */ };

/* Times are half open: from <= t < to. */
struct catalog_span {
	uint32_t camera;
	uint64_t from_us, to_us;
};

/* A block as the index has it; its text is the last age file of it. */
struct catalog_block {
	uint64_t epoch_us, start_us, end_us;
	uint64_t log_seq; /* 0: of an older log */
	uint64_t text_offset;
	uint32_t text_size;
	uint8_t hash[SHA256_SIZE];
	struct bytes records; /* borrowed */
};

/* A fragment by track and number, an init segment by its offset in the pack. */
struct catalog_name {
	uint32_t camera, track;
	uint64_t epoch_us, number;
	bool is_init;
};

/* The init segments of one pack. */
struct catalog_inits {
	struct block_piece pieces[CATALOG_INITS_MAX];
	unsigned count;
};

bool catalog_has(struct db *db, const struct catalog_span *span);

/* Every block that may hold fragments of the span, in order of their start, until `found` says
 * false. */
void catalog_each(struct db *db, const struct catalog_span *span,
		  bool (*found)(void *context, const struct catalog_block *block), void *context);

/* The same for blocks that were recorded later than `block` and may hold the same time as it: the
 * box's clock had been set back. Also its neighbour, of which they never say much. */
void catalog_each_later(struct db *db, uint32_t camera, const struct catalog_block *block,
			bool (*found)(void *context, const struct catalog_block *later),
			void *context);

/* -ENOENT: there is no such piece; -ENODATA: the epoch was erased. */
NODISCARD int catalog_find(struct db *db, const struct catalog_name *name,
			   struct block_piece *ret_piece, struct catalog_block *ret_block);

/* The block of that `media` entry of the log, without its records. -ENOENT: there is none. */
NODISCARD int catalog_find_block(struct db *db, uint32_t camera, uint64_t log_seq,
				 struct catalog_block *ret_block);

void catalog_load_inits(struct db *db, uint32_t camera, uint64_t epoch_us,
			struct catalog_inits *ret_inits);
/* The one that a fragment of the same pack needs. NULL: there is none. */
const struct block_piece *catalog_init_of(const struct catalog_inits *inits,
					  const struct block_piece *fragment);

#endif
