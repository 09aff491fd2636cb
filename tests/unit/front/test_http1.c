#include <string.h>

#include "../check.h"
#include "rig.h"

#define HOST   "Host: box:8443\r\n"
#define BEARER "Authorization: Bearer " HEX32 "\r\n"
#define HEX32  "3333333333333333333333333333333333333333333333333333333333333333"

static struct rig rig;

static int open_rig(void **state)
{
	(void)state;
	rig_open(&rig, http1_create);
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

static bool feed(const char *text)
{
	return rig_feed(&rig, text, strlen(text));
}

static unsigned count(const char *text, const char *part)
{
	unsigned found = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		found++;
	return found;
}

static void a_request_byte_by_byte(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\n" HOST "\r\n";

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		assert_int_equal(rig.out_size, 0);
		assert_true(rig_feed(&rig, text + i, 1));
	}
	const char *sent = rig_sent(&rig);

	assert_memory_equal(sent, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(sent, "\r\n\r\n<!doctype html>"));
	assert_true(rig.session->kind->is_idle(rig.session));
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	assert_true(feed("GET /api/v1/me HTTP/1.1\r\n" HOST BEARER "\r\n"
			 "GET / HTTP/1.1\r\n" HOST "\r\n"
			 "GET /nothing HTTP/1.1\r\n" HOST "\r\n"));
	rig_turn(&rig);
	const char *sent = rig_sent(&rig);
	/* the vault knows nobody by that name: done without a row */
	const char *first = strstr(sent, "401 Unauthorized"), *second = strstr(sent, "200 OK");
	const char *third = strstr(sent, "404 Not Found");

	assert_true(first && second && third && first < second && second < third);
}

static void a_smuggled_request_is_never_read(void **state)
{
	(void)state;
	assert_false(feed("POST /api/v1/nonce HTTP/1.1\r\n" HOST
			  "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"));
	const char *sent = rig_sent(&rig);

	assert_int_equal(count(sent, "HTTP/1.1 "), 1);
	assert_memory_equal(sent, "HTTP/1.1 400", 12);
	assert_int_equal(rig.asked, 0);
}

static void after_a_refusal_the_body_is_no_request(void **state)
{
	(void)state;
	/* 401 before the body was read: the body must not be taken for the next request */
	assert_true(feed("POST /whep/yard HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n"
			 "GET / HTTP/1.1\r\nHost: box:8443\r\n\r\n......"
			 "GET /nothing HTTP/1.1\r\n" HOST "\r\n"));
	const char *sent = rig_sent(&rig);

	assert_int_equal(count(sent, "HTTP/1.1 "), 2);
	assert_non_null(strstr(sent, "401 Unauthorized"));
	assert_non_null(strstr(sent, "404 Not Found"));
}

static void a_body_that_is_too_long_ends_the_connection(void **state)
{
	(void)state;
	assert_false(feed("POST /api/v1/pair HTTP/1.1\r\n" HOST "Content-Length: 5000\r\n\r\n{"));
	const char *sent = rig_sent(&rig);

	assert_memory_equal(sent, "HTTP/1.1 413", 12);
	assert_non_null(strstr(sent, "connection: close\r\n"));
}

static void chunks_are_counted_as_well(void **state)
{
	char chunk[1100];

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "400\r\n", 5);
	memcpy(chunk + 5 + 1024, "\r\n", 3);
	assert_true(
		feed("POST /api/v1/pair HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 4; i++)
		assert_true(feed(chunk));
	assert_false(feed(chunk));
	assert_memory_equal(rig_sent(&rig), "HTTP/1.1 413", 12);
}

static void a_vault_that_refuses_is_passed_on(void **state)
{
	(void)state;
	rig.refusal = REFUSAL_NOT_ALLOWED;
	assert_true(feed("GET /api/v1/cameras HTTP/1.1\r\n" HOST BEARER "\r\n"));
	const char *sent = rig_sent(&rig);

	assert_memory_equal(sent, "HTTP/1.1 403", 12);
	assert_non_null(strstr(sent, "{\"error\":\"not-allowed\""));
}

static void a_leaver_is_told_to_the_vault(void **state)
{
	(void)state;
	rig.is_mute = true;
	assert_true(feed("GET /api/v1/log/checkpoint?after=9 HTTP/1.1\r\n" HOST BEARER "\r\n"));
	assert_int_equal(rig.last_asked, IPC_QUERY);
	rig.session->kind->destroy(rig.session);
	rig.session = NULL;
	assert_int_equal(loop_turn(rig.loop, 0), 0);
	assert_int_equal(rig.last_asked, IPC_QUERY_STOP);
}

static void a_lost_vault_answers_those_who_wait(void **state)
{
	(void)state;
	rig.is_mute = true;
	assert_true(feed("GET /api/v1/me HTTP/1.1\r\n" HOST BEARER "\r\n"));
	assert_int_equal(rig.out_size, 0);
	ipc_close(&rig.vault);
	rig_turn(&rig);
	assert_memory_equal(rig_sent(&rig), "HTTP/1.1 503", 12);
	assert_true(feed("GET /api/v1/me HTTP/1.1\r\n" HOST BEARER "\r\n"));
	const char *sent = rig_sent(&rig);

	assert_memory_equal(sent, "HTTP/1.1 503", 12);
	assert_non_null(strstr(sent, "retry-after: "));
}

#define LOOPED(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOPED(a_request_byte_by_byte),
		LOOPED(pipelined_requests_are_answered_in_order),
		LOOPED(a_smuggled_request_is_never_read),
		LOOPED(after_a_refusal_the_body_is_no_request),
		LOOPED(a_body_that_is_too_long_ends_the_connection),
		LOOPED(chunks_are_counted_as_well),
		LOOPED(a_vault_that_refuses_is_passed_on),
		LOOPED(a_leaver_is_told_to_the_vault),
		LOOPED(a_lost_vault_answers_those_who_wait),
	};

	return cmocka_run_group_tests_name("front http1", tests, NULL, NULL);
}
