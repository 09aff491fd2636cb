#include "proto/rtsp/slice.h"

#include <errno.h>
#include <strings.h>

#include "base/text.h"

bool slice_equals(struct slice slice, const char *string)
{
	return strlen(string) == slice.size && strncasecmp(slice.data, string, slice.size) == 0;
}

bool slice_starts(struct slice slice, const char *prefix)
{
	size_t size = strlen(prefix);

	return slice.size >= size && strncasecmp(slice.data, prefix, size) == 0;
}

struct slice slice_trim(struct slice slice)
{
	while (slice.size && slice_is_space(slice.data[0])) {
		slice.data++;
		slice.size--;
	}
	while (slice.size && slice_is_space(slice.data[slice.size - 1]))
		slice.size--;
	return slice;
}

static struct slice cut_at(struct slice *rest, size_t at)
{
	struct slice head = {rest->data, at};
	size_t skip = at < rest->size ? at + 1 : at;

	rest->data += skip;
	rest->size -= skip;
	return head;
}

struct slice slice_cut(struct slice *rest, char separator)
{
	const char *at = rest->size ? memchr(rest->data, separator, rest->size) : NULL;

	return cut_at(rest, at ? (size_t)(at - rest->data) : rest->size);
}

struct slice slice_cut_quoted(struct slice *rest, char separator)
{
	bool quoted = false;
	size_t at = 0;

	for (; at < rest->size; at++) {
		char c = rest->data[at];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && at + 1 < rest->size)
			at++;
		else if (!quoted && c == separator)
			break;
	}
	return cut_at(rest, at);
}

bool slice_cut_line(struct slice *rest, struct slice *ret_line)
{
	if (rest->size == 0)
		return false;
	size_t at = 0;

	while (at < rest->size && rest->data[at] != '\n' && rest->data[at] != '\r')
		at++;
	bool is_crlf = at + 1 < rest->size && rest->data[at] == '\r' && rest->data[at + 1] == '\n';

	*ret_line = cut_at(rest, at);
	if (is_crlf)
		cut_at(rest, 0);
	return true;
}

struct slice slice_cut_word(struct slice *rest)
{
	size_t at = 0;

	while (rest->size && slice_is_space(rest->data[0])) {
		rest->data++;
		rest->size--;
	}
	while (at < rest->size && !slice_is_space(rest->data[at]))
		at++;
	return cut_at(rest, at);
}

struct slice slice_unquote(struct slice slice)
{
	slice = slice_trim(slice);
	if (slice.size >= 2 && slice.data[0] == '"' && slice.data[slice.size - 1] == '"')
		return (struct slice){slice.data + 1, slice.size - 2};
	return slice;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int slice_parse_u32(struct slice slice, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;

	slice = slice_trim(slice);
	if (slice.size == 0)
		return -EBADMSG;
	for (size_t i = 0; i < slice.size; i++) {
		if (!is_digit(slice.data[i]))
			return -EBADMSG;
		value = value * 10 + (uint64_t)(slice.data[i] - '0');
		if (value > max)
			return -EBADMSG;
	}
	*ret_value = (uint32_t)value;
	return 0;
}

int slice_parse_hex32(struct slice slice, uint32_t *ret_value)
{
	uint32_t value = 0;

	slice = slice_trim(slice);
	if (slice.size == 0 || slice.size > 8)
		return -EBADMSG;
	for (size_t i = 0; i < slice.size; i++) {
		int digit = text_hex_digit(slice.data[i]);

		if (digit < 0)
			return -EBADMSG;
		value = value << 4 | (uint32_t)digit;
	}
	*ret_value = value;
	return 0;
}

int slice_copy(struct slice slice, char *ret_string, size_t capacity)
{
	if (slice.size >= capacity)
		return -EMSGSIZE;
	if (slice.size)
		memcpy(ret_string, slice.data, slice.size);
	ret_string[slice.size] = '\0';
	return 0;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int slice_decode_base64(struct slice slice, uint8_t *ret_data, size_t capacity)
{
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t size = 0, digits = 0;

	for (; digits < slice.size; digits++) {
		int digit = base64_digit(slice.data[digits]);

		if (digit < 0)
			break;
		bits = bits << 6 | (uint32_t)digit;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		if (size == capacity)
			return -EMSGSIZE;
		bit_count -= 8;
		ret_data[size++] = (uint8_t)(bits >> bit_count);
	}
	return digits % 4 == 1 ? -EBADMSG : (int)size;
}

int slice_decode_hex(struct slice slice, uint8_t *ret_data, size_t capacity)
{
	slice = slice_trim(slice);
	if (slice.size % 2)
		return -EBADMSG;
	if (slice.size / 2 > capacity)
		return -EMSGSIZE;
	for (size_t i = 0; i < slice.size / 2; i++) {
		int high = text_hex_digit(slice.data[2 * i]);
		int low = text_hex_digit(slice.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		ret_data[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(slice.size / 2);
}
