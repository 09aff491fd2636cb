#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_message.h"

static struct rtsp_message parsed;

static int parse(const char *text)
{
	return rtsp_message_parse(text, strlen(text), &parsed);
}

static void assert_slice(struct slice slice, const char *expected)
{
	assert_int_equal(slice.size, strlen(expected));
	assert_memory_equal(slice.data, expected, slice.size);
}

static void reads_a_response_with_a_body(void **state)
{
	(void)state;
	const char *text = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nv=0\nrest";

	assert_int_equal(parse(text), (int)strlen(text) - 4);
	assert_false(parsed.is_request);
	assert_int_equal(parsed.status, 200);
	assert_slice(parsed.reason, "OK");
	assert_true(parsed.has_cseq);
	assert_int_equal(parsed.cseq, 2);
	assert_slice(parsed.body, "v=0\n");
}

static void reads_a_request(void **state)
{
	(void)state;
	assert_true(parse("SETUP rtsp://h/a/b RTSP/1.0\r\nCSeq: 7\r\nTransport: x\r\n\r\n") > 0);
	assert_true(parsed.is_request);
	assert_int_equal(parsed.method, RTSP_SETUP);
	assert_slice(parsed.uri, "rtsp://h/a/b");
	assert_slice(*rtsp_message_header(&parsed, "transport"), "x");
	assert_null(rtsp_message_header(&parsed, "Session"));
}

static void takes_what_sloppy_cameras_send(void **state)
{
	(void)state;
	/* bare LF, blanks around the colon, a folded header, a stray line, no CSeq */
	assert_true(parse("RTSP/1.0 401 Unauthorized\nX : a\n  b\nnonsense\nY:c\n\n") > 0);
	assert_int_equal(parsed.status, 401);
	assert_false(parsed.has_cseq);
	assert_slice(*rtsp_message_header(&parsed, "X"), "a\n  b");
	assert_slice(*rtsp_message_header(&parsed, "Y"), "c");
	/* no reason */
	assert_true(parse("RTSP/1.0 200\r\n\r\n") > 0);
	assert_int_equal(parsed.status, 200);
	/* a method Ward does not know */
	assert_true(parse("FROBNICATE * RTSP/1.0\r\n\r\n") > 0);
	assert_int_equal(parsed.method, RTSP_OTHER);
}

static const struct {
	const char *text;
	int expected;
} partial[] = {
	{"", -EAGAIN},
	{"RTSP/1.0 200 OK\r\nCSeq: 1\r\n", -EAGAIN},
	{"RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcd", -EAGAIN},
	{"RTSP/1.0 OK\r\n\r\n", -EBADMSG},
	{"RTSP/1.0 99 x\r\n\r\n", -EBADMSG},
	{"RTSP/1.0 1000 x\r\n\r\n", -EBADMSG},
	{"OPTIONS\r\n\r\n", -EBADMSG},
	{"OPTIONS * HTTP/1.1\r\n\r\n", -EBADMSG},
	{"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n", -EBADMSG},
	{"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", -EBADMSG},
	{"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", -EMSGSIZE},
	{"RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", -EBADMSG},
};

static void says_what_is_missing_or_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(partial); i++)
		assert_int_equal(parse(partial[i].text), partial[i].expected);
}

static void every_prefix_of_a_message_needs_more(void **state)
{
	(void)state;
	const char *text = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabc";

	for (size_t size = 0; size < strlen(text); size++)
		assert_int_equal(rtsp_message_parse(text, size, &parsed), -EAGAIN);
}

static void is_bounded(void **state)
{
	(void)state;
	static char text[RTSP_HEAD_SIZE_MAX + 100];
	size_t size = (size_t)snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\nX: ");

	memset(text + size, 'a', RTSP_HEAD_SIZE_MAX);
	assert_int_equal(rtsp_message_parse(text, RTSP_HEAD_SIZE_MAX - 1, &parsed), -EAGAIN);
	assert_int_equal(rtsp_message_parse(text, RTSP_HEAD_SIZE_MAX, &parsed), -EMSGSIZE);
	size = (size_t)snprintf(text, sizeof(text), "RTSP/1.0 200 OK\r\n");
	for (int i = 0; i <= RTSP_HEADERS_MAX; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "X: %d\r\n", i);
	snprintf(text + size, sizeof(text) - size, "\r\n");
	assert_int_equal(parse(text), -EMSGSIZE);
}

static void builds_what_it_parses(void **state)
{
	(void)state;
	char room[512];
	struct text text;

	text_init(&text, room, sizeof(room));
	rtsp_build_request(&text, RTSP_DESCRIBE, "rtsp://h/x", 3);
	rtsp_build_header(&text, "Accept", "application/sdp");
	rtsp_build_end(&text, NULL, NULL, 0);
	assert_false(text.failed);
	assert_string_equal(room, "DESCRIBE rtsp://h/x RTSP/1.0\r\nCSeq: 3\r\n"
				  "Accept: application/sdp\r\n\r\n");
	text_init(&text, room, sizeof(room));
	rtsp_build_response(&text, 200, 4);
	rtsp_build_end(&text, "application/sdp", "v=0\r\n", 5);
	assert_int_equal(parse(room), (int)text.size);
	assert_int_equal(parsed.cseq, 4);
	assert_slice(parsed.body, "v=0\r\n");
}

static void text_from_outside_cannot_add_a_header(void **state)
{
	(void)state;
	char room[256];
	struct text text;

	text_init(&text, room, sizeof(room));
	rtsp_build_request(&text, RTSP_PLAY, "rtsp://h/\r\nX:1", 1);
	rtsp_build_header(&text, "Session", "12\r\nRequire: evil");
	rtsp_build_end(&text, NULL, NULL, 0);
	assert_true(parse(room) > 0);
	assert_int_equal(parsed.header_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_response_with_a_body),
		cmocka_unit_test(reads_a_request),
		cmocka_unit_test(takes_what_sloppy_cameras_send),
		cmocka_unit_test(says_what_is_missing_or_wrong),
		cmocka_unit_test(every_prefix_of_a_message_needs_more),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(builds_what_it_parses),
		cmocka_unit_test(text_from_outside_cannot_add_a_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
