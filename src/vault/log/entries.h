/* Entries read back: recent ones from the WAL, older ones from their bundle's file. */
#ifndef VAULT_LOG_ENTRIES_H
#define VAULT_LOG_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/log/entry.h"
#include "proto/log/tile.h"
#include "vault/log/parts.h"

enum { ENTRIES_BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_SIZE_MAX) };

/* The entry bundle of `number`, cut to `width` entries, all of them in the tree. `ret_data` has
 * ENTRIES_BUNDLE_MAX bytes. */
NODISCARD int entries_read_bundle(struct parts *parts, uint64_t number, unsigned width,
				  uint8_t *ret_data, size_t *ret_size);

/* One entry below tree_size; `ret_text` has ENTRY_SIZE_MAX bytes. */
NODISCARD int entries_read(struct parts *parts, uint64_t index, char *ret_text, size_t *ret_size);

#endif
