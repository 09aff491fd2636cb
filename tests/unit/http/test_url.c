#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/http/grammar.h"
#include "proto/http/url.h"

static void targets(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *path, *query;
	} cases[] = {
		{"/", 0, "/", ""},
		{"/a/b", 0, "/a/b", ""},
		{"/a/b/?x=1&y=%20", 0, "/a/b/", "x=1&y=%20"},
		{"/a?b?c", 0, "/a", "b?c"},
		{"/%41", 0, "/%41", ""},
		{"/.well-known/x", 0, "/.well-known/x", ""},
		{"/...", 0, "/...", ""},
		{"", -EBADMSG, 0, 0},
		{"a", -EBADMSG, 0, 0},
		{"?x", -EBADMSG, 0, 0},
		{"//", -EBADMSG, 0, 0},
		{"/a//b", -EBADMSG, 0, 0},
		{"/..", -EBADMSG, 0, 0},
		{"/a/../b", -EBADMSG, 0, 0},
		{"/a/./b", -EBADMSG, 0, 0},
		{"/%2e%2E/b", -EBADMSG, 0, 0},
		{"/.%2e", -EBADMSG, 0, 0},
		{"/a%2fb", -EBADMSG, 0, 0},
		{"/a%5Cb", -EBADMSG, 0, 0},
		{"/a\\b", -EBADMSG, 0, 0},
		{"/a%00", -EBADMSG, 0, 0},
		{"/a%0d%0a", -EBADMSG, 0, 0},
		{"/a%7f", -EBADMSG, 0, 0},
		{"/a%", -EBADMSG, 0, 0},
		{"/a%4", -EBADMSG, 0, 0},
		{"/a%4g", -EBADMSG, 0, 0},
		{"/a#b", -EBADMSG, 0, 0},
		{"/a b", -EBADMSG, 0, 0},
		{"/a\"", -EBADMSG, 0, 0},
		{"/\xc3\xa9", -EBADMSG, 0, 0},
		{"/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7", -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct url_target target;

		assert_int_equal(url_parse_target(grammar_bytes(cases[i].text), &target),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_true(grammar_same(target.path, cases[i].path));
		assert_true(grammar_same(target.query, cases[i].query));
	}
}

static void decoding(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *decoded;
	} cases[] = {
		{"abc", 0, "abc"},
		{"", 0, ""},
		{"a%20b%C3%a9", 0, "a b\xc3\xa9"},
		{"a+b", 0, "a+b"},
		{"1234567", 0, "1234567"},
		{"12345678", -EMSGSIZE, 0},
		{"%", -EBADMSG, 0},
		{"%0", -EBADMSG, 0},
		{"%zz", -EBADMSG, 0},
		{"%00", -EBADMSG, 0},
		{"%1f", -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char room[8];

		assert_int_equal(url_decode(grammar_bytes(cases[i].text), room, sizeof(room)),
				 cases[i].error);
		if (!cases[i].error)
			assert_string_equal(room, cases[i].decoded);
	}
}

static void queries(void **state)
{
	struct bytes query = grammar_bytes("a=1&b=x%20y&c&d=&a=2&=e&f==&%61=3");
	char room[16];

	(void)state;
	assert_int_equal(url_query(query, "a", room, sizeof(room)), 0);
	assert_string_equal(room, "1");
	assert_int_equal(url_query(query, "b", room, sizeof(room)), 0);
	assert_string_equal(room, "x y");
	assert_int_equal(url_query(query, "c", room, sizeof(room)), 0);
	assert_string_equal(room, "");
	assert_int_equal(url_query(query, "f", room, sizeof(room)), 0);
	assert_string_equal(room, "=");
	assert_int_equal(url_query(query, "g", room, sizeof(room)), -ENOENT);
	assert_int_equal(url_query((struct bytes){0}, "a", room, sizeof(room)), -ENOENT);
}

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool fits;
		const char *first, *second;
	} cases[] = {
		{"/", "/", true, "", ""},
		{"/a", "/a", true, "", ""},
		{"/a", "/a/", false, 0, 0},
		{"/a", "/ab", false, 0, 0},
		{"/whep/:camera", "/whep/yard", true, "yard", ""},
		{"/whep/:camera", "/whep/", false, 0, 0},
		{"/whep/:camera", "/whep/yard/x", false, 0, 0},
		{"/whep/:camera/:sid", "/whep/yard/x", true, "yard", "x"},
		{"/tile/*", "/tile/0/x001/067", true, "0/x001/067", ""},
		{"/*", "/", true, "", ""},
		{"/:a/:b/:c", "/1/2/3", false, 0, 0}, /* more than there is room for */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct bytes values[2] = {0};

		assert_int_equal(
			url_match(cases[i].pattern, grammar_bytes(cases[i].path), values, 2),
			cases[i].fits);
		if (!cases[i].fits)
			continue;
		assert_true(grammar_same(values[0], cases[i].first));
		assert_true(grammar_same(values[1], cases[i].second));
	}
}

static void encoding_survives_decoding(void **state)
{
	uint8_t room[64];
	char back[32];
	struct bytes_writer writer = bytes_write(room, sizeof(room));

	(void)state;
	url_encode(&writer, "a b/\xc3\xa9~%");
	assert_true(
		grammar_same((struct bytes){room, bytes_written(&writer)}, "a%20b%2F%C3%A9~%25"));
	assert_int_equal(
		url_decode((struct bytes){room, bytes_written(&writer)}, back, sizeof(back)), 0);
	assert_string_equal(back, "a b/\xc3\xa9~%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(decoding),
		cmocka_unit_test(queries),
		cmocka_unit_test(patterns),
		cmocka_unit_test(encoding_survives_decoding),
	};

	return cmocka_run_group_tests_name("http url", tests, NULL, NULL);
}
