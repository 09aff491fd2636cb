/* A hash table of nodes that live in their owners. The hash is keyed: viewers choose some of what
 * is looked up. */
#ifndef RTC_TABLE_H
#define RTC_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { TABLE_BUCKETS = 1024 };

struct table_node {
	struct table_node *next, **at; /* `at` NULL: in no table */
	uint64_t hash;
};

/* Zero-initialised but for the key. */
struct table {
	uint64_t key;
	struct table_node *bucket[TABLE_BUCKETS];
};

uint64_t table_hash(const struct table *table, const void *data, size_t size);

/* A node is in one table at most; adding moves it. */
void table_add(struct table *table, struct table_node *node, uint64_t hash);
void table_remove(struct table_node *node);

/* The first node with this hash, and those after it; the caller compares what the hash stands
 * for. NULL at the end. */
struct table_node *table_first(const struct table *table, uint64_t hash);
struct table_node *table_next(const struct table_node *node);

#endif
