/* Names of tiles and entry bundles: c2sp.org/tlog-tiles. */
#ifndef PROTO_LOG_TILE_H
#define PROTO_LOG_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"

enum {
	TILE_WIDTH = 256,        /* hashes in a full tile: trees of height 8 */
	TILE_LEVEL_MAX = 7,      /* a tree of 2^64 leaves has no more */
	TILE_LEVEL_ENTRIES = -1, /* the entries themselves */
	TILE_PATH_MAX = 64,      /* bytes of a path, with its NUL */
};

struct tile {
	int level;       /* 0..TILE_LEVEL_MAX, or TILE_LEVEL_ENTRIES */
	unsigned width;  /* 1..TILE_WIDTH */
	uint64_t number; /* within its level */
};

/* "tile/0/x001/x234/067", "tile/entries/000.p/112". */
void tile_build_path(const struct tile *tile, struct text *text);

/* How wide tile `number` of `level` is in a tree of `size` leaves: 0..TILE_WIDTH. */
unsigned tile_width_at(uint64_t size, int level, uint64_t number);

#endif
