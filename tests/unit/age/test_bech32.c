#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/age/age.h"
#include "proto/age/bech32.h"

/* `age-keygen -y` of the secret key below gave the public key beside it. */
static void keys_are_written_as_age_writes_them(void **state)
{
	uint8_t secret[AGE_KEY_SIZE], public_key[AGE_KEY_SIZE];
	char text[AGE_TEXT_SIZE];

	(void)state;
	for (uint8_t i = 0; i < AGE_KEY_SIZE; i++)
		secret[i] = (uint8_t)(i + 1);
	age_print_secret(secret, text);
	assert_string_equal(
		text, "AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE");
	age_public_of(secret, public_key);
	age_print_public(public_key, text);
	assert_string_equal(text, "age1q73he0q5yzfu3d64msd3p6rvksnrwjk3d2598mgtmlqt9wrdr37q2vrn72");
}

/* Computed by BIP 173's reference checksum. */
static void text_ends_in_the_checksum(void **state)
{
	static const uint8_t zeros[32];
	char text[AGE_TEXT_SIZE];

	(void)state;
	bech32_print("bc", zeros, text, sizeof(text));
	assert_string_equal(text, "bc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqaj76hn");
}

/* Any other letter anywhere is refused, and so is any other length. */
static void only_the_canonical_text_is_read(void **state)
{
	static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7lAB1 b";
	uint8_t key[AGE_KEY_SIZE], read[AGE_KEY_SIZE];
	char text[AGE_TEXT_SIZE];

	(void)state;
	for (uint8_t i = 0; i < AGE_KEY_SIZE; i++)
		key[i] = (uint8_t)(i * 37 + 5);
	age_print_public(key, text);
	size_t size = strlen(text);

	assert_int_equal(age_parse_public(text, size, read), 0);
	assert_memory_equal(read, key, sizeof(key));
	assert_int_equal(age_parse_public(text, size - 1, read), -EBADMSG);
	for (size_t at = 0; at < size; at++) {
		char right = text[at];

		for (const char *wrong = letters; *wrong; wrong++) {
			text[at] = *wrong;
			assert_int_equal(age_parse_public(text, size, read),
					 *wrong == right ? 0 : -EBADMSG);
		}
		text[at] = right;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_written_as_age_writes_them),
		cmocka_unit_test(text_ends_in_the_checksum),
		cmocka_unit_test(only_the_canonical_text_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
