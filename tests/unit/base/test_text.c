#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "../check.h"

static void builds_within_its_room(void **state)
{
	(void)state;
	char room[8];
	struct text text;

	text_init(&text, room, sizeof(room));
	text_printf(&text, "%d-%s", 42, "abc");
	assert_string_equal(room, "42-abc");
	text_add(&text, "z");
	assert_string_equal(room, "42-abcz");
	assert_false(text.failed);
	text_add(&text, "!");
	assert_true(text.failed);
	assert_string_equal(room, "42-abcz");
}

static void a_format_that_does_not_fit_adds_nothing(void **state)
{
	(void)state;
	char room[4];
	struct text text;

	text_init(&text, room, sizeof(room));
	text_printf(&text, "%s", "abcd");
	assert_true(text.failed);
	assert_string_equal(room, "");
}

static void hex_and_base64_end_in_nul(void **state)
{
	(void)state;
	char room[9];
	struct text text;

	text_init(&text, room, sizeof(room));
	text_add_hex(&text, "\x00\xab\xcd\xef", 4);
	assert_false(text.failed);
	assert_string_equal(room, "00abcdef");
	text_init(&text, room, 8);
	text_add_hex(&text, "\x00\xab\xcd\xef", 4);
	assert_true(text.failed);
	text_init(&text, room, sizeof(room));
	text_add_base64(&text, "foob", 4);
	assert_string_equal(room, "Zm9vYg==");
	text_init(&text, room, 8);
	text_add_base64(&text, "foob", 4);
	assert_true(text.failed);
}

static void outside_text_is_escaped_and_cut(void **state)
{
	(void)state;
	char room[256], noise[300];
	struct text text;

	text_init(&text, room, sizeof(room));
	text_add_quoted(&text, "a\"b\n\xff\\", 6);
	assert_string_equal(room, "\"a\\\"b\\x0a\\xff\\\\\"");
	memset(noise, 'x', sizeof(noise));
	text_init(&text, room, sizeof(room));
	text_add_quoted(&text, noise, sizeof(noise));
	assert_false(text.failed);
	assert_int_equal(text.size, 1 + 200 + 4);
}

static void decoders_take_only_the_canonical_form(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} hex[] = {{"00ff", true}, {"00FF", false}, {"00f", false}, {"00fg", false},
		   {"00ff0", false}, {"", false}},
	  base64[] = {{"Zm8=", true}, {"Zm9=", false}, {"Zm8", false}, {"Zm8==", false}, {"Zm\xb8=", false},
		      {"Z m8=", false}, {"Zm8\n", false}};
	uint8_t two[2];

	for (size_t i = 0; i < ARRAY_COUNT(hex); i++)
		assert_int_equal(text_parse_hex(hex[i].text, strlen(hex[i].text), two, 2),
				 hex[i].good ? 0 : -EBADMSG);
	for (size_t i = 0; i < ARRAY_COUNT(base64); i++)
		assert_int_equal(text_parse_base64(base64[i].text, strlen(base64[i].text), two, 2),
				 base64[i].good ? 0 : -EBADMSG);
}

static void numbers_are_plain_decimal(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t max, value;
		int error;
	} cases[] = {
		{"0", 9, 0, 0},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, 0},
		{"18446744073709551616", UINT64_MAX, 0, -EBADMSG},
		{"10", 9, 0, -EBADMSG},
		{"01", 9, 0, -EBADMSG},
		{"", 9, 0, -EBADMSG},
		{"-1", 9, 0, -EBADMSG},
		{"+1", 9, 0, -EBADMSG},
		{"1 ", 9, 0, -EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint64_t value = 0;

		assert_int_equal(text_parse_u64(cases[i].text, strlen(cases[i].text), cases[i].max,
						&value),
				 cases[i].error);
		assert_int_equal(value, cases[i].value);
	}
}

static void a_copy_leaves_no_stale_bytes(void **state)
{
	(void)state;
	char field[8];

	memset(field, 'x', sizeof(field));
	assert_true(text_copy(field, sizeof(field), "abc"));
	assert_memory_equal(field, "abc\0\0\0\0\0", 8);
	assert_false(text_copy(field, sizeof(field), "abcdefgh"));
	assert_string_equal(field, "abcdefg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_within_its_room),
		cmocka_unit_test(a_format_that_does_not_fit_adds_nothing),
		cmocka_unit_test(hex_and_base64_end_in_nul),
		cmocka_unit_test(outside_text_is_escaped_and_cut),
		cmocka_unit_test(decoders_take_only_the_canonical_form),
		cmocka_unit_test(numbers_are_plain_decimal),
		cmocka_unit_test(a_copy_leaves_no_stale_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
