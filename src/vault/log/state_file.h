/* Small files that are replaced as a whole: `checkpoint` and `.state/signed`. */
#ifndef VAULT_LOG_STATE_FILE_H
#define VAULT_LOG_STATE_FILE_H

#include <stddef.h>

#include "base/attr.h"
#include "vault/log/disk.h"

/* After a power cut the file holds the old bytes or the new ones, and after this returns 0 the new
 * ones: temporary name, fsync, rename, fsync of the directory. */
NODISCARD int state_file_write(struct disk *disk, const char *path, const void *data, size_t size);

/* The whole file. -ENOENT; -EMSGSIZE if it is larger than `capacity`. */
NODISCARD int state_file_read(struct disk *disk, const char *path, void *ret_data, size_t capacity,
			      size_t *ret_size);

/* Writes and syncs a file under a name that nobody reads; what a crash left there goes first. */
NODISCARD int state_file_make_temporary(struct disk *disk, const char *path, const void *data,
					size_t size);

/* Syncs the directory that `path` stands in. */
NODISCARD int state_file_sync_parent(struct disk *disk, const char *path);

#endif
