#include "../check.h"

#include <errno.h>

#include "base/attr.h"
#include "proto/http/grammar.h"
#include "proto/http/range.h"

static void assert_range(const char *value, uint64_t from, uint64_t to)
{
	struct http_range range = {0};

	assert_int_equal(range_parse(grammar_bytes(value), 1000, &range), 0);
	assert_int_equal(range.from, from);
	assert_int_equal(range.to, to);
}

static void each_form_names_its_bytes(void **state)
{
	(void)state;
	assert_range("bytes=0-0", 0, 1);
	assert_range("bytes=0-", 0, 1000);
	assert_range("Bytes=999-", 999, 1000);
	assert_range("bytes=10-19", 10, 20);
	assert_range("bytes=10-5000", 10, 1000);
	assert_range("bytes=-1", 999, 1000);
	assert_range("bytes=-5000", 0, 1000);
}

static void what_lies_behind_the_end_is_said(void **state)
{
	static const char *const behind[] = {"bytes=1000-", "bytes=5000-6000", "bytes=-0"};
	struct http_range range;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(behind); i++)
		assert_int_equal(range_parse(grammar_bytes(behind[i]), 1000, &range), -ERANGE);
	assert_int_equal(range_parse(grammar_bytes("bytes=0-"), 0, &range), -ERANGE);
	assert_int_equal(range_parse(grammar_bytes("bytes=-5"), 0, &range), -ERANGE);
}

static void anything_else_is_no_range(void **state)
{
	static const char *const wrong[] = {
		"",           "bytes",       "bytes=",     "bytes=-",
		"bytes=5",    "seconds=0-1", "bytes=5-4",  "bytes=0-1,5-6",
		"bytes=0x1-", "bytes=01-",   "bytes=1--2", "bytes=9223372036854775808-",
	};
	struct http_range range;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(range_parse(grammar_bytes(wrong[i]), 1000, &range), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_names_its_bytes),
		cmocka_unit_test(what_lies_behind_the_end_is_said),
		cmocka_unit_test(anything_else_is_no_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
