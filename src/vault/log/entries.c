#include "vault/log/entries.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

/* Enough for one record; wal_record_parse wants its padding as well. */
enum { RECORD_BUFFER = WAL_RECORD_MAX + 8 };

static int read_recent(struct parts *parts, uint64_t index, uint8_t *buffer,
		       struct wal_record *ret_record)
{
	int result = wal_read(parts->wal, tree_position(parts->tree, index), buffer, ret_record);

	if (result == 0 && ret_record->index != index)
		return -EUCLEAN;
	return result;
}

static int build_recent_bundle(struct parts *parts, uint64_t number, unsigned width,
			       uint8_t *ret_data, size_t *ret_size)
{
	struct bytes_writer writer = bytes_write(ret_data, ENTRIES_BUNDLE_MAX);
	uint8_t buffer[RECORD_BUFFER];
	struct wal_record record;

	for (unsigned i = 0; i < width; i++) {
		int result = read_recent(parts, number * TILE_WIDTH + i, buffer, &record);

		if (result < 0)
			return result;
		bytes_put_be16(&writer, (uint16_t)record.entry.size);
		bytes_put(&writer, record.entry.data, record.entry.size);
	}
	*ret_size = bytes_written(&writer);
	return 0;
}

/* Steps over `count` entries of a bundle. */
static void skip_entries(struct bytes_reader *reader, uint64_t count)
{
	for (uint64_t i = 0; i < count && !reader->failed; i++)
		bytes_get(reader, bytes_get_be16(reader));
}

int entries_read_bundle(struct parts *parts, uint64_t number, unsigned width, uint8_t *ret_data,
			size_t *ret_size)
{
	struct tile tile = {TILE_LEVEL_ENTRIES, TILE_WIDTH, number};
	size_t size;

	if (number * TILE_WIDTH >= tree_first_recent(parts->tree))
		return build_recent_bundle(parts, number, width, ret_data, ret_size);

	int result = tiles_read(parts->tiles, &tile, ret_data, ENTRIES_BUNDLE_MAX, &size);

	if (result < 0)
		return result;

	struct bytes_reader reader = bytes_read(ret_data, size);

	skip_entries(&reader, width);
	if (reader.failed)
		return -EUCLEAN;
	*ret_size = (size_t)(reader.at - ret_data);
	return 0;
}

static int read_from_bundle(struct parts *parts, uint64_t index, char *ret_text, size_t *ret_size)
{
	struct tile tile = {TILE_LEVEL_ENTRIES, TILE_WIDTH, index / TILE_WIDTH};
	autofree uint8_t *data = malloc(ENTRIES_BUNDLE_MAX);
	size_t size;

	if (!data)
		return -ENOMEM;

	int result = tiles_read(parts->tiles, &tile, data, ENTRIES_BUNDLE_MAX, &size);

	if (result < 0)
		return result;

	struct bytes_reader reader = bytes_read(data, size);

	skip_entries(&reader, index % TILE_WIDTH);
	size = bytes_get_be16(&reader);

	const uint8_t *entry = bytes_get(&reader, size);

	if (!entry || size > ENTRY_SIZE_MAX)
		return -EUCLEAN;
	memcpy(ret_text, entry, size);
	*ret_size = size;
	return 0;
}

int entries_read(struct parts *parts, uint64_t index, char *ret_text, size_t *ret_size)
{
	uint8_t buffer[RECORD_BUFFER];
	struct wal_record record;

	if (index < tree_first_recent(parts->tree))
		return read_from_bundle(parts, index, ret_text, ret_size);

	int result = read_recent(parts, index, buffer, &record);

	if (result < 0)
		return result;
	memcpy(ret_text, record.entry.data, record.entry.size);
	*ret_size = record.entry.size;
	return 0;
}
