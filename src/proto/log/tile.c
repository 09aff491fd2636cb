#include "proto/log/tile.h"

#include <assert.h>

/* The number in groups of three digits, all but the last after an x. */
static void build_number(uint64_t number, struct text *text)
{
	uint64_t unit = 1;

	while (number / unit >= 1000)
		unit *= 1000;
	for (; unit > 1; unit /= 1000)
		text_printf(text, "x%03u/", (unsigned)(number / unit % 1000));
	text_printf(text, "%03u", (unsigned)(number % 1000));
}

void tile_build_path(const struct tile *tile, struct text *text)
{
	assert(tile->width >= 1 && tile->width <= TILE_WIDTH && tile->level <= TILE_LEVEL_MAX);
	text_add(text, "tile/");
	if (tile->level == TILE_LEVEL_ENTRIES)
		text_add(text, "entries/");
	else
		text_printf(text, "%d/", tile->level);
	build_number(tile->number, text);
	if (tile->width < TILE_WIDTH)
		text_printf(text, ".p/%u", tile->width);
}

unsigned tile_width_at(uint64_t size, int level, uint64_t number)
{
	uint64_t count = level > 0 ? size >> (8 * level) : size;

	if (number >= count / TILE_WIDTH)
		return number > count / TILE_WIDTH ? 0 : (unsigned)(count % TILE_WIDTH);
	return TILE_WIDTH;
}
