/* The addresses of a log's tiles: C2SP tlog-tiles, after ".../tile/". */
#ifndef PROTO_HTTP_TILE_PATH_H
#define PROTO_HTTP_TILE_PATH_H

#include "base/attr.h"
#include "base/bytes.h"

enum { TILE_LEVEL_MAX = 63, TILE_WIDTH = 256 };

struct tile_path {
	bool is_entries;
	uint32_t level; /* 0 for entries */
	uint64_t index;
	uint32_t width; /* 1..256; 256: a full tile */
};

/* "0/x001/x234/067", "0/000.p/112", "entries/067". Canonical form only. 0 or -EBADMSG. */
NODISCARD int tile_path_parse(struct bytes path, struct tile_path *ret_tile);

#endif
