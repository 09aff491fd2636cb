#include "vault/log/tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "vault/log/tree_cache.h"

enum { TREE_LEVELS = TILE_LEVEL_MAX + 1, TREE_BLOCKS_MAX = TREE_LEAVES_MAX / TILE_WIDTH + 1 };

/* One level-0 tile that is not stored in full yet. */
struct tree_block {
	struct merkle_hash hashes[TILE_WIDTH];
	struct wal_position positions[TILE_WIDTH];
};

/* The rightmost tile of a level above the leaves, not full. */
struct tree_edge {
	unsigned count;
	struct merkle_hash hashes[TILE_WIDTH];
};

struct tree {
	struct tiles *tiles;
	struct tree_cache *cache;
	uint64_t size, stored_size;
	uint64_t first_block; /* number of the level-0 tile in blocks[0] */
	struct tree_block *blocks[TREE_BLOCKS_MAX];
	struct tree_edge edges[TREE_LEVELS]; /* [0] is not used */
};

int tree_create(struct tiles *tiles, struct tree **ret_tree)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree || tree_cache_create(TREE_CACHE_TILES, &tree->cache) < 0) {
		free(tree);
		return -ENOMEM;
	}
	tree->tiles = tiles;
	*ret_tree = tree;
	return 0;
}

void tree_destroy(struct tree *tree)
{
	if (!tree)
		return;
	for (unsigned i = 0; i < TREE_BLOCKS_MAX; i++)
		free(tree->blocks[i]);
	tree_cache_destroy(tree->cache);
	free(tree);
}

uint64_t tree_size(const struct tree *tree)
{
	return tree->size;
}

uint64_t tree_first_recent(const struct tree *tree)
{
	return tree->first_block * TILE_WIDTH;
}

static struct tree_block *block_of(const struct tree *tree, uint64_t index)
{
	uint64_t at = index / TILE_WIDTH - tree->first_block;

	assert(index >= tree_first_recent(tree) && at < TREE_BLOCKS_MAX);
	return tree->blocks[at];
}

struct wal_position tree_position(const struct tree *tree, uint64_t index)
{
	assert(index < tree->size);
	return block_of(tree, index)->positions[index % TILE_WIDTH];
}

/* ---- growing ---- */

static int read_stored(struct tree *tree, int level, uint64_t number, unsigned width,
		       struct merkle_hash *ret_hashes)
{
	struct tile tile = {level, width, number};
	size_t size;
	int result = tiles_read(tree->tiles, &tile, ret_hashes, width * sizeof(*ret_hashes), &size);

	if (result < 0)
		return result == -EMSGSIZE ? -EUCLEAN : result;
	return size == width * sizeof(*ret_hashes) ? 0 : -EUCLEAN;
}

int tree_load(struct tree *tree, uint64_t stored_size)
{
	uint64_t whole = stored_size & ~(uint64_t)(TILE_WIDTH - 1);

	assert(tree->size == 0);
	for (int level = 1; level < TREE_LEVELS && whole >> (8 * level); level++) {
		uint64_t number = (whole >> (8 * level)) / TILE_WIDTH;
		unsigned width = tile_width_at(whole, level, number);
		struct tree_edge *edge = &tree->edges[level];

		if (width == 0)
			continue;

		int result = read_stored(tree, level, number, width, edge->hashes);

		if (result < 0)
			return result;
		edge->count = width;
	}
	tree->size = tree->stored_size = whole;
	tree->first_block = whole / TILE_WIDTH;
	return 0;
}

/* A tile of `level` has become full: its root belongs to the level above. */
static void raise_edge(struct tree *tree, int level, const struct merkle_hash *root)
{
	struct merkle_hash hash = *root;

	for (; level < TREE_LEVELS - 1; level++) {
		struct tree_edge *edge = &tree->edges[level + 1];

		edge->hashes[edge->count++] = hash;
		if (edge->count < TILE_WIDTH)
			return;

		uint64_t number = (tree->size >> (8 * (level + 2))) - 1;

		hash = tree_cache_put(tree->cache, level + 1, number, edge->hashes)->nodes[1];
		edge->count = 0;
	}
}

