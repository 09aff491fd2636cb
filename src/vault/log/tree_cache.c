#include "vault/log/tree_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tree_cache {
	unsigned count;
	uint64_t clock;
	struct tree_tile *tiles;
};

int tree_cache_create(unsigned tiles, struct tree_cache **ret_cache)
{
	struct tree_cache *cache = calloc(1, sizeof(*cache));

	if (cache)
		cache->tiles = calloc(tiles, sizeof(*cache->tiles));
	if (!cache || !cache->tiles) {
		free(cache);
		return -ENOMEM;
	}
	cache->count = tiles;
	*ret_cache = cache;
	return 0;
}

void tree_cache_destroy(struct tree_cache *cache)
{
	if (!cache)
		return;
	free(cache->tiles);
	free(cache);
}

const struct tree_tile *tree_cache_get(struct tree_cache *cache, int level, uint64_t number)
{
	for (unsigned i = 0; i < cache->count; i++) {
		struct tree_tile *tile = &cache->tiles[i];

		if (tile->used_at && tile->number == number && tile->level == level) {
			tile->used_at = ++cache->clock;
			return tile;
		}
	}
	return NULL;
}

const struct tree_tile *tree_cache_put(struct tree_cache *cache, int level, uint64_t number,
				       const struct merkle_hash hashes[TILE_WIDTH])
{
	struct tree_tile *tile = &cache->tiles[0];

	for (unsigned i = 1; i < cache->count; i++)
		if (cache->tiles[i].used_at < tile->used_at)
			tile = &cache->tiles[i];
	tile->level = level;
	tile->number = number;
	tile->used_at = ++cache->clock;
	memcpy(&tile->nodes[TILE_WIDTH], hashes, TILE_WIDTH * sizeof(*hashes));
	for (unsigned i = TILE_WIDTH - 1; i > 0; i--)
		merkle_node(&tile->nodes[2 * i], &tile->nodes[2 * i + 1], &tile->nodes[i]);
	return tile;
}
