#include "../check.h"

#include <string.h>

#include "base/attr.h"
#include "conf/name.h"

static void test_good_names(void **state)
{
	static const char *const good[] = {"a",
					   "Nursery",
					   "Kid room 2",
					   "front-door",
					   "yard.east",
					   "\xd0\x94\xd0\xb5\xd1\x82",
					   "\xe5\xad\xa9\xe5\xad\x90",
					   "0_0",
					   "J\xc3\xbcrgens Hof"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		if (!name_is_valid(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = {
		"",
		" a",
		"a ",
		".a",
		"a.",
		"..",
		"-a",
		"a/b",
		"a,b",
		"a\nb",
		"a\tb",
		"a\"b",
		"a'b",
		"a\x7f",
		"\xc0\xaf", /* a slash, not in shortest form */
		"\xe0\x80\xaf",
		"\xff",
		"\xc3",  /* cut */
		"a\x80", /* continues nothing */
		"a\xe2\x80\xae"
		"b", /* right-to-left override */
		"a\xe2\x80\x8b"
		"b", /* zero width space */
		"\xef\xbb\xbf"
		"a", /* byte order mark */
		"a\xc2\xa0"
		"b",                /* no-break space */
		"\xed\xa0\x80",     /* surrogate */
		"\xf4\x90\x80\x80", /* past the end of Unicode */
		"0123456789012345678901234567890123456789012345678901234567890123",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (name_is_valid(bad[i]))
			fail_msg("accepted: number %zu", i);
}

static void test_longest_name(void **state)
{
	char name[65];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[63] = 0;
	assert_true(name_is_valid(name));
	name[63] = 'n';
	name[64] = 0;
	assert_false(name_is_valid(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_longest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
