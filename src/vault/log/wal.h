/* The write-ahead log: the source of truth for every entry that is not yet in a full, published
 * bundle. Segments `.state/wal-00000001`, ... of one fixed size, written with zeros before they are
 * used, so that making an entry durable changes no file size: one write, one fdatasync. A batch
 * never spans two segments. Records: proto/log/wal_record.h. */
#ifndef VAULT_LOG_WAL_H
#define VAULT_LOG_WAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/log/wal_record.h"
#include "vault/log/disk.h"

struct wal;

struct wal_position {
	uint32_t segment, offset;
};

/* Called for each record in order; a negative answer ends the scan. */
typedef int wal_found_fn(void *context, const struct wal_record *record,
			 struct wal_position position);

NODISCARD int wal_create(struct disk *disk, size_t segment_bytes, struct wal **ret_wal);
void wal_destroy(struct wal *wal);
AUTO_DEFINE(wal)

/* Reads what is there, changing nothing. A torn end is no error; -EUCLEAN if records are missing
 * before others that were written later: then the disk lost what it had promised to keep. */
NODISCARD int wal_scan(struct wal *wal, wal_found_fn *found, void *context);

/* After a scan, before the first write: makes certain that what was read is on disk. Everything
 * from `from` on is written again, because after a failed fsync the kernel may show bytes that the
 * disk never got and that a mere fsync would no longer write. What follows the last record becomes
 * zeros, so that no half of a batch ever rises again. */
NODISCARD int wal_repair(struct wal *wal, struct wal_position from);
/* Where the next record goes. */
struct wal_position wal_end(const struct wal *wal);

/* One write, one fdatasync. `size` is at most one segment. */
NODISCARD int wal_write(struct wal *wal, const uint8_t *data, size_t size,
			struct wal_position *ret_position);

/* Makes the next segment, unless it is there. */
NODISCARD int wal_prepare(struct wal *wal);
bool wal_is_prepared(const struct wal *wal);

/* Reads the record at a position into `buffer` (WAL_RECORD_MAX bytes + 8). */
NODISCARD int wal_read(struct wal *wal, struct wal_position position, uint8_t *buffer,
		       struct wal_record *ret_record);

/* Deletes segments before `segment`. */
NODISCARD int wal_retire(struct wal *wal, uint32_t segment);

#endif
