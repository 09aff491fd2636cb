#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED_MAX = 200 };

void text_init(struct text *text, char *data, size_t capacity)
{
	assert(capacity > 0);
	data[0] = '\0';
	*text = (struct text){.data = data, .capacity = capacity};
}

void text_add_bytes(struct text *text, const void *data, size_t size)
{
	if (text->failed || size >= text->capacity - text->size) {
		text->failed = true;
		return;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	if (text->failed)
		return;

	size_t room = text->capacity - text->size;
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(text->data + text->size, room, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= room) {
		text->failed = true;
		text->data[text->size] = '\0';
		return;
	}
	text->size += (size_t)size;
}

void text_add_hex(struct text *text, const void *data, size_t size)
{
	size_t room = text->capacity - text->size;

	if (text->failed || size >= room / 2 + room % 2) {
		text->failed = true;
		return;
	}
	sodium_bin2hex(text->data + text->size, room, data, size);
	text->size += size * 2;
}

void text_add_base64(struct text *text, const void *data, size_t size)
{
	size_t need = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);

	if (text->failed || need > text->capacity - text->size) {
		text->failed = true;
		return;
	}
	sodium_bin2base64(text->data + text->size, need, data, size,
			  sodium_base64_VARIANT_ORIGINAL);
	text->size += need - 1;
}

void text_add_quoted(struct text *text, const char *data, size_t size)
{
	text_add(text, "\"");
	for (size_t i = 0; i < size && i < QUOTED_MAX; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (byte == '"' || byte == '\\')
			text_printf(text, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			text_printf(text, "\\x%02x", byte);
		else
			text_add_bytes(text, &data[i], 1);
	}
	text_add(text, size > QUOTED_MAX ? "\"..." : "\"");
}

int text_hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_canonical_hex(char c)
{
	return text_hex_digit(c) >= 0 && !(c >= 'A' && c <= 'F');
}

int text_parse_hex(const char *string, size_t string_size, void *ret_data, size_t size)
{
	uint8_t *data = ret_data;

	if (string_size != size * 2)
		return -EBADMSG;
	for (size_t i = 0; i < string_size; i++)
		if (!is_canonical_hex(string[i]))
			return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(text_hex_digit(string[2 * i]) << 4 |
				    text_hex_digit(string[2 * i + 1]));
	return 0;
}

/* One more than the digit's value: a table, because branches on the letters cost more than hashing
 * what they say. */
static const uint8_t base64_values[256] = {
	['+'] = 63, ['/'] = 64,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
	49, 50, 51, 52,
};

static int base64_digit(char c)
{
	return base64_values[(uint8_t)c] - 1;
}

/* Digits, then as many `=` as `size` asks for, and no bits left over but zeros. (libsodium 1.0.18
 * takes bytes above 0x7f for digits.) */
static bool is_base64(const char *string, size_t digits, size_t padding)
{
	for (size_t i = 0; i < digits; i++)
		if (base64_digit(string[i]) < 0)
			return false;
	for (size_t i = 0; i < padding; i++)
		if (string[digits + i] != '=')
			return false;
	return padding == 0 || (base64_digit(string[digits - 1]) & (padding == 1 ? 3 : 15)) == 0;
}

int text_parse_base64(const char *string, size_t string_size, void *ret_data, size_t size)
{
	uint8_t *data = ret_data;
	size_t padding = (3 - size % 3) % 3;
	uint32_t bits = 0;

	if (string_size != (size + 2) / 3 * 4 || !is_base64(string, string_size - padding, padding))
		return -EBADMSG;
	for (size_t i = 0; i < string_size - padding; i++) {
		bits = bits << 6 | (uint32_t)base64_digit(string[i]);
		if (i % 4)
			data[i / 4 * 3 + i % 4 - 1] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return 0;
}

int text_parse_u64(const char *string, size_t string_size, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (string_size == 0 || (string_size > 1 && string[0] == '0'))
		return -EBADMSG;
	for (size_t i = 0; i < string_size; i++) {
		if (string[i] < '0' || string[i] > '9')
			return -EBADMSG;
		unsigned digit = (unsigned)(string[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		value = value * 10 + digit;
	}
	if (value > max)
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

bool text_copy(char *to, size_t to_size, const char *from)
{
	size_t size = strlen(from);
	bool fits = size < to_size;

	assert(to_size > 0);
	if (!fits)
		size = to_size - 1;
	memcpy(to, from, size);
	memset(to + size, 0, to_size - size); /* message fields carry no stale bytes */
	return fits;
}
