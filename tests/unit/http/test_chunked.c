#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/http/chunked.h"
#include "proto/http/grammar.h"

/* Reads `text` in pieces of `step` bytes. The body in `ret_body`; 1 if its end was seen. */
static int read_all(const char *text, size_t step, char *ret_body, size_t *ret_left)
{
	struct chunked chunked = {0};
	size_t at = 0, size = strlen(text), body = 0;

	while (at < size && chunked.state != CHUNKED_DONE) {
		size_t part = step < size - at ? step : size - at;
		struct bytes input = {(const uint8_t *)text + at, part}, run;

		do {
			int r = chunked_next(&chunked, &input, &run);

			if (r < 0)
				return r;
			memcpy(ret_body + body, run.data, run.size);
			body += run.size;
		} while (input.size && chunked.state != CHUNKED_DONE);
		at += part - input.size;
	}
	ret_body[body] = '\0';
	*ret_left = size - at;
	return chunked.state == CHUNKED_DONE;
}

static void bodies_in_any_pieces(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *body;
		size_t left;
	} cases[] = {
		{"0\r\n\r\n", 1, "", 0},
		{"5\r\nhello\r\n0\r\n\r\n", 1, "hello", 0},
		{"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 1, "hello world", 0},
		{"A\r\n0123456789\r\n0\r\n\r\n", 1, "0123456789", 0},
		{"0000000a\r\n0123456789\r\n0\r\n\r\nGET", 1, "0123456789", 3},
		{"1;a=b\r\nx\r\n0;c\r\nTrailer: y\r\nMore: z\r\n\r\n", 1, "x", 0},
		{"1\r\n\n\r\n0\r\n\r\n", 1, "\n", 0},
		{"5\r\nhel", 0, "hel", 0},
		{"5\r\nhello", 0, "hello", 0},
		{"0\r\n", 0, "", 0},
		{"\r\n", -EBADMSG, 0, 0},
		{" 5\r\nhello\r\n", -EBADMSG, 0, 0},
		{"5 \r\nhello\r\n", -EBADMSG, 0, 0},
		{"5\nhello\n", -EBADMSG, 0, 0},
		{"5\rhello", -EBADMSG, 0, 0},
		{"0x5\r\nhello\r\n", -EBADMSG, 0, 0},
		{"-5\r\nhello\r\n", -EBADMSG, 0, 0},
		{"g\r\n", -EBADMSG, 0, 0},
		{";a\r\n", -EBADMSG, 0, 0},
		{"5;a\x01\r\nhello\r\n", -EBADMSG, 0, 0},
		{"5\r\nhelloX\r\n0\r\n\r\n", -EBADMSG, 0, 0},
		{"5\r\nhello\r0", -EBADMSG, 0, 0},
		{"0\r\n folded\r\n\r\n", -EBADMSG, 0, 0},
		{"0\r\nX: \x01\r\n\r\n", -EBADMSG, 0, 0},
		{"0\r\nX\n\r\n", -EBADMSG, 0, 0},
		{"100000000\r\n", -EMSGSIZE, 0, 0},
		{"000000000\r\n", -EMSGSIZE, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		for (size_t step = 1; step < 9; step++) {
			char body[64];
			size_t left;
			int r = read_all(cases[i].text, step, body, &left);

			assert_int_equal(r, cases[i].result);
			if (r < 0)
				continue;
			assert_string_equal(body, cases[i].body);
			assert_int_equal(left, cases[i].left);
		}
	}
}

static void extensions_and_trailers_end(void **state)
{
	char text[CHUNKED_TRAILER_MAX + 64], body[64];
	size_t left;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "1;", 2);
	text[CHUNKED_LINE_MAX + 4] = '\0';
	assert_int_equal(read_all(text, 100, body, &left), -EMSGSIZE);
	memset(text, 'x', sizeof(text));
	memcpy(text, "0\r\nX: ", 6);
	text[CHUNKED_TRAILER_MAX + 10] = '\0';
	assert_int_equal(read_all(text, 100, body, &left), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_in_any_pieces),
		cmocka_unit_test(extensions_and_trailers_end),
	};

	return cmocka_run_group_tests_name("http chunked", tests, NULL, NULL);
}
