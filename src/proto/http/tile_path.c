#include "proto/http/tile_path.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/grammar.h"

enum { GROUP = 1000, GROUP_DIGITS = 3, GROUPS_MAX = 6 };

static int parse_group(struct bytes text, uint64_t *index)
{
	uint64_t value = 0;

	if (text.size != GROUP_DIGITS)
		return -EBADMSG;
	for (size_t i = 0; i < GROUP_DIGITS; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -EBADMSG;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	*index = *index * GROUP + value;
	return 0;
}

/* "x001/x234/067" or "067.p": every group but the last starts with x, the first is not zero. */
static int parse_index(struct bytes *path, struct tile_path *tile, bool *ret_partial)
{
	struct bytes item;

	*ret_partial = false;
	for (int groups = 0; groups < GROUPS_MAX && grammar_next_item(path, '/', &item); groups++) {
		bool is_last = !item.size || item.data[0] != 'x';

		if (is_last && item.size == GROUP_DIGITS + 2 &&
		    memcmp(item.data + GROUP_DIGITS, ".p", 2) == 0) {
			*ret_partial = true;
			item.size = GROUP_DIGITS;
		}
		if (!is_last)
			item = (struct bytes){item.data + 1, item.size - 1};
		if (parse_group(item, &tile->index) < 0 || (!is_last && !tile->index))
			return -EBADMSG;
		if (is_last)
			return 0;
	}
	return -EBADMSG;
}

int tile_path_parse(struct bytes path, struct tile_path *ret_tile)
{
	struct tile_path tile = {.width = TILE_WIDTH};
	struct bytes kind;
	uint64_t number;
	bool is_partial;

	/* An ending slash would vanish with its last, empty item. */
	if (!path.size || path.data[path.size - 1] == '/' || !grammar_next_item(&path, '/', &kind))
		return -EBADMSG;
	tile.is_entries = grammar_same(kind, "entries");
	if (!tile.is_entries) {
		if (text_parse_u64((const char *)kind.data, kind.size, TILE_LEVEL_MAX, &number) < 0)
			return -EBADMSG;
		tile.level = (uint32_t)number;
	}
	if (parse_index(&path, &tile, &is_partial) < 0)
		return -EBADMSG;
	if (is_partial) {
		if (text_parse_u64((const char *)path.data, path.size, TILE_WIDTH - 1, &number) <
			    0 ||
		    !number)
			return -EBADMSG;
		tile.width = (uint32_t)number;
	} else if (path.size) {
		return -EBADMSG;
	}
	*ret_tile = tile;
	return 0;
}