int tree_add(struct tree *tree, const struct merkle_hash *leaf, struct wal_position position)
{
	uint64_t at = tree->size / TILE_WIDTH - tree->first_block;
	unsigned slot = (unsigned)(tree->size % TILE_WIDTH);

	if (at >= TREE_BLOCKS_MAX)
		return -ENOBUFS;
	if (!tree->blocks[at]) {
		tree->blocks[at] = calloc(1, sizeof(*tree->blocks[at]));
		if (!tree->blocks[at])
			return -ENOMEM;
	}

	struct tree_block *block = tree->blocks[at];

	block->hashes[slot] = *leaf;
	block->positions[slot] = position;
	tree->size++;
	if (slot == TILE_WIDTH - 1)
		raise_edge(
			tree, 0,
			&tree_cache_put(tree->cache, 0, tree->size / TILE_WIDTH - 1, block->hashes)
				 ->nodes[1]);
	return 0;
}

void tree_set_stored(struct tree *tree, uint64_t stored_size)
{
	uint64_t gone = stored_size / TILE_WIDTH - tree->first_block;

	assert(stored_size <= tree->size && gone < TREE_BLOCKS_MAX);
	tree->stored_size = stored_size;
	for (uint64_t i = 0; i < gone; i++)
		free(tree->blocks[i]);
	memmove(tree->blocks, tree->blocks + gone,
		(TREE_BLOCKS_MAX - gone) * sizeof(tree->blocks[0]));
	memset(tree->blocks + TREE_BLOCKS_MAX - gone, 0, gone * sizeof(tree->blocks[0]));
	tree->first_block += gone;
}

/* ---- reading ---- */

static int load_tile(struct tree *tree, int level, uint64_t number,
		     const struct tree_tile **ret_tile);

/* A full tile that is neither in memory nor on disk yet: from the roots of the tiles below it. */
static int collect_roots(struct tree *tree, int level, uint64_t number,
			 struct merkle_hash hashes[TILE_WIDTH])
{
	for (unsigned i = 0; i < TILE_WIDTH; i++) {
		const struct tree_tile *child;
		int result = load_tile(tree, level - 1, number * TILE_WIDTH + i, &child);

		if (result < 0)
			return result;
		hashes[i] = child->nodes[1];
	}
	return 0;
}

/* A full tile; valid until the next one is loaded. */
static int load_tile(struct tree *tree, int level, uint64_t number,
		     const struct tree_tile **ret_tile)
{
	struct merkle_hash hashes[TILE_WIDTH];
	bool is_recent = level == 0 && number >= tree->first_block;
	bool is_stored = number < tree->stored_size >> (8 * level) >> 8;
	int result = 0;

	*ret_tile = tree_cache_get(tree->cache, level, number);
	if (*ret_tile)
		return 0;
	if (is_recent)
		memcpy(hashes, block_of(tree, number * TILE_WIDTH)->hashes, sizeof(hashes));
	else if (is_stored)
		result = read_stored(tree, level, number, TILE_WIDTH, hashes);
	else
		result = collect_roots(tree, level, number, hashes);
	if (result < 0)
		return result;
	*ret_tile = tree_cache_put(tree->cache, level, number, hashes);
	return 0;
}

/* The hashes of the rightmost, partial tile of a level. */
static const struct merkle_hash *edge_hashes(const struct tree *tree, int level)
{
	return level == 0 ? block_of(tree, tree->size)->hashes : tree->edges[level].hashes;
}

int tree_read_tile(struct tree *tree, const struct tile *tile, struct merkle_hash *ret_hashes)
{
	unsigned width = tile_width_at(tree->size, tile->level, tile->number);
	const struct merkle_hash *hashes;
	const struct tree_tile *full;

	if (tile->level < 0 || tile->level > TILE_LEVEL_MAX || tile->width > width ||
	    tile->width == 0)
		return -ENOENT;
	if (width < TILE_WIDTH) {
		hashes = edge_hashes(tree, tile->level);
	} else {
		int result = load_tile(tree, tile->level, tile->number, &full);

		if (result < 0)
			return result;
		hashes = &full->nodes[TILE_WIDTH];
	}
	memcpy(ret_hashes, hashes, tile->width * sizeof(*hashes));
	return 0;
}

