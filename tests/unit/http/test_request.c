#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "proto/http/grammar.h"
#include "proto/http/request.h"

static int parse(const char *text, struct http_request *ret_request)
{
	return request_parse((const uint8_t *)text, strlen(text), ret_request);
}

static void a_plain_request(void **state)
{
	static const char text[] = "POST /whep/yard?verbs=view HTTP/1.1\r\nHost: box:8443\r\n"
				   "CONTENT-LENGTH: 12\r\nX-Other:  anything \xff\t here\r\n"
				   "authorization:\tBearer x \r\n\r\n";
	struct http_request request;

	(void)state;
	assert_int_equal(parse(text, &request), 0);
	assert_int_equal(request.method, HTTP_POST);
	assert_true(grammar_same(request.target.path, "/whep/yard"));
	assert_true(grammar_same(request.target.query, "verbs=view"));
	assert_true(grammar_same(request.authority, "box:8443"));
	assert_true(grammar_same(request.fields.values[HTTP_AUTHORIZATION], "Bearer x"));
	assert_int_equal(request.framing, HTTP_SIZED_BODY);
	assert_int_equal(request.body_size, 12);
	assert_true(request.keeps_alive);
	assert_false(fields_has(&request.fields, HTTP_ORIGIN));
}

static void what_is_accepted(void **state)
{
	static const struct {
		const char *text;
		enum http_method method;
		enum http_framing framing;
		bool keeps_alive;
	} cases[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_GET, HTTP_NO_BODY, true},
		{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_GET, HTTP_NO_BODY, true},
		{"GET / HTTP/1.0\r\nHost: a\r\n\r\n", HTTP_GET, HTTP_NO_BODY, false},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: x , Close\r\n\r\n", HTTP_GET,
		 HTTP_NO_BODY, false},
		{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_OTHER, HTTP_NO_BODY, true},
		{"get / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_OTHER, HTTP_NO_BODY, true},
		{"GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_GET, HTTP_NO_BODY, true},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", HTTP_POST,
		 HTTP_CHUNKED_BODY, true},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", HTTP_POST, HTTP_NO_BODY,
		 true},
		{"GET / HTTP/1.1\r\nHost: [::1]:80\r\nX:\r\n\r\n", HTTP_GET, HTTP_NO_BODY, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct http_request request;

		assert_int_equal(parse(cases[i].text, &request), 0);
		assert_int_equal(request.method, cases[i].method);
		assert_int_equal(request.framing, cases[i].framing);
		assert_int_equal(request.keeps_alive, cases[i].keeps_alive);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{"", -EBADMSG},
		{"\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\nmore", -EBADMSG},
		{"GET / HTTP/1.1\nHost: a\n\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: b\x01\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: b\x7f\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a\r\nX\xe9: b\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a:0\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.1\r\nHost: \r\n\r\n", -EBADMSG},
		{"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET a HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/1.10\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET / http/1.1\r\nHost: a\r\n\r\n", -EBADMSG},
		{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", -EPROTONOSUPPORT},
		{"GET / HTTP/0.9\r\nHost: a\r\n\r\n", -EPROTONOSUPPORT},
		{"GET /\r\nHost: a\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		 -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		 -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 01\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", -ENOSYS},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
		 -ENOSYS},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n",
		 -EBADMSG},
		{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", -EOPNOTSUPP},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct http_request request = {.body_size = 77};

		assert_int_equal(parse(cases[i].text, &request), cases[i].error);
		assert_int_equal(request.body_size, 77); /* untouched */
	}
}

static void too_much_is_refused(void **state)
{
	static char text[HTTP_HEAD_MAX + 100];
	struct http_request request;
	int size = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");

	(void)state;
	for (int i = 0; i < HTTP_FIELDS_MAX; i++)
		size += snprintf(text + size, sizeof(text) - (size_t)size, "X: y\r\n");
	snprintf(text + size, sizeof(text) - (size_t)size, "\r\n");
	assert_int_equal(parse(text, &request), -EMSGSIZE);

	size = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	memset(text + size, 'x', HTTP_HEAD_MAX);
	snprintf(text + HTTP_HEAD_MAX - 3, 100, "\r\n\r\n");
	assert_int_equal(parse(text, &request), -EMSGSIZE);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n", 5);
	assert_int_equal(parse(text, &request), 0);

	size = snprintf(text, sizeof(text), "GET /");
	memset(text + size, 'x', URL_TARGET_MAX);
	snprintf(text + size + URL_TARGET_MAX, 100, " HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(parse(text, &request), -EMSGSIZE);
}

static void the_end_of_a_head_is_found_in_any_pieces(void **state)
{
	static const char text[] = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
	size_t expected = sizeof(text) - 1 - 4;

	(void)state;
	for (size_t from = 0; from < expected; from++) {
		for (size_t size = from; size < expected; size++) {
			const uint8_t *data = (const uint8_t *)text;

			assert_int_equal(request_head_size(data, size, 0), 0);
			assert_int_equal(request_head_size(data, expected, size), expected);
			assert_int_equal(request_head_size(data, sizeof(text) - 1, size), expected);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request),
		cmocka_unit_test(what_is_accepted),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(the_end_of_a_head_is_found_in_any_pieces),
	};

	return cmocka_run_group_tests_name("http request", tests, NULL, NULL);
}
