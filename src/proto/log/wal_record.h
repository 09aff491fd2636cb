/* One record of the write-ahead log: u32 size, u32 ~size, u64 index, leaf hash, entry, zeros to a
 * multiple of 8; big-endian. A record that was torn by a power cut does not parse. */
#ifndef PROTO_LOG_WAL_RECORD_H
#define PROTO_LOG_WAL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/log/entry.h"
#include "proto/log/merkle.h"

enum {
	WAL_RECORD_HEADER = 4 + 4 + 8 + MERKLE_HASH_SIZE,
	WAL_RECORD_MAX = WAL_RECORD_HEADER + ENTRY_SIZE_MAX,
};

struct wal_record {
	uint64_t index;
	struct merkle_hash leaf;
	struct bytes entry; /* points into what was parsed */
	size_t size;        /* of the record, padded */
};

/* Bytes of the record of an entry of `entry_size` bytes. */
size_t wal_record_size(size_t entry_size);
/* Writes wal_record_size() bytes. */
void wal_record_build(uint64_t index, const struct merkle_hash *leaf, struct bytes entry,
		      uint8_t *ret_data);
/* 0 for a whole record with the right hash; -ENODATA where nothing was ever written (zeros, or the
 * end); -EBADMSG otherwise. */
NODISCARD int wal_record_parse(const uint8_t *data, size_t size, struct wal_record *ret_record);

#endif
