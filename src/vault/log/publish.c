#include "vault/log/publish.h"

#include <errno.h>
#include <string.h>

#include "vault/log/entries.h"
#include "vault/log/state_file.h"

/* Writes one tile if it is wider than it was when `from` leaves were published. */
static int publish_tile(struct parts *parts, int level, uint64_t number, uint64_t from)
{
	struct tile tile = {level, tile_width_at(tree_size(parts->tree), level, number), number};
	struct merkle_hash hashes[TILE_WIDTH];

	if (tile.width == tile_width_at(from, level, number))
		return 0;

	int result = tree_read_tile(parts->tree, &tile, hashes);

	return result < 0 ? result
			  : tiles_write(parts->tiles, &tile, hashes, tile.width * sizeof(*hashes));
}

static int publish_bundle(struct parts *parts, uint64_t number, uint8_t *buffer)
{
	struct tile tile = {TILE_LEVEL_ENTRIES,
			    tile_width_at(tree_size(parts->tree), TILE_LEVEL_ENTRIES, number),
			    number};
	size_t size;
	int result = entries_read_bundle(parts, number, tile.width, buffer, &size);

	return result < 0 ? result : tiles_write(parts->tiles, &tile, buffer, size);
}

static int publish_bundles(struct parts *parts, uint64_t from)
{
	autofree uint8_t *buffer = malloc(ENTRIES_BUNDLE_MAX);
	int result = buffer ? 0 : -ENOMEM;

	for (uint64_t number = from / TILE_WIDTH;
	     result == 0 && number * TILE_WIDTH < tree_size(parts->tree); number++)
		result = publish_bundle(parts, number, buffer);
	return result;
}

static int publish_level(struct parts *parts, int level, uint64_t from)
{
	uint64_t count = tree_size(parts->tree) >> (8 * level);
	int result = 0;

	for (uint64_t number = (from >> (8 * level)) / TILE_WIDTH;
	     result == 0 && number * TILE_WIDTH < count; number++)
		result = publish_tile(parts, level, number, from);
	return result;
}

static int publish_tiles(struct parts *parts, uint64_t from)
{
	int result = publish_bundles(parts, from);

	for (int level = 0; result == 0 && level <= TILE_LEVEL_MAX; level++)
		result = publish_level(parts, level, from);
	return result;
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

/* On disk only the two newest heads have their partial tiles; those of older ones are served from the
 * full tiles or from memory. Looks where the head before them ended, and, since a restart forgets
 * that, at the tile before. */
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

static int publish_note(struct parts *parts, const struct merkle_head *head)
{
	char note[PARTS_NOTE_MAX];
	struct text text;

	text_init(&text, note, sizeof(note));
	signer_sign(parts->signer, head, &text);
	if (text.failed)
		return -EMSGSIZE;

	/* The mark first: whoever has seen a signature must find that the log remembers it. */
	int result = state_file_write(parts->disk, PUBLISH_SIGNED, note, text.size);

	if (result == 0)
		result = publish_tiles(parts, parts->head.size);
	if (result == 0)
		result = state_file_write(parts->disk, PUBLISH_CHECKPOINT, note, text.size);
	if (result < 0)
		return result;
	memcpy(parts->note, note, text.size);
	parts->note_size = text.size;
	return 0;
}

int publish_head(struct parts *parts)
{
	struct merkle_head head = {.size = tree_size(parts->tree)};
	int result = tree_root_at(parts->tree, head.size, &head.root);

	if (result == 0)
		result = publish_note(parts, &head);
	if (result < 0)
		return result;
	parts->head = head;
	tree_set_stored(parts->tree, head.size);
	result = remove_partials(parts);
	parts->stale_size = parts->previous_size;
	parts->previous_size = head.size;
	return result < 0 ? result : retire_segments(parts);
}