/* The root of the complete subtree `number` of 2^height leaves. */
static int read_node(struct tree *tree, unsigned height, uint64_t number,
		     struct merkle_hash *ret_hash)
{
	int level = (int)(height / 8);
	unsigned above = 8 - height % 8; /* binary levels between the node and its tile's root */
	uint64_t tile = number >> above;
	unsigned within = (unsigned)(number & ((1U << above) - 1));
	const struct tree_tile *full;

	if (tile_width_at(tree->size, level, tile) == TILE_WIDTH) {
		int result = load_tile(tree, level, tile, &full);

		if (result == 0)
			*ret_hash = full->nodes[(1U << above) + within];
		return result;
	}

	struct merkle_hash hashes[TILE_WIDTH];
	unsigned count = 1U << height % 8;

	memcpy(hashes, edge_hashes(tree, level) + (size_t)within * count, count * sizeof(*hashes));
	merkle_fold(hashes, count, ret_hash);
	return 0;
}

/* The root of the leaves from `number` << height up to `size`, which are fewer than 2^height. */
static int read_ragged(struct tree *tree, unsigned height, uint64_t size,
		       struct merkle_hash *ret_hash)
{
	struct merkle_hash hash, left;
	bool started = false;

	for (unsigned i = 0; i < height; i++) {
		if (!(size >> i & 1))
			continue;

		int result = read_node(tree, i, (size >> i) - 1, started ? &left : &hash);

		if (result < 0)
			return result;
		if (started)
			merkle_node(&left, &hash, &hash);
		started = true;
	}
	assert(started);
	*ret_hash = hash;
	return 0;
}

int tree_root_at(struct tree *tree, uint64_t size, struct merkle_hash *ret_root)
{
	if (size > tree->size)
		return -ENOENT;
	if (size == 0) {
		merkle_empty(ret_root);
		return 0;
	}
	return read_ragged(tree, MERKLE_LEVELS_MAX - 1, size, ret_root);
}

/* The hashes beside the way from a node up to the root of the tree of `size` leaves. */
static int read_siblings(struct tree *tree, unsigned height, uint64_t number, uint64_t size,
			 struct merkle_hash *ret_hashes)
{
	int count = 0;

	for (; (size - 1) >> height; height++, number >>= 1) {
		uint64_t sibling = number ^ 1, start = sibling << height;
		int result;

		if (start >= size)
			continue;
		if (size - start >= UINT64_C(1) << height)
			result = read_node(tree, height, sibling, &ret_hashes[count]);
		else
			result = read_ragged(tree, height, size, &ret_hashes[count]);
		if (result < 0)
			return result;
		count++;
	}
	return count;
}

int tree_prove_inclusion(struct tree *tree, uint64_t index, uint64_t size,
			 struct merkle_hash *ret_hashes)
{
	if (size > tree->size || index >= size)
		return -ENOENT;
	return read_siblings(tree, 0, index, size, ret_hashes);
}

int tree_prove_consistency(struct tree *tree, uint64_t from, uint64_t to,
			   struct merkle_hash *ret_hashes)
{
	if (from > to || to > tree->size)
		return -ENOENT;
	if (from == 0 || from == to)
		return 0;

	/* The last complete subtree of the old tree; its own root is left out where it is all of
	 * it. */
	unsigned height = (unsigned)__builtin_ctzll(from);
	uint64_t number = (from >> height) - 1;
	int own = number ? 1 : 0;
	int result = own ? read_node(tree, height, number, ret_hashes) : 0;

	if (result == 0)
		result = read_siblings(tree, height, number, to, ret_hashes + own);
	return result < 0 ? result : result + own;
}
