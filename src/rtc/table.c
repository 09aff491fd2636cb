#include "rtc/table.h"

#include <string.h>

/* Multiply and fold, eight bytes a step: short keys, and flooding a table of a thousand viewers
 * would cost each of them a signed request. */
uint64_t table_hash(const struct table *table, const void *data, size_t size)
{
	const uint8_t *at = data;
	uint64_t hash = table->key ^ size;

	while (size) {
		uint64_t word = 0;
		size_t taken = size < sizeof(word) ? size : sizeof(word);

		memcpy(&word, at, taken);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
		at += taken;
		size -= taken;
	}
	return hash ^ hash >> 32;
}

void table_remove(struct table_node *node)
{
	if (!node->at)
		return;
	*node->at = node->next;
	if (node->next)
		node->next->at = node->at;
	node->at = NULL;
	node->next = NULL;
}

void table_add(struct table *table, struct table_node *node, uint64_t hash)
{
	struct table_node **bucket = &table->bucket[hash % TABLE_BUCKETS];

	table_remove(node);
	node->hash = hash;
	node->next = *bucket;
	node->at = bucket;
	if (node->next)
		node->next->at = &node->next;
	*bucket = node;
}

static struct table_node *node_with(struct table_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct table_node *table_first(const struct table *table, uint64_t hash)
{
	return node_with(table->bucket[hash % TABLE_BUCKETS], hash);
}

struct table_node *table_next(const struct table_node *node)
{
	return node_with(node->next, node->hash);
}
