#include "proto/flac/flac.h"

#include <stdbool.h>

enum {
	/* RFC 9639 §9.1: the sync code, and that blocks may differ in length. */
	SYNC = 0xfff9,
	LENGTH_BEHIND = 0x70, /* the length stands at the header's end, in 16 bits; the rate in the entry */
	MONO_16_BITS = 0x08,
	VERBATIM = 0x02, /* §9.2.1 */
	FIXED_SIZE = 4 + 2 + 1 + 1 + 2,
	STREAMINFO_SIZE = 34,
};

int16_t g711_expand(enum g711_law law, uint8_t byte)
{
	int value;

	if (law == G711_ULAW) {
		byte = (uint8_t)~byte;
		value = (((byte & 0x0f) << 3) + 0x84) << (byte >> 4 & 7);
		return (int16_t)(byte & 0x80 ? 0x84 - value : value - 0x84);
	}
	byte ^= 0x55;
	value = ((byte & 0x0f) << 4) + 8;
	if (byte >> 4 & 7)
		value = (value + 0x100) << ((byte >> 4 & 7) - 1);
	return (int16_t)(byte & 0x80 ? value : -value);
}

/* ---- checksums: §9.1.8, §9.3 ---- */

static uint8_t crc8(const uint8_t *data, size_t size)
{
	uint8_t crc = 0;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 0x07 : 0));
	}
	return crc;
}

/* Two bytes at a time would be faster; a second of sound is 16 KB. */
static uint16_t crc16_step(uint16_t crc, uint8_t byte)
{
	crc ^= (uint16_t)(byte << 8);
	for (unsigned bit = 0; bit < 8; bit++)
		crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x8005 : 0));
	return crc;
}

static uint16_t crc16(const uint8_t *data, size_t size)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < size; i++)
		crc = crc16_step(crc, data[i]);
	return crc;
}

/* ---- frames ---- */

/* Bytes of a number written like a character of UTF-8, up to 36 bits: §9.1.5. */
static unsigned number_size(uint64_t number)
{
	unsigned size = 2;

	if (number < 0x80)
		return 1;
	while (size < 7 && number >> (5 * size + 1))
		size++;
	return size;
}

static void put_number(struct bytes_writer *writer, uint64_t number)
{
	unsigned size = number_size(number);

	if (size == 1) {
		bytes_put_u8(writer, (uint8_t)number);
		return;
	}
	bytes_put_u8(writer, (uint8_t)(0xff00 >> size | number >> 6 * (size - 1)));
	for (unsigned i = size - 1; i-- > 0;)
		bytes_put_u8(writer, (uint8_t)(0x80 | (number >> 6 * i & 0x3f)));
}

size_t flac_frame_size(uint64_t first, size_t count)
{
	return FIXED_SIZE + number_size(first) + 2 * count;
}

void flac_put_frame(struct bytes_writer *writer, enum g711_law law, struct bytes samples,
		    uint64_t first)
{
	const uint8_t *start = writer->at;

	bytes_put_be16(writer, SYNC);
	bytes_put_u8(writer, LENGTH_BEHIND);
	bytes_put_u8(writer, MONO_16_BITS);
	put_number(writer, first);
	bytes_put_be16(writer, (uint16_t)(samples.size - 1));
	if (writer->failed)
		return;
	bytes_put_u8(writer, crc8(start, (size_t)(writer->at - start)));
	bytes_put_u8(writer, VERBATIM);
	for (size_t i = 0; i < samples.size; i++)
		bytes_put_be16(writer, (uint16_t)g711_expand(law, samples.data[i]));
	if (!writer->failed)
		bytes_put_be16(writer, crc16(start, (size_t)(writer->at - start)));
}

/* ---- the description ---- */

static void put_zeros(struct bytes_writer *writer, size_t size)
{
	while (size-- > 0)
		bytes_put_u8(writer, 0);
}

void flac_put_entry(struct bytes_writer *writer, uint32_t hz)
{
	bytes_put_be32(writer, FLAC_ENTRY_SIZE);
	bytes_put(writer, "fLaC", 4);
	put_zeros(writer, 6);
	bytes_put_be16(writer, 1); /* data reference */
	put_zeros(writer, 8);
	bytes_put_be16(writer, 1); /* channels */
	bytes_put_be16(writer, 16);
	bytes_put_be32(writer, 0);
	bytes_put_be32(writer, hz << 16);
	bytes_put_be32(writer, 8 + 4 + 4 + STREAMINFO_SIZE);
	bytes_put(writer, "dfLa", 4);
	bytes_put_be32(writer, 0);
	bytes_put_be32(writer, 0x80000000 | STREAMINFO_SIZE); /* the last block of metadata */
	bytes_put_be16(writer, 16);                           /* block sizes: §8.2 */
	bytes_put_be16(writer, FLAC_SAMPLES_MAX);
	put_zeros(writer, 6); /* frame sizes: unknown */
	/* 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of count: unknown */
	bytes_put_be64(writer, (uint64_t)hz << 44 | UINT64_C(15) << 36);
	put_zeros(writer, 16); /* no checksum of all */
}
