#include "proto/log/utf8.h"

#include <stdint.h>

#include "base/attr.h"

/* Decodes one character: its size in bytes, or 0 if it is not valid. */
static size_t decode_one(const uint8_t *at, size_t left, uint32_t *ret_character)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	size_t extra = 0;

	while (extra < ARRAY_COUNT(forms) && (at[0] & forms[extra].mask) != forms[extra].lead)
		extra++;
	if (extra == ARRAY_COUNT(forms) || extra >= left)
		return 0;

	uint32_t character = at[0] & (uint8_t)~forms[extra].mask;

	for (size_t i = 1; i <= extra; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (at[i] & 0x3f);
	}
	if (character < forms[extra].least || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return extra + 1;
}

bool utf8_is_valid(const char *data, size_t size)
{
	uint32_t character;

	for (size_t at = 0; at < size;) {
		size_t step = decode_one((const uint8_t *)data + at, size - at, &character);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

static bool is_space(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} spaces[] = {{0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
		      {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
		      {0x205f, 0x205f}, {0x3000, 0x3000}};

	for (size_t i = 0; i < ARRAY_COUNT(spaces); i++)
		if (character >= spaces[i].first && character <= spaces[i].last)
			return true;
	return false;
}

bool utf8_has_space(const char *data, size_t size)
{
	uint32_t character = 0;

	for (size_t at = 0; at < size;) {
		size_t step = decode_one((const uint8_t *)data + at, size - at, &character);

		if (step == 0 || is_space(character))
			return true;
		at += step;
	}
	return false;
}
