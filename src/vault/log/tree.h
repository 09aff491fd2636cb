/* The Merkle tree of the log in bounded memory: leaves that are in no full published tile yet, the
 * right edge of each level, and a cache of tiles. The rest is read from the tiles on disk. */
#ifndef VAULT_LOG_TREE_H
#define VAULT_LOG_TREE_H

#include <stdint.h>

#include "base/attr.h"
#include "proto/log/merkle.h"
#include "proto/log/tile.h"
#include "vault/log/tiles.h"
#include "vault/log/wal.h"

enum {
	TREE_LEAVES_MAX = 66 * 1024, /* not yet stored, at most */
	TREE_CACHE_TILES = 64,       /* of 16 KiB */
};

struct tree;

/* `tiles` stays borrowed. */
NODISCARD int tree_create(struct tiles *tiles, struct tree **ret_tree);
void tree_destroy(struct tree *tree);
AUTO_DEFINE(tree)

/* Begins with the leaves before `stored_size` & ~255, whose tiles are on disk as of a tree of
 * `stored_size`; the leaves after that are added again. -ENOENT or -EUCLEAN if tiles are missing or
 * have the wrong size. */
NODISCARD int tree_load(struct tree *tree, uint64_t stored_size);

/* Adds one leaf, whose entry stands at `position` in the WAL. */
NODISCARD int tree_add(struct tree *tree, const struct merkle_hash *leaf,
		       struct wal_position position);

/* All tiles of a tree of `stored_size` leaves are on disk: leaves in full ones need no memory. */
void tree_set_stored(struct tree *tree, uint64_t stored_size);

uint64_t tree_size(const struct tree *tree);
/* The first leaf that is held in memory. */
uint64_t tree_first_recent(const struct tree *tree);
/* Where a recent leaf's entry stands in the WAL. */
struct wal_position tree_position(const struct tree *tree, uint64_t index);

/* The first `width` hashes of a tile. -ENOENT if the tree has no such tile. */
NODISCARD int tree_read_tile(struct tree *tree, const struct tile *tile,
			     struct merkle_hash *ret_hashes);

/* RFC 6962 sections 2.1, 2.1.1 and 2.1.2, for any size up to tree_size. Proofs answer their count
 * of hashes, at most MERKLE_PROOF_MAX; -ENOENT if there is no such index or size. */
NODISCARD int tree_root_at(struct tree *tree, uint64_t size, struct merkle_hash *ret_root);
NODISCARD int tree_prove_inclusion(struct tree *tree, uint64_t index, uint64_t size,
				   struct merkle_hash *ret_hashes);
NODISCARD int tree_prove_consistency(struct tree *tree, uint64_t from, uint64_t to,
				     struct merkle_hash *ret_hashes);

#endif
