#include "proto/rtc/sdp_text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int sdp_text_check(struct sdp_span text, size_t size_max)
{
	if (text.size > size_max)
		return -EMSGSIZE;
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.at[i];
		bool ends_line =
			c == '\n' || (c == '\r' && i + 1 < text.size && text.at[i + 1] == '\n');

		if ((c < 0x20 && c != '\t' && !ends_line) || c == 0x7f)
			return -EBADMSG;
	}
	return 0;
}

static struct sdp_span sdp_cut_line(struct sdp_span *rest)
{
	const char *end = memchr(rest->at, '\n', rest->size);
	size_t size = end ? (size_t)(end - rest->at) : rest->size;
	struct sdp_span line = {rest->at, size};

	rest->at += end ? size + 1 : size;
	rest->size -= end ? size + 1 : size;
	if (line.size && line.at[line.size - 1] == '\r')
		line.size--;
	return line;
}

bool sdp_text_line(struct sdp_span *rest, struct sdp_line *ret_line)
{
	while (rest->size) {
		struct sdp_span before = *rest;
		struct sdp_span line = sdp_cut_line(rest);

		if (line.size == 0)
			continue;
		if (line.size < 2 || line.at[1] != '=') {
			*rest = before;
			return false;
		}
		*ret_line = (struct sdp_line){line.at[0], {line.at + 2, line.size - 2}};
		return true;
	}
	return false;
}

bool sdp_text_token(struct sdp_span *rest, char separator, struct sdp_span *ret_token)
{
	while (rest->size && *rest->at == separator) {
		rest->at++;
		rest->size--;
	}
	if (rest->size == 0)
		return false;
	const char *end = memchr(rest->at, separator, rest->size);
	size_t size = end ? (size_t)(end - rest->at) : rest->size;

	*ret_token = (struct sdp_span){rest->at, size};
	rest->at += size;
	rest->size -= size;
	return true;
}

bool sdp_text_number(struct sdp_span *rest, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;
	size_t i = 0;

	while (i < rest->size && rest->at[i] >= '0' && rest->at[i] <= '9') {
		value = value * 10 + (uint64_t)(rest->at[i++] - '0');
		if (value > max)
			return false;
	}
	if (i == 0)
		return false;
	rest->at += i;
	rest->size -= i;
	*ret_value = (uint32_t)value;
	return true;
}

bool sdp_text_equal(struct sdp_span span, const char *string)
{
	return span.size == strlen(string) && memcmp(span.at, string, span.size) == 0;
}

bool sdp_text_equal_nocase(struct sdp_span span, const char *string)
{
	return span.size == strlen(string) && strncasecmp(span.at, string, span.size) == 0;
}

bool sdp_text_skip(struct sdp_span *span, const char *prefix)
{
	size_t size = strlen(prefix);

	if (span->size < size || memcmp(span->at, prefix, size) != 0)
		return false;
	span->at += size;
	span->size -= size;
	return true;
}
