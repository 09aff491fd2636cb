#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/http/ask_header.h"
#include "proto/http/bearer.h"
#include "proto/http/grammar.h"

#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX64 HEX32 HEX32
#define ROOT  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void bearers(void **state)
{
	static const struct {
		const char *value;
		int error;
		bool is_token;
	} cases[] = {
		{"Bearer " HEX32, 0, false},
		{"bearer " HEX32, 0, false},
		{"Bearer ward_" HEX32, 0, true},
		{"Bearer   ward_" HEX32, 0, true},
		{"", -EBADMSG, 0},
		{"Bearer", -EBADMSG, 0},
		{"Bearer ", -EBADMSG, 0},
		{"Bearer" HEX32, -EBADMSG, 0},
		{"Basic " HEX32, -EBADMSG, 0},
		{"Bearer WARD_" HEX32, -EBADMSG, 0},
		{"Bearer " HEX32 "0", -EBADMSG, 0},
		{"Bearer " HEX32 " x", -EBADMSG, 0},
		{"Bearer ward_" HEX64, -EBADMSG, 0},
		{"Bearer 00", -EBADMSG, 0},
		{"Bearer g" HEX32, -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct http_bearer bearer;

		assert_int_equal(bearer_parse(grammar_bytes(cases[i].value), &bearer),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_equal(bearer.is_token, cases[i].is_token);
		assert_int_equal(bearer.secret[0], 0);
		assert_int_equal(bearer.secret[31], 0x1f);
	}
}

static void asks(void **state)
{
	static const struct {
		const char *value;
		int error;
		uint64_t size;
	} cases[] = {
		{"nonce=" HEX32 "; size=8; root=" ROOT "; signature=" HEX64, 0, 8},
		{"nonce=" HEX32 ";size=8;root=" ROOT ";signature=" HEX64, 0, 8},
		{"nonce=" HEX32 "; size=0; root=-; signature=" HEX64, 0, 0},
		{"", -EBADMSG, 0},
		{"nonce=" HEX32, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=0; root=" ROOT "; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=8; root=-; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=08; root=" ROOT "; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=-1; root=" ROOT "; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=99999999999999999999; root=" ROOT "; signature=" HEX64,
		 -EBADMSG, 0},
		{"nonce=" HEX32 "; root=" ROOT "; size=8; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=8; root=" ROOT "; signature=" HEX32, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=8; root=" ROOT "; signature=" HEX64 "; x=y", -EBADMSG, 0},
		{"nonce=" HEX32 "; size=8; root=" ROOT "; signature=" HEX64 ";", 0, 8},
		{"nonce=" HEX64 "; size=8; root=" ROOT "; signature=" HEX64, -EBADMSG, 0},
		{"nonce=" HEX32 "; size=8; root=AAECAwQ=; signature=" HEX64, -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ask_header ask;

		assert_int_equal(ask_header_parse(grammar_bytes(cases[i].value), &ask),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_equal(ask.checkpoint_size, cases[i].size);
		assert_int_equal(ask.nonce[31], 0x1f);
		assert_int_equal(ask.signature[63], 0x1f);
		assert_int_equal(ask.checkpoint_root[31], cases[i].size ? 0x1f : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bearers),
		cmocka_unit_test(asks),
	};

	return cmocka_run_group_tests_name("http credentials", tests, NULL, NULL);
}
