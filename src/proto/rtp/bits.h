/* Reading single bits, and the Exp-Golomb numbers of H.264 and H.265 (§9.1 and §9.2 there). A read
 * past the end marks the reader as failed and gives zero. */
#ifndef PROTO_RTP_BITS_H
#define PROTO_RTP_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
	const uint8_t *data;
	size_t size;
	size_t at; /* in bits */
	bool failed;
	bool skips_emulation; /* leaves out the 3 of 00 00 03, as NAL units need it */
};

static inline struct bits bits_read(const uint8_t *data, size_t size, bool skips_emulation)
{
	return (struct bits){.data = data, .size = size, .skips_emulation = skips_emulation};
}

static inline uint32_t bits_get_1(struct bits *bits)
{
	size_t byte = bits->at / 8;

	if (bits->skips_emulation && bits->at % 8 == 0 && byte >= 2 && byte < bits->size &&
	    bits->data[byte] == 3 && bits->data[byte - 1] == 0 && bits->data[byte - 2] == 0) {
		bits->at += 8;
		byte++;
	}
	if (bits->failed || byte >= bits->size) {
		bits->failed = true;
		return 0;
	}
	return bits->data[byte] >> (7 - bits->at++ % 8) & 1U;
}

/* At most 32 bits, most significant first. */
static inline uint32_t bits_get(struct bits *bits, unsigned count)
{
	uint32_t value = 0;

	while (count-- > 0)
		value = value << 1 | bits_get_1(bits);
	return value;
}

static inline void bits_skip(struct bits *bits, unsigned count)
{
	while (count-- > 0 && !bits->failed)
		bits_get_1(bits);
}

/* ue(v); over 32 bits: failed. */
static inline uint32_t bits_get_ue(struct bits *bits)
{
	unsigned zeros = 0;

	while (!bits->failed && bits_get_1(bits) == 0)
		zeros++;
	if (bits->failed || zeros > 31) {
		bits->failed = true;
		return 0;
	}
	return (UINT32_C(1) << zeros) - 1 + bits_get(bits, zeros);
}

/* se(v) */
static inline int32_t bits_get_se(struct bits *bits)
{
	uint32_t code = bits_get_ue(bits);

	return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

#endif
