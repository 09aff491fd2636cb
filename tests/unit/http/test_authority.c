#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/http/authority.h"
#include "proto/http/grammar.h"

static void hosts(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *host;
		uint32_t port;
	} cases[] = {
		{"box", 0, "box", 0},
		{"box.home:8443", 0, "box.home", 8443},
		{"192.0.2.7:80", 0, "192.0.2.7", 80},
		{"[2001:db8::1]:8443", 0, "[2001:db8::1]", 8443},
		{"[::1]", 0, "[::1]", 0},
		{"", -EBADMSG, 0, 0},
		{":80", -EBADMSG, 0, 0},
		{"box:", -EBADMSG, 0, 0},
		{"box:0", -EBADMSG, 0, 0},
		{"box:65536", -EBADMSG, 0, 0},
		{"box:8x", -EBADMSG, 0, 0},
		{"a:b:80", -EBADMSG, 0, 0},
		{"::1", -EBADMSG, 0, 0},
		{"user@box", -EBADMSG, 0, 0},
		{"box/x", -EBADMSG, 0, 0},
		{"bo x", -EBADMSG, 0, 0},
		{"[::1", -EBADMSG, 0, 0},
		{"[]", -EBADMSG, 0, 0},
		{"[::1]x:80", -EBADMSG, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct http_authority authority;

		assert_int_equal(authority_parse(grammar_bytes(cases[i].text), &authority),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_true(grammar_same(authority.host, cases[i].host));
		assert_int_equal(authority.port, cases[i].port);
	}
}

static void only_this_machine_is_loopback(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} cases[] = {
		{"localhost:8080", true},       {"LocalHost:8080", true},
		{"127.0.0.1:8080", true},       {"[::1]:8080", true},
		{"localhost", false},           {"localhost:8443", false},
		{"localhost.evil:8080", false}, {"127.0.0.2:8080", false},
		{"evil:8080", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct http_authority authority;

		assert_int_equal(authority_parse(grammar_bytes(cases[i].text), &authority), 0);
		assert_int_equal(authority_is_loopback(&authority, 8080), cases[i].is_loopback);
	}
}

static void origins(void **state)
{
	static const struct {
		const char *origin, *scheme, *host;
		bool is_same;
	} cases[] = {
		{"https://box:8443", "https", "box:8443", true},
		{"https://BOX:8443", "https", "box:8443", true},
		{"http://box:8443", "https", "box:8443", false},
		{"https://box:8444", "https", "box:8443", false},
		{"https://box", "https", "box:8443", false},
		{"https://evil:8443", "https", "box:8443", false},
		{"null", "https", "box:8443", false},
		{"", "https", "box:8443", false},
		/* case folding must not make other characters equal: '[' | 0x20 is '{' */
		{"http://{::1}", "http", "[::1]", false},
		{"http://[::1]", "http", "[::1]", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(authority_is_origin(grammar_bytes(cases[i].origin),
						     cases[i].scheme, grammar_bytes(cases[i].host)),
				 cases[i].is_same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(only_this_machine_is_loopback),
		cmocka_unit_test(origins),
	};

	return cmocka_run_group_tests_name("http authority", tests, NULL, NULL);
}
