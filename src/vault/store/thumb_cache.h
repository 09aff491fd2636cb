/* Thumbnails that were made before: one file of fixed size in the store, `thumbs`, a table of names
 * and a place for each. Each is sealed under a key that comes from its epoch's secret: without the
 * epoch's row it cannot be opened, and nobody without the secret can put one there. Nothing is ever
 * synced: what a power loss leaves either opens or is made again. No failure here stops anything.
 */
#ifndef VAULT_STORE_THUMB_CACHE_H
#define VAULT_STORE_THUMB_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "proto/age/age.h"
#include "vault/log/disk.h"

enum {
	THUMB_CACHE_COUNT = 4096,
	THUMB_CACHE_HEAD_SIZE = 64,
	THUMB_CACHE_PLACE_SIZE = 16 * 1024,
	/* The whole file; it grows to this as places are used. */
	THUMB_CACHE_BYTES = THUMB_CACHE_COUNT * (THUMB_CACHE_HEAD_SIZE + THUMB_CACHE_PLACE_SIZE),
};

/* Of a fragment, whose first picture it is. */
struct thumb_name {
	uint32_t camera, track;
	uint64_t epoch_us, number;
};

/* Zero-initialised but for `disk`; opened when it is first needed. */
struct thumb_cache {
	struct disk *disk;
	int file;                 /* one more than the disk's number; 0: closed */
	struct thumb_name *names; /* THUMB_CACHE_COUNT; camera 0: free. NULL: not loaded */
	uint8_t place[THUMB_CACHE_PLACE_SIZE], plain[THUMB_CACHE_PLACE_SIZE];
};

/* Also when the disk may have become another one: it is opened anew when it is next needed. */
void thumb_cache_close(struct thumb_cache *cache);

/* The JPEG, borrowed until the next call. -ENOENT: it is not there, or is none that was put there:
 * it is to be made. `secret` is the epoch's private half. */
NODISCARD int thumb_cache_find(struct thumb_cache *cache, const struct thumb_name *name,
			       const uint8_t secret[AGE_KEY_SIZE], struct bytes *ret_jpeg);
/* Keeps it if it can, in place of another one. At most THUMB_SIZE_MAX bytes. */
void thumb_cache_add(struct thumb_cache *cache, const struct thumb_name *name,
		     const uint8_t secret[AGE_KEY_SIZE], struct bytes jpeg);
/* The epoch was erased: its thumbnails are overwritten. */
void thumb_cache_forget(struct thumb_cache *cache, uint32_t camera, uint64_t epoch_us);

#endif
