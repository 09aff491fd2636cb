#include "vault/store/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/fragment.h"

enum { FRAMES_AT = 2 /* the parts before a fragment's frames: free box and head */ };

static size_t frames_size(const struct fragment *fragment)
{
	size_t size = 0;

	for (uint32_t i = 0; i < fragment->count; i++)
		size += fragment->samples[i].size;
	return size;
}

static void copy_frames(const struct fragment *fragment, struct shelf_item *item)
{
	uint8_t *at = (uint8_t *)&item->samples[item->count];

	memcpy(item->samples, fragment->samples, item->count * sizeof(*item->samples));
	for (uint32_t i = 0; i < item->count; i++) {
		const struct bytes *part = &fragment->parts[FRAMES_AT + i];

		memcpy(at, part->data, part->size);
		at += part->size;
	}
}

int shelf_put(struct shelf *shelf, const struct fragment *fragment, struct shelf_item **ret_item)
{
	size_t size = frames_size(fragment);
	struct shelf_item **end = &shelf->first;
	struct shelf_item *item =
		malloc(sizeof(*item) + fragment->count * sizeof(*item->samples) + size);

	if (!item)
		return -ENOMEM;
	*item = (struct shelf_item){.start_us = fragment->start_us,
				    .last_us = fragment->last_us,
				    .size = size,
				    .count = fragment->count};
	copy_frames(fragment, item);
	while (*end)
		end = &(*end)->next;
	*end = item;
	shelf->size += size;
	shelf->count++;
	*ret_item = item;
	return 0;
}

void shelf_lend(const struct shelf_item *item, struct fragment *ret_fragment)
{
	const uint8_t *at = (const uint8_t *)&item->samples[item->count];

	ret_fragment->count = item->count;
	ret_fragment->start_us = item->start_us;
	ret_fragment->last_us = item->last_us;
	memcpy(ret_fragment->samples, item->samples, item->count * sizeof(*item->samples));
	for (uint32_t i = 0; i < item->count; i++) {
		ret_fragment->parts[FRAMES_AT + i] = (struct bytes){at, item->samples[i].size};
		at += item->samples[i].size;
	}
}

void shelf_drop(struct shelf *shelf, struct shelf_item **at)
{
	struct shelf_item *item = *at;

	*at = item->next;
	shelf->size -= item->size;
	shelf->count--;
	free(item);
}

void shelf_clear(struct shelf *shelf)
{
	while (shelf->first)
		shelf_drop(shelf, &shelf->first);
}
