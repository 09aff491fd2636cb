#include "proto/http/range.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/grammar.h"

static int parse_number(struct bytes digits, uint64_t *ret_value)
{
	return text_parse_u64((const char *)digits.data, digits.size, INT64_MAX, ret_value);
}

/* "-500": the last 500 bytes. */
static int last_bytes(uint64_t count, uint64_t size, struct http_range *ret_range)
{
	if (count == 0 || size == 0)
		return -ERANGE;
	*ret_range = (struct http_range){count < size ? size - count : 0, size};
	return 0;
}

int range_parse(struct bytes value, uint64_t size, struct http_range *ret_range)
{
	struct bytes unit, first;
	uint64_t from, last = UINT64_MAX - 1;

	if (!grammar_next_item(&value, '=', &unit) || !grammar_same_word(unit, "bytes") ||
	    !memchr(value.data, '-', value.size) || !grammar_next_item(&value, '-', &first))
		return -EBADMSG;
	value = grammar_trim(value);
	if (value.size && parse_number(value, &last) < 0)
		return -EBADMSG;
	if (!first.size)
		return value.size ? last_bytes(last, size, ret_range) : -EBADMSG;
	if (parse_number(first, &from) < 0 || last < from)
		return -EBADMSG;
	if (from >= size)
		return -ERANGE;
	*ret_range = (struct http_range){from, last < size ? last + 1 : size};
	return 0;
}
