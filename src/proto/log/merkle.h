/* The Merkle tree of RFC 6962 section 2.1 with SHA-256: hashes, and the check of proofs. */
#ifndef PROTO_LOG_MERKLE_H
#define PROTO_LOG_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	MERKLE_HASH_SIZE = 32,
	MERKLE_LEVELS_MAX = 64,
	MERKLE_PROOF_MAX = 65, /* hashes in one proof */
};

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH_SIZE];
};

/* SHA-256(0x00 || data); SHA-256(0x01 || left || right); SHA-256(""). */
void merkle_leaf(const void *data, size_t size, struct merkle_hash *ret_hash);
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash);
void merkle_empty(struct merkle_hash *ret_hash);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* The roots of the complete subtrees that make up a tree of `size` leaves, widest first: all that
 * is needed to grow it. */
struct merkle_frontier {
	uint64_t size;
	struct merkle_hash roots[MERKLE_LEVELS_MAX]; /* by level; valid where `size` has that bit */
};

void merkle_frontier_add(struct merkle_frontier *frontier, const struct merkle_hash *leaf);
void merkle_frontier_root(const struct merkle_frontier *frontier, struct merkle_hash *ret_root);

/* The root of `count` (1..256) neighbouring hashes, count a power of two: one subtree. `hashes` is
 * used up. */
void merkle_fold(struct merkle_hash *hashes, size_t count, struct merkle_hash *ret_root);

/* RFC 9162 section 2.1.3.2. 0, or -EBADMSG if the proof does not show that `leaf` is number `index`
 * in the tree of `size` leaves with `root`. */
NODISCARD int merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
				     const struct merkle_hash *proof, size_t proof_count,
				     const struct merkle_hash *root);

struct merkle_head {
	uint64_t size;
	struct merkle_hash root;
};

/* RFC 9162 section 2.1.4.2. 0, or -EBADMSG if the proof does not show that the tree `from` is a
 * prefix of the tree `to`. From size 0 the empty proof alone is right, whatever the root of `to`,
 * if the root of `from` is the empty tree's. */
NODISCARD int merkle_check_consistency(const struct merkle_head *from, const struct merkle_head *to,
				       const struct merkle_hash *proof, size_t proof_count);

#endif
