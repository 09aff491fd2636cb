#include "proto/http/url.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "proto/http/grammar.h"

static bool is_unreserved(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("-._~", c);
}

/* Unreserved, sub-delims, and what else may stand in a path or query. */
static bool is_target_char(uint8_t c)
{
	return is_unreserved(c) || (c && strchr("!$&'()*+,;=:@/?%", c));
}

/* One character, decoded, from the front of `text`: its value, or -1. */
static int next_char(struct bytes *text)
{
	uint8_t c = *text->data;
	size_t used = 1;
	int value = c;

	if (c == '%') {
		if (text->size < 3)
			return -1;
		int high = text_hex_digit(text->data[1]), low = text_hex_digit(text->data[2]);

		if (high < 0 || low < 0)
			return -1;
		value = high << 4 | low;
		used = 3;
	}
	text->data += used;
	text->size -= used;
	return value;
}

/* A segment as its reader will see it: no hidden slash, no control, not `.` or `..`. */
static bool is_plain_segment(struct bytes segment)
{
	size_t size = 0, dots = 0;

	while (segment.size) {
		bool encoded = *segment.data == '%';
		int c = next_char(&segment);

		if (c < ' ' || c == 0x7f || c == '\\' || (encoded && c == '/'))
			return false;
		dots += c == '.';
		size++;
	}
	return !(dots == size && (size == 1 || size == 2));
}

static bool is_plain_path(struct bytes path)
{
	size_t segments = 0;

	path.data++;
	path.size--;
	while (path.size) {
		const uint8_t *slash = memchr(path.data, '/', path.size);
		size_t size = slash ? (size_t)(slash - path.data) : path.size;

		if ((slash && !size) || !is_plain_segment((struct bytes){path.data, size}))
			return false;
		if (++segments > URL_SEGMENTS_MAX)
			return false;
		path.data += slash ? size + 1 : size;
		path.size -= slash ? size + 1 : size;
	}
	return true;
}

int url_parse_target(struct bytes text, struct url_target *ret_target)
{
	if (text.size > URL_TARGET_MAX)
		return -EMSGSIZE;
	if (!text.size || text.data[0] != '/')
		return -EBADMSG;
	for (size_t i = 0; i < text.size; i++)
		if (!is_target_char(text.data[i]))
			return -EBADMSG;

	const uint8_t *mark = memchr(text.data, '?', text.size);
	size_t path_size = mark ? (size_t)(mark - text.data) : text.size;
	struct url_target target = {.path = {text.data, path_size}};

	if (mark)
		target.query = (struct bytes){mark + 1, text.size - path_size - 1};
	if (!is_plain_path(target.path))
		return -EBADMSG;
	*ret_target = target;
	return 0;
}

int url_decode(struct bytes text, char *ret_text, size_t size)
{
	size_t at = 0;

	while (text.size) {
		int c = next_char(&text);

		if (c < ' ' || c == 0x7f)
			return -EBADMSG;
		if (at + 1 >= size)
			return -EMSGSIZE;
		ret_text[at++] = (char)c;
	}
	if (!size)
		return -EMSGSIZE;
	ret_text[at] = '\0';
	return 0;
}

int url_query(struct bytes query, const char *name, char *ret_text, size_t size)
{
	struct bytes item;

	while (grammar_next_item(&query, '&', &item)) {
		struct bytes rest = item, key;

		if (!grammar_next_item(&rest, '=', &key) || !grammar_same(key, name))
			continue;
		return url_decode(rest, ret_text, size);
	}
	return -ENOENT;
}

bool url_match(const char *pattern, struct bytes path, struct bytes *ret_values, size_t count)
{
	const uint8_t *at = path.data, *end = path.data + path.size;
	size_t values = 0;

	while (*pattern) {
		if (*pattern == '*' || *pattern == ':') {
			const uint8_t *start = at;
			bool is_rest = *pattern == '*';

			while (at < end && (is_rest || *at != '/'))
				at++;
			if (values >= count || (!is_rest && at == start))
				return false;
			ret_values[values++] = (struct bytes){start, (size_t)(at - start)};
			pattern += is_rest ? 1 : strcspn(pattern, "/");
		} else if (at < end && *at == (uint8_t)*pattern) {
			at++;
			pattern++;
		} else {
			return false;
		}
	}
	return at == end;
}

void url_encode(struct bytes_writer *writer, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;

		if (is_unreserved(c)) {
			bytes_put_u8(writer, c);
		} else {
			bytes_put_u8(writer, '%');
			bytes_put_u8(writer, (uint8_t)digits[c >> 4]);
			bytes_put_u8(writer, (uint8_t)digits[c & 15]);
		}
	}
}
