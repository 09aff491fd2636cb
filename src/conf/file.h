/* Small files, read whole and replaced whole. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stddef.h>

#include "base/attr.h"

/* The bytes of a regular file and a NUL after them; the caller frees. -EFBIG if it is larger than
 * `size_max`, -EISDIR for a directory, else the error of open or read. */
NODISCARD int file_read(const char *path, size_t size_max, char **ret_data, size_t *ret_size);

/* Replaces `path` so that after a crash it holds the old bytes or the new ones: a new file beside
 * it, mode 0600, synced, renamed, the directory synced. */
NODISCARD int file_replace(const char *path, const void *data, size_t size);

#endif
