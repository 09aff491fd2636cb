/* Tiles and entry bundles as files, `tile/...`. A tile is never overwritten: if the name exists,
 * the bytes must be the same. */
#ifndef VAULT_LOG_TILES_H
#define VAULT_LOG_TILES_H

#include <stddef.h>

#include "base/attr.h"
#include "proto/log/tile.h"
#include "vault/log/disk.h"

struct tiles;

NODISCARD int tiles_create(struct disk *disk, struct tiles **ret_tiles);
void tiles_destroy(struct tiles *tiles);
AUTO_DEFINE(tiles)

/* Durable when it returns 0. -EUCLEAN if another content stands under that name. */
NODISCARD int tiles_write(struct tiles *tiles, const struct tile *tile, const void *data,
			  size_t size);

/* The file's bytes. -ENOENT; -EMSGSIZE if there are more than `capacity`. */
NODISCARD int tiles_read(struct tiles *tiles, const struct tile *tile, void *ret_data,
			 size_t capacity, size_t *ret_size);

/* Deletes the partial tiles of one number but for the widths given (0: none). */
NODISCARD int tiles_remove_partials(struct tiles *tiles, int level, uint64_t number,
				    const unsigned keep_widths[2]);

#endif
