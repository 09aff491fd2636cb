#include "proto/log/wal_record.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

size_t wal_record_size(size_t entry_size)
{
	return (WAL_RECORD_HEADER + entry_size + 7) & ~(size_t)7;
}

void wal_record_build(uint64_t index, const struct merkle_hash *leaf, struct bytes entry,
		      uint8_t *ret_data)
{
	size_t size = wal_record_size(entry.size);
	struct bytes_writer writer = bytes_write(ret_data, size);

	assert(entry.size > 0 && entry.size <= ENTRY_SIZE_MAX);
	bytes_put_be32(&writer, (uint32_t)entry.size);
	bytes_put_be32(&writer, ~(uint32_t)entry.size);
	bytes_put_be64(&writer, index);
	bytes_put(&writer, leaf->bytes, MERKLE_HASH_SIZE);
	bytes_put(&writer, entry.data, entry.size);
	memset(writer.at, 0, size - bytes_written(&writer));
}

static bool is_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

int wal_record_parse(const uint8_t *data, size_t size, struct wal_record *ret_record)
{
	struct bytes_reader reader = bytes_read(data, size);
	uint32_t entry_size = bytes_get_be32(&reader), inverse = bytes_get_be32(&reader);
	struct wal_record record = {.index = bytes_get_be64(&reader)};
	const uint8_t *leaf = bytes_get(&reader, MERKLE_HASH_SIZE);
	struct merkle_hash hash;

	if (!leaf || is_zero(data, WAL_RECORD_HEADER))
		return is_zero(data, size < WAL_RECORD_HEADER ? size : WAL_RECORD_HEADER)
			       ? -ENODATA
			       : -EBADMSG;
	if (entry_size == 0 || entry_size > ENTRY_SIZE_MAX || inverse != ~entry_size)
		return -EBADMSG;
	record.size = wal_record_size(entry_size);
	record.entry = (struct bytes){bytes_get(&reader, entry_size), entry_size};
	if (!record.entry.data || record.size > size ||
	    !is_zero(reader.at, record.size - WAL_RECORD_HEADER - entry_size))
		return -EBADMSG;
	merkle_leaf(record.entry.data, entry_size, &hash);
	memcpy(record.leaf.bytes, leaf, MERKLE_HASH_SIZE);
	if (!merkle_equal(&hash, &record.leaf))
		return -EBADMSG;
	*ret_record = record;
	return 0;
}
