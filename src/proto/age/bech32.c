#include "proto/age/bech32.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { DATA_GROUPS = 52, CHECK_GROUPS = 6, PREFIX_MAX = 16 };

static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t polymod_step(uint32_t state, uint8_t value)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					     0x2a1462b3};
	uint32_t top = state >> 25;

	state = (state & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		if (top >> i & 1)
			state ^= generator[i];
	return state;
}

/* 256 bits as 52 groups of five, the last padded with zeros. */
static void regroup(const uint8_t data[32], uint8_t ret_groups[DATA_GROUPS])
{
	uint32_t bits = 0, held = 0, count = 0;

	for (unsigned i = 0; i < 32; i++) {
		held = held << 8 | data[i];
		for (bits += 8; bits >= 5; bits -= 5)
			ret_groups[count++] = (uint8_t)(held >> (bits - 5) & 31);
	}
	ret_groups[count] = (uint8_t)(held << (5 - bits) & 31);
}

void bech32_print(const char *prefix, const uint8_t data[32], char *ret_text, size_t size)
{
	size_t prefix_size = strlen(prefix), at = prefix_size;
	uint8_t groups[DATA_GROUPS];
	uint32_t check = 1;

	assert(size >= prefix_size + 1 + DATA_GROUPS + CHECK_GROUPS + 1);
	regroup(data, groups);
	memcpy(ret_text, prefix, prefix_size);
	ret_text[at++] = '1';
	for (size_t i = 0; i < prefix_size; i++)
		check = polymod_step(check, (uint8_t)prefix[i] >> 5);
	check = polymod_step(check, 0);
	for (size_t i = 0; i < prefix_size; i++)
		check = polymod_step(check, (uint8_t)prefix[i] & 31);
	for (unsigned i = 0; i < DATA_GROUPS; i++) {
		check = polymod_step(check, groups[i]);
		ret_text[at++] = letters[groups[i]];
	}
	for (unsigned i = 0; i < CHECK_GROUPS; i++)
		check = polymod_step(check, 0);
	check ^= 1;
	for (unsigned i = 0; i < CHECK_GROUPS; i++)
		ret_text[at++] = letters[check >> 5 * (5 - i) & 31];
	ret_text[at] = '\0';
}

/* Read without judging, then written again: whatever differs from that is not canonical. */
int bech32_parse(const char *prefix, const char *text, size_t size, uint8_t ret_data[32])
{
	char again[PREFIX_MAX + 1 + DATA_GROUPS + CHECK_GROUPS + 1];
	size_t prefix_size = strlen(prefix);
	uint32_t bits = 0, held = 0, count = 0;

	assert(prefix_size <= PREFIX_MAX);
	if (size != prefix_size + 1 + DATA_GROUPS + CHECK_GROUPS)
		return -EBADMSG;
	for (size_t i = 0; i < DATA_GROUPS; i++) {
		char letter = text[prefix_size + 1 + i];
		const char *at = letter ? strchr(letters, letter) : NULL;

		if (!at)
			return -EBADMSG;
		held = (held << 5 | (uint32_t)(at - letters)) & 0xfff;
		bits += 5;
		if (bits >= 8 && count < 32) {
			bits -= 8;
			ret_data[count++] = (uint8_t)(held >> bits);
		}
	}
	bech32_print(prefix, ret_data, again, sizeof(again));
	return memcmp(again, text, size) == 0 ? 0 : -EBADMSG;
}
