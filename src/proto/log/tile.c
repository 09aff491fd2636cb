#include "proto/log/tile.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char prefix[] = "tile/", entries[] = "entries/", partial[] = ".p/";

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
	text_add(text, prefix);
	if (tile->level == TILE_LEVEL_ENTRIES)
		text_add(text, entries);
	else
		text_printf(text, "%d/", tile->level);
	build_number(tile->number, text);
	if (tile->width < TILE_WIDTH)
		text_printf(text, "%s%u", partial, tile->width);
}

/* Cuts `word` off the front. */
static bool skip(struct bytes *rest, const char *word)
{
	size_t size = strlen(word);

	if (rest->size < size || memcmp(rest->data, word, size) != 0)
		return false;
	rest->data += size;
	rest->size -= size;
	return true;
}

static int parse_group(struct bytes *rest, uint64_t *number)
{
	unsigned value = 0;

	if (rest->size < 3)
		return -EBADMSG;
	for (unsigned i = 0; i < 3; i++) {
		if (rest->data[i] < '0' || rest->data[i] > '9')
			return -EBADMSG;
		value = value * 10 + (unsigned)(rest->data[i] - '0');
	}
	rest->data += 3;
	rest->size -= 3;
	if (*number > (UINT64_MAX - value) / 1000)
		return -EBADMSG;
	*number = *number * 1000 + value;
	return 0;
}

static int parse_number(struct bytes *rest, uint64_t *ret_number)
{
	uint64_t number = 0;
	bool first = true;

	while (skip(rest, "x")) {
		if (parse_group(rest, &number) < 0 || !skip(rest, "/") || (first && number == 0))
			return -EBADMSG;
		first = false;
	}
	if (parse_group(rest, &number) < 0)
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int tile_parse_path(const char *path, size_t size, struct tile *ret_tile)
{
	struct bytes rest = {(const uint8_t *)path, size};
	struct tile tile = {.level = TILE_LEVEL_ENTRIES, .width = TILE_WIDTH};
	uint64_t width;

	if (!skip(&rest, prefix))
		return -EBADMSG;
	if (!skip(&rest, entries)) {
		if (rest.size < 2 || rest.data[0] < '0' || rest.data[0] > '0' + TILE_LEVEL_MAX ||
		    rest.data[1] != '/')
			return -EBADMSG;
		tile.level = rest.data[0] - '0';
		rest.data += 2;
		rest.size -= 2;
	}
	if (parse_number(&rest, &tile.number) < 0)
		return -EBADMSG;
	if (rest.size) {
		if (!skip(&rest, partial) ||
		    text_parse_u64((const char *)rest.data, rest.size, TILE_WIDTH - 1, &width) <
			    0 ||
		    width == 0)
			return -EBADMSG;
		tile.width = (unsigned)width;
	}
	*ret_tile = tile;
	return 0;
}

unsigned tile_width_at(uint64_t size, int level, uint64_t number)
{
	uint64_t count = level > 0 ? size >> (8 * level) : size;

	if (number >= count / TILE_WIDTH)
		return number > count / TILE_WIDTH ? 0 : (unsigned)(count % TILE_WIDTH);
	return TILE_WIDTH;
}
