/* Epochs: a log that can no longer be gone on with is put aside as a whole, in `e1/`, `e2/`, ...,
 * and a new one begins whose first entry names the old head. */
#ifndef VAULT_LOG_EPOCH_H
#define VAULT_LOG_EPOCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "vault/log/disk.h"
#include "vault/log/parts.h"

/* The newest epoch that was put aside; 0 if none was. */
NODISCARD int epoch_find_last(struct disk *disk, uint32_t *ret_epoch);

/* Moves the log as it is into `e<epoch>/`. A move that was interrupted goes on. */
NODISCARD int epoch_put_aside(struct disk *disk, uint32_t epoch);

/* The note that an epoch put aside had signed last. -ENOENT. */
NODISCARD int epoch_read_signed(struct disk *disk, uint32_t epoch, char *ret_note, size_t capacity,
				size_t *ret_size);

#endif
