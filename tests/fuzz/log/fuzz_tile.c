/* A tile has one path. */
#include <assert.h>
#include <string.h>

#include "proto/log/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[TILE_PATH_MAX];
	struct tile tile;
	struct text text;

	if (tile_parse_path((const char *)data, size, &tile) < 0)
		return 0;
	text_init(&text, path, sizeof(path));
	tile_build_path(&tile, &text);
	assert(!text.failed && text.size == size && memcmp(path, data, size) == 0);
	return 0;
}
