/* A few full tiles with all hashes between their leaves and their root, the least used one replaced
 * first. */
#ifndef VAULT_LOG_TREE_CACHE_H
#define VAULT_LOG_TREE_CACHE_H

#include <stdint.h>

#include "base/attr.h"
#include "proto/log/merkle.h"
#include "proto/log/tile.h"

/* nodes[1] is the tile's root, nodes[2 * i] and nodes[2 * i + 1] are below nodes[i], the tile's own
 * hashes begin at nodes[TILE_WIDTH]. */
struct tree_tile {
	int level;
	uint64_t number;
	uint64_t used_at; /* 0: empty */
	struct merkle_hash nodes[2 * TILE_WIDTH];
};

struct tree_cache;

NODISCARD int tree_cache_create(unsigned tiles, struct tree_cache **ret_cache);
void tree_cache_destroy(struct tree_cache *cache);

/* NULL if it is not there. Valid until the next tree_cache_put. */
const struct tree_tile *tree_cache_get(struct tree_cache *cache, int level, uint64_t number);
/* Hashes the tile's tree. */
const struct tree_tile *tree_cache_put(struct tree_cache *cache, int level, uint64_t number,
				       const struct merkle_hash hashes[TILE_WIDTH]);

#endif
