/* Single entries out of a log's files, in any order, as its checkpoint has them; also beside a
 * vault that writes. Checks no hash: `ward log verify` does. */
#ifndef TOOLS_LOG_FILES_H
#define TOOLS_LOG_FILES_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

struct log_files;

/* -ENOENT: there is no such directory or no checkpoint in it; -EBADMSG: the checkpoint is none. */
NODISCARD int log_files_open(const char *directory, struct log_files **ret_files);
void log_files_destroy(struct log_files *files);
AUTO_DEFINE(log_files)

/* Entries under the checkpoint, and after it was read again. */
uint64_t log_files_size(const struct log_files *files);
NODISCARD int log_files_refresh(struct log_files *files);

/* The entry's text, until the next call. -ERANGE: not under the checkpoint; else what is wrong with
 * the file. */
NODISCARD int log_files_read(struct log_files *files, uint64_t seq, struct bytes *ret_text);

#endif
