#include "vault/log/publish.h"

#include <errno.h>
#include <string.h>

#include "vault/log/entries.h"
#include "vault/log/state_file.h"

/* Writes the tile where the publication stands, if it is wider than in the tree published before:
 * 1, else 0. */
static int publish_tile(struct parts *parts, uint64_t number, uint8_t *buffer)
{
	struct publication *publication = &parts->publication;
	int level = publication->level;
	struct tile tile = {level, tile_width_at(publication->head.size, level, number), number};
	struct merkle_hash hashes[TILE_WIDTH];
	const void *data = hashes;
	size_t size = tile.width * sizeof(*hashes);
	int result;

	if (tile.width == tile_width_at(parts->head.size, level, number))
		return 0;
	if (level == TILE_LEVEL_ENTRIES) {
		result = entries_read_bundle(parts, number, tile.width, buffer, &size);
		data = buffer;
	} else {
		result = tree_read_tile(parts->tree, &tile, hashes);
	}
	if (result == 0)
		result = tiles_write(parts->tiles, &tile, data, size);
	return result < 0 ? result : 1;
}

/* The number of the last tile of a level in a tree of `size` leaves. */
static uint64_t last_tile(uint64_t size, int level)
{
	return (level > 0 ? size >> (8 * level) : size) / TILE_WIDTH;
}

static int remove_partials_of(struct parts *parts, int level, uint64_t number)
{
	uint64_t heads[] = {parts->previous_size, parts->head.size};
	unsigned keep[ARRAY_COUNT(heads)] = {0};

	for (unsigned i = 0; i < ARRAY_COUNT(heads); i++)
		if (last_tile(heads[i], level) == number)
			keep[i] = tile_width_at(heads[i], level, number);
	return tiles_remove_partials(parts->tiles, level, number, keep);
}

/* On disk only the two newest heads have their partial tiles; those of older ones are served from
 * the full tiles or from memory. Looks where the head before them ended, and, since a restart
 * forgets that, at the tile before. */
static int remove_partials(struct parts *parts)
{
	int result = 0;

	for (int level = TILE_LEVEL_ENTRIES; result == 0 && level <= TILE_LEVEL_MAX; level++) {
		uint64_t previous = last_tile(parts->previous_size, level);
		uint64_t numbers[] = {last_tile(parts->stale_size, level),
				      previous ? previous - 1 : 0, previous,
				      last_tile(parts->head.size, level)};

		for (unsigned i = 0; result == 0 && i < ARRAY_COUNT(numbers); i++)
			if (i == 0 || numbers[i] != numbers[i - 1])
				result = remove_partials_of(parts, level, numbers[i]);
		if (level >= 0 && parts->head.size >> (8 * level) == 0)
			break;
	}
	return result;
}

/* Segments before the one with the first entry that no full bundle holds. One more is kept. */
static int retire_segments(struct parts *parts)
{
	uint64_t first = tree_first_recent(parts->tree);
	uint32_t segment = first < tree_size(parts->tree)
				   ? tree_position(parts->tree, first).segment
				   : wal_end(parts->wal).segment;

	return segment > 1 ? wal_retire(parts->wal, segment - 1) : 0;
}

/* Root and signature, and the mark: whoever has seen a signature must find that the log remembers
 * it. */
static int begin_publication(struct parts *parts)
{
	struct publication *publication = &parts->publication;
	struct text text;

	publication->head.size = tree_size(parts->tree);

	int result = tree_root_at(parts->tree, publication->head.size, &publication->head.root);

	if (result < 0)
		return result;
	text_init(&text, publication->note, sizeof(publication->note));
	signer_sign(parts->signer, &publication->head, &text);
	if (text.failed)
		return -EMSGSIZE;
	publication->note_size = text.size;
	publication->level = TILE_LEVEL_ENTRIES;
	publication->number = last_tile(parts->head.size, publication->level);
	publication->is_open = true;
	return state_file_write(parts->disk, PUBLISH_SIGNED, publication->note, text.size);
}

/* One tile, the bundles first; 0 when there is none left. */
static int publish_next_tile(struct parts *parts)
{
	struct publication *publication = &parts->publication;

	for (;;) {
		if (publication->number > last_tile(publication->head.size, publication->level)) {
			if (publication->level == TILE_LEVEL_MAX)
				return 0;
			publication->level++;
			publication->number = last_tile(parts->head.size, publication->level);
			continue;
		}

		bool is_bundle = publication->level == TILE_LEVEL_ENTRIES;
		autofree uint8_t *buffer = is_bundle ? malloc(ENTRIES_BUNDLE_MAX) : NULL;

		if (is_bundle && !buffer)
			return -ENOMEM;

		int result = publish_tile(parts, publication->number++, buffer);

		if (result != 0)
			return result;
	}
}

static int end_publication(struct parts *parts)
{
	struct publication *publication = &parts->publication;
	int result = state_file_write(parts->disk, PUBLISH_CHECKPOINT, publication->note,
				      publication->note_size);

	if (result < 0)
		return result;
	memcpy(parts->note, publication->note, publication->note_size);
	parts->note_size = publication->note_size;
	parts->head = publication->head;
	publication->is_open = false;
	tree_set_stored(parts->tree, parts->head.size);
	result = remove_partials(parts);
	parts->stale_size = parts->previous_size;
	parts->previous_size = parts->head.size;
	return result < 0 ? result : retire_segments(parts);
}

int publish_step(struct parts *parts)
{
	int result;

	if (!parts->publication.is_open) {
		if (tree_size(parts->tree) == parts->head.size)
			return 0;
		result = begin_publication(parts);
		return result < 0 ? result : 1;
	}
	result = publish_next_tile(parts);
	return result == 0 ? end_publication(parts) : result;
}
