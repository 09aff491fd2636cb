/* Bounded cursors over bytes in network order. A read or write past the end marks the cursor as
 * failed, gives zero, and every later call does nothing: a parser checks `failed` once, at its end. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of bytes. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

struct bytes_reader {
	const uint8_t *at, *end;
	bool failed;
};

struct bytes_writer {
	uint8_t *start, *at, *end;
	bool failed;
};

static inline struct bytes_reader bytes_read(const void *data, size_t size)
{
	/* Nothing may be given as NULL, to which not even 0 may be added. */
	return (struct bytes_reader){data, size ? (const uint8_t *)data + size : data, false};
}

static inline size_t bytes_left(const struct bytes_reader *reader)
{
	return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}

/* Borrows the next `size` bytes; NULL (and failed) if there are fewer. */
static inline const uint8_t *bytes_get(struct bytes_reader *reader, size_t size)
{
	if (reader->failed || (size_t)(reader->end - reader->at) < size) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *at = reader->at;

	reader->at += size;
	return at;
}

static inline uint64_t bytes_get_be(struct bytes_reader *reader, size_t size)
{
	const uint8_t *at = bytes_get(reader, size);
	uint64_t value = 0;

	for (size_t i = 0; at && i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static inline uint8_t bytes_get_u8(struct bytes_reader *reader)
{
	return (uint8_t)bytes_get_be(reader, 1);
}

static inline uint16_t bytes_get_be16(struct bytes_reader *reader)
{
	return (uint16_t)bytes_get_be(reader, 2);
}

static inline uint32_t bytes_get_be24(struct bytes_reader *reader)
{
	return (uint32_t)bytes_get_be(reader, 3);
}

static inline uint32_t bytes_get_be32(struct bytes_reader *reader)
{
	return (uint32_t)bytes_get_be(reader, 4);
}

static inline uint64_t bytes_get_be64(struct bytes_reader *reader)
{
	return bytes_get_be(reader, 8);
}

static inline struct bytes_writer bytes_write(void *data, size_t size)
{
	return (struct bytes_writer){data, data, (uint8_t *)data + size, false};
}

static inline size_t bytes_written(const struct bytes_writer *writer)
{
	return (size_t)(writer->at - writer->start);
}

/* Room for `size` bytes to fill in; NULL (and failed) if there is none. */
static inline uint8_t *bytes_reserve(struct bytes_writer *writer, size_t size)
{
	if (writer->failed || (size_t)(writer->end - writer->at) < size) {
		writer->failed = true;
		return NULL;
	}
	uint8_t *at = writer->at;

	writer->at += size;
	return at;
}

static inline void bytes_put(struct bytes_writer *writer, const void *data, size_t size)
{
	uint8_t *at = bytes_reserve(writer, size);

	if (at && size)
		memcpy(at, data, size);
}

static inline void bytes_put_be(struct bytes_writer *writer, uint64_t value, size_t size)
{
	uint8_t *at = bytes_reserve(writer, size);

	for (size_t i = size; at && i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

static inline void bytes_put_u8(struct bytes_writer *writer, uint8_t value)
{
	bytes_put_be(writer, value, 1);
}

static inline void bytes_put_be16(struct bytes_writer *writer, uint16_t value)
{
	bytes_put_be(writer, value, 2);
}

static inline void bytes_put_be24(struct bytes_writer *writer, uint32_t value)
{
	bytes_put_be(writer, value, 3);
}

static inline void bytes_put_be32(struct bytes_writer *writer, uint32_t value)
{
	bytes_put_be(writer, value, 4);
}

static inline void bytes_put_be64(struct bytes_writer *writer, uint64_t value)
{
	bytes_put_be(writer, value, 8);
}

#endif
