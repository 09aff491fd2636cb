#include "vault/log/tiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vault/log/state_file.h"

static const char tile_temporary[] = ".state/tile.tmp";

enum { TILES_KINDS = TILE_LEVEL_MAX + 2 }; /* each level, and the entries */

struct tiles {
	struct disk *disk;
	/* Of each kind the directory whose own name, and those above it, are durable. */
	char durable[TILES_KINDS][DISK_PATH_MAX];
};

int tiles_create(struct disk *disk, struct tiles **ret_tiles)
{
	struct tiles *tiles = calloc(1, sizeof(*tiles));

	if (!tiles)
		return -ENOMEM;
	tiles->disk = disk;
	*ret_tiles = tiles;
	return 0;
}

void tiles_destroy(struct tiles *tiles)
{
	free(tiles);
}

static void path_of(const struct tile *tile, char ret_path[DISK_PATH_MAX])
{
	struct text text;

	text_init(&text, ret_path, DISK_PATH_MAX);
	tile_build_path(tile, &text);
}

/* Makes each directory on the way and its entry in the one above durable. One that exists may be
 * left from a process that died before its sync. */
static int make_directories(struct tiles *tiles, const struct tile *tile, const char *path)
{
	char *durable = tiles->durable[tile->level + 1], directory[DISK_PATH_MAX];
	struct disk *disk = tiles->disk;
	size_t size = (size_t)(strrchr(path, '/') - path);

	if (strlen(durable) == size && memcmp(durable, path, size) == 0)
		return 0;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);

		int result = disk->make_directory(disk, directory);

		if (result == 0 || result == -EEXIST)
			result = state_file_sync_parent(disk, directory);
		if (result < 0)
			return result;
	}
	snprintf(durable, DISK_PATH_MAX, "%.*s", (int)size, path);
	return 0;
}

static int compare(struct tiles *tiles, const struct tile *tile, const void *data, size_t size)
{
	autofree void *present = malloc(size);
	size_t present_size;

	if (!present)
		return -ENOMEM;

	int result = tiles_read(tiles, tile, present, size, &present_size);

	if (result == -EMSGSIZE)
		return -EUCLEAN;
	if (result < 0)
		return result;
	return present_size == size && memcmp(present, data, size) == 0 ? 0 : -EUCLEAN;
}

int tiles_write(struct tiles *tiles, const struct tile *tile, const void *data, size_t size)
{
	struct disk *disk = tiles->disk;
	char path[DISK_PATH_MAX];

	path_of(tile, path);

	int result = make_directories(tiles, tile, path);

	if (result == 0)
		result = state_file_make_temporary(disk, tile_temporary, data, size);
	if (result < 0)
		return result;
	result = disk->link(disk, tile_temporary, path);
	if (result == -EEXIST)
		result = compare(tiles, tile, data, size);
	return result < 0 ? result : state_file_sync_parent(disk, path);
}

int tiles_read(struct tiles *tiles, const struct tile *tile, void *ret_data, size_t capacity,
	       size_t *ret_size)
{
	char path[DISK_PATH_MAX];

	path_of(tile, path);
	return state_file_read(tiles->disk, path, ret_data, capacity, ret_size);
}

/* ---- removing ---- */

struct partials {
	const unsigned *keep_widths;
	unsigned count, kept;
	uint8_t widths[TILE_WIDTH];
};

static void found_partial(void *context, const char *name)
{
	struct partials *partials = context;
	uint64_t width;

	if (text_parse_u64(name, strlen(name), TILE_WIDTH - 1, &width) < 0 || width == 0)
		return;
	if (width == partials->keep_widths[0] || width == partials->keep_widths[1])
		partials->kept++;
	else if (partials->count < TILE_WIDTH)
		partials->widths[partials->count++] = (uint8_t)width;
}

int tiles_remove_partials(struct tiles *tiles, int level, uint64_t number,
			  const unsigned keep_widths[2])
{
	struct disk *disk = tiles->disk;
	struct partials partials = {.keep_widths = keep_widths};
	char path[DISK_PATH_MAX];

	path_of(&(struct tile){level, 1, number}, path);
	*strrchr(path, '/') = '\0';

	int result = disk->list(disk, path, found_partial, &partials);

	if (result == -ENOENT)
		return 0;
	for (unsigned i = 0; result == 0 && i < partials.count; i++) {
		char partial[DISK_PATH_MAX];

		path_of(&(struct tile){level, partials.widths[i], number}, partial);
		result = disk->unlink(disk, partial);
	}
	if (result == 0 && partials.kept == 0) {
		result = disk->unlink(disk, path);
		tiles->durable[level + 1][0] = '\0';
	}
	return result;
}
