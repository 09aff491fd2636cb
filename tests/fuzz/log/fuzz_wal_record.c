/* A record that parses is the one that its parts build again. */
#include <assert.h>
#include <string.h>

#include "proto/log/wal_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[WAL_RECORD_MAX + 8];
	struct wal_record record;

	for (size_t at = 0; at < size; at += record.size) {
		if (wal_record_parse(data + at, size - at, &record) < 0)
			return 0;
		assert(record.size <= size - at &&
		       record.size == wal_record_size(record.entry.size));
		wal_record_build(record.index, &record.leaf, record.entry, again);
		assert(memcmp(again, data + at, record.size) == 0);
	}
	return 0;
}
