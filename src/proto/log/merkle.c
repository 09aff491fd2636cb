#include "proto/log/merkle.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "proto/log/sha256.h"

static const uint8_t leaf_prefix = 0, node_prefix = 1;

void merkle_leaf(const void *data, size_t size, struct merkle_hash *ret_hash)
{
	struct bytes parts[] = {{&leaf_prefix, 1}, {data, size}};

	sha256_parts(parts, ARRAY_COUNT(parts), ret_hash->bytes);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash)
{
	/* One block to hash is faster than three updates. */
	uint8_t data[1 + 2 * MERKLE_HASH_SIZE];
	struct bytes part = {data, sizeof(data)};

	data[0] = node_prefix;
	memcpy(data + 1, left->bytes, MERKLE_HASH_SIZE);
	memcpy(data + 1 + MERKLE_HASH_SIZE, right->bytes, MERKLE_HASH_SIZE);
	sha256_parts(&part, 1, ret_hash->bytes);
}

void merkle_empty(struct merkle_hash *ret_hash)
{
	sha256_parts(NULL, 0, ret_hash->bytes);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH_SIZE) == 0;
}

void merkle_frontier_add(struct merkle_frontier *frontier, const struct merkle_hash *leaf)
{
	struct merkle_hash hash = *leaf;
	unsigned level = 0;

	assert(frontier->size < UINT64_MAX);
	for (; frontier->size >> level & 1; level++)
		merkle_node(&frontier->roots[level], &hash, &hash);
	frontier->roots[level] = hash;
	frontier->size++;
}

void merkle_frontier_root(const struct merkle_frontier *frontier, struct merkle_hash *ret_root)
{
	bool started = false;

	merkle_empty(ret_root);
	for (unsigned level = 0; level < MERKLE_LEVELS_MAX; level++) {
		if (!(frontier->size >> level & 1))
			continue;
		if (started)
			merkle_node(&frontier->roots[level], ret_root, ret_root);
		else
			*ret_root = frontier->roots[level];
		started = true;
	}
}

void merkle_fold(struct merkle_hash *hashes, size_t count, struct merkle_hash *ret_root)
{
	assert(count > 0 && (count & (count - 1)) == 0);
	for (; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			merkle_node(&hashes[2 * i], &hashes[2 * i + 1], &hashes[i]);
	*ret_root = hashes[0];
}

int merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			   const struct merkle_hash *proof, size_t proof_count,
			   const struct merkle_hash *root)
{
	if (index >= size)
		return -EBADMSG;

	uint64_t node = index, last = size - 1;
	struct merkle_hash hash = *leaf;

	for (size_t i = 0; i < proof_count; i++) {
		if (last == 0)
			return -EBADMSG;
		if (node & 1 || node == last) {
			merkle_node(&proof[i], &hash, &hash);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(&hash, &proof[i], &hash);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&hash, root) ? 0 : -EBADMSG;
}

/* Walks a consistency proof from the last complete subtree of the old tree up to both roots. */
static int walk_consistency(const struct merkle_head *from, const struct merkle_head *to,
			    const struct merkle_hash *proof, size_t proof_count)
{
	uint64_t node = from->size - 1, last = to->size - 1;

	for (; node & 1; node >>= 1)
		last >>= 1;

	/* Where the old tree is one complete subtree, its own root is where the walk begins. */
	bool whole = (from->size & (from->size - 1)) == 0;

	if (!whole && proof_count == 0)
		return -EBADMSG;

	struct merkle_hash old_root = whole ? from->root : proof[0], new_root = old_root;

	for (size_t i = whole ? 0 : 1; i < proof_count; i++) {
		if (last == 0)
			return -EBADMSG;
		if (node & 1 || node == last) {
			merkle_node(&proof[i], &old_root, &old_root);
			merkle_node(&proof[i], &new_root, &new_root);
			while (!(node & 1) && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(&new_root, &proof[i], &new_root);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&old_root, &from->root) &&
			       merkle_equal(&new_root, &to->root)
		       ? 0
		       : -EBADMSG;
}

int merkle_check_consistency(const struct merkle_head *from, const struct merkle_head *to,
			     const struct merkle_hash *proof, size_t proof_count)
{
	struct merkle_hash empty;

	if (from->size > to->size)
		return -EBADMSG;
	if (from->size == to->size)
		return proof_count == 0 && merkle_equal(&from->root, &to->root) ? 0 : -EBADMSG;
	if (from->size == 0) {
		merkle_empty(&empty);
		return proof_count == 0 && merkle_equal(&from->root, &empty) ? 0 : -EBADMSG;
	}
	return walk_consistency(from, to, proof, proof_count);
}
