/* One epoch's file of one camera: age files, one behind the other, appended and never rewritten.
 * Path: c<camera>/<start in UTC>.pack below the store's directory. */
#ifndef VAULT_STORE_PACK_H
#define VAULT_STORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "vault/log/disk.h"

enum { PACK_PATH_SIZE = 64 };

/* Zero is no open pack: `file` is one more than the disk's number. */
struct pack {
	struct disk *disk;
	int file; /* 0: closed */
	uint32_t camera;
	uint64_t start_us;
	uint64_t size; /* where the next bytes go */
	bool is_dirty; /* written since the last pack_sync */
};

void pack_path(uint32_t camera, uint64_t start_us, char ret_path[PACK_PATH_SIZE]);

/* Opens for appending; makes file and directory if they are absent. Bytes behind what the index
 * knows stay unread: a crash left them. */
NODISCARD int pack_open(struct pack *pack, struct disk *disk, uint32_t camera, uint64_t start_us);
void pack_close(struct pack *pack);

/* Appends; `ret_offset` is where. Any error leaves the pack as it was. */
NODISCARD int pack_append(struct pack *pack, const void *data, size_t size, uint64_t *ret_offset);
/* -ENOENT: what was written has no name any more, since the file or its directory was removed. */
NODISCARD int pack_sync(struct pack *pack);

/* Reads exactly `size` bytes of any pack. -ENOENT: it was erased; -EBADMSG: it is shorter. */
NODISCARD int pack_read(struct disk *disk, const char *path, uint64_t offset, void *ret_data,
			size_t size);

#endif
