/* Fragments that wait in memory for an event (`record: events`): copied there when they end, taken
 * by the recorder when an event wants them, and otherwise gone after a while. Nothing of it touches
 * the disk. Bounded in bytes and number; one allocation a fragment. */
#ifndef VAULT_STORE_SHELF_H
#define VAULT_STORE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/cmaf/cmaf.h"

enum { SHELF_SIZE_MAX = 24 << 20, SHELF_COUNT_MAX = 256 };

struct fragment;

struct shelf_item {
	struct shelf_item *next;
	uint32_t track;            /* enum media_track */
	uint32_t config;           /* of the track, when it was recorded */
	uint64_t start_us, end_us; /* wall clock */
	uint64_t last_us;
	size_t size; /* of all its frames */
	uint32_t count;
	struct cmaf_sample samples[]; /* count of them, then the frames' bytes */
};

/* Zero is an empty one. Oldest first. */
struct shelf {
	struct shelf_item *first;
	size_t size;
	unsigned count;
};

/* Copies the fragment's frames: the new item, its end_us still to be set. -ENOMEM: nothing was
 * changed. */
NODISCARD int shelf_put(struct shelf *shelf, const struct fragment *fragment,
			struct shelf_item **ret_item);

/* The item as a fragment whose parts point into it. */
void shelf_lend(const struct shelf_item *item, struct fragment *ret_fragment);

/* Takes out and frees what `at` points to: shelf->first, or an item's next. */
void shelf_drop(struct shelf *shelf, struct shelf_item **at);
void shelf_clear(struct shelf *shelf);

static inline bool shelf_is_over(const struct shelf *shelf)
{
	return shelf->size > SHELF_SIZE_MAX || shelf->count > SHELF_COUNT_MAX;
}

#endif
