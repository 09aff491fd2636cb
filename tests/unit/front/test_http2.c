#include <nghttp2/nghttp2.h>
#include <string.h>

#include "../check.h"
#include "rig.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
enum { PREFACE_SIZE = 24 + 9 };

static struct rig rig;

static int open_rig(void **state)
{
	(void)state;
	rig_open(&rig, http2_create);
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

/* Frames of the wanted type in what the session sent; the last one's first payload bytes. */
static unsigned count_frames(uint8_t type, uint8_t flag, uint32_t *ret_word)
{
	const uint8_t *at = rig.out, *end = rig.out + rig.out_size;
	unsigned found = 0;

	while (end - at >= 9) {
		size_t size = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];

		if (at[3] == type && (at[4] & flag) == flag) {
			found++;
			if (ret_word && size >= 8)
				*ret_word = (uint32_t)at[9 + 4] << 24 | (uint32_t)at[9 + 5] << 16 |
					    (uint32_t)at[9 + 6] << 8 | at[9 + 7];
		}
		at += 9 + size;
	}
	return found;
}

/* Literal fields without indexing (RFC 7541 §6.2.2). */
static size_t put_field(uint8_t *to, const char *name, const char *value)
{
	size_t name_size = strlen(name), value_size = strlen(value), at = 0;

	to[at++] = 0;
	to[at++] = (uint8_t)name_size;
	memcpy(to + at, name, name_size);
	at += name_size;
	to[at++] = (uint8_t)value_size;
	memcpy(to + at, value, value_size);
	return at + value_size;
}

static size_t put_headers(uint8_t *to, uint32_t id, const char *const (*fields)[2], size_t count,
			  uint8_t flags)
{
	size_t size = 9;

	for (size_t i = 0; i < count; i++)
		size += put_field(to + size, fields[i][0], fields[i][1]);
	to[0] = 0;
	to[1] = (uint8_t)((size - 9) >> 8);
	to[2] = (uint8_t)(size - 9);
	to[3] = NGHTTP2_HEADERS;
	to[4] = flags;
	to[5] = to[6] = 0;
	to[7] = (uint8_t)(id >> 8);
	to[8] = (uint8_t)id;
	return size;
}

static const char *const page[][2] = {
	{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "box:8443"}};

static void a_page(void **state)
{
	uint8_t frame[512];
	size_t size =
		put_headers(frame, 1, page, 4, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);

	(void)state;
	assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
	assert_true(rig_feed(&rig, frame, size));
	assert_int_equal(count_frames(NGHTTP2_HEADERS, 0, NULL), 1);
	assert_int_equal(count_frames(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, NULL), 1);
	assert_non_null(memmem(rig.out, rig.out_size, "<!doctype html>", 15));
	assert_true(rig.session->kind->is_idle(rig.session));
}

static void a_wrong_preface_ends_it(void **state)
{
	(void)state;
	assert_false(rig_feed(&rig, "GET / HTTP/1.1\r\nHost: box:8443\r\n\r\n", 34));
}

static void streams_end_with_their_reset(void **state)
{
	static const char *const wait[][2] = {{":method", "GET"},
					      {":scheme", "https"},
					      {":path", "/api/v1/log/checkpoint?after=9"},
					      {":authority", "box"},
					      {"authorization",
					       "Bearer 33333333333333333333333333333333"
					       "33333333333333333333333333333333"}};
	static const uint8_t reset[] = {0, 0, 4, NGHTTP2_RST_STREAM, 0, 0, 0, 0, 1, 0, 0, 0, 8};
	uint8_t frame[512];
	size_t size =
		put_headers(frame, 1, wait, 5, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);

	(void)state;
	rig.is_mute = true;
	assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
	assert_true(rig_feed(&rig, frame, size));
	assert_int_equal(rig.last_asked, IPC_QUERY);
	assert_int_equal(rig.front.exchanges, 1);
	assert_true(rig_feed(&rig, reset, sizeof(reset)));
	assert_int_equal(rig.front.exchanges, 0);
	assert_int_equal(rig.last_asked, IPC_QUERY_STOP);
}

/* Sends a frame again and again until the session says goodbye; the error of its GOAWAY. */
static uint32_t flood(const uint8_t *frame, size_t size, unsigned *ret_sent)
{
	uint32_t error = UINT32_MAX;

	rig.out_size = 0;
	for (*ret_sent = 0; *ret_sent < 5000; ++*ret_sent)
		if (!rig_feed(&rig, frame, size))
			break;
	return count_frames(NGHTTP2_GOAWAY, 0, &error) ? error : UINT32_MAX;
}

static void floods_end_it(void **state)
{
	static const struct {
		uint8_t frame[32];
		size_t size;
	} cases[] = {
		{{0, 0, 0, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0}, 9},
		{{0, 0, 8, NGHTTP2_PING, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 17},
		{{0, 0, 5, NGHTTP2_PRIORITY, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1}, 14},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned sent;

		rig_close(&rig);
		rig_open(&rig, http2_create);
		assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
		assert_int_equal(flood(cases[i].frame, cases[i].size, &sent),
				 NGHTTP2_ENHANCE_YOUR_CALM);
		assert_true(sent > 500 && sent < 4000);
	}
}

static void rapid_resets_end_it(void **state)
{
	unsigned sent;

	(void)state;
	assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
	rig.is_mute = true;
	for (sent = 0; sent < 1000; sent++) {
		uint8_t frames[512];
		uint32_t id = 2 * sent + 1;
		size_t size = put_headers(frames, id, page, 4, NGHTTP2_FLAG_END_HEADERS);
		const uint8_t reset[] = {
			0, 0, 4, NGHTTP2_RST_STREAM, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id, 0,
			0, 0, 8};

		memcpy(frames + size, reset, sizeof(reset));
		if (!rig_feed(&rig, frames, size + sizeof(reset)))
			break;
	}
	assert_true(sent >= 100 && sent < 500);
	assert_int_equal(rig.front.exchanges, 0);
}

static void too_many_streams_are_refused(void **state)
{
	static const char *const post[][2] = {{":method", "POST"},
					      {":scheme", "https"},
					      {":path", "/api/v1/nonce"},
					      {":authority", "box:8443"}};

	(void)state;
	assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
	for (uint32_t i = 0; i < 70; i++) {
		uint8_t frame[512];
		size_t size = put_headers(frame, 2 * i + 1, post, 4, NGHTTP2_FLAG_END_HEADERS);

		rig_feed(&rig, frame, size);
	}
	assert_true(rig.front.exchanges <= 64);
}

static void what_fields_may_not_say(void **state)
{
	static const char *const two_hosts[][2] = {{":method", "GET"},
						   {":scheme", "https"},
						   {":path", "/"},
						   {":authority", "box"},
						   {"host", "other"}};
	static const char *const dots[][2] = {{":method", "GET"},
					      {":scheme", "https"},
					      {":path", "/../x"},
					      {":authority", "box"}};
	static const char *const doubled[][2] = {{":method", "GET"},
						 {":scheme", "https"},
						 {":path", "/api/v1/me"},
						 {":authority", "box"},
						 {"authorization", "Bearer 1"},
						 {"authorization", "Bearer 2"}};
	static const struct {
		const char *const (*fields)[2];
		size_t count;
	} cases[] = {{two_hosts, 5}, {dots, 4}, {doubled, 6}};

	(void)state;
	assert_true(rig_feed(&rig, PREFACE, PREFACE_SIZE));
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t frame[512];
		size_t size = put_headers(frame, 2 * i + 1, cases[i].fields, cases[i].count,
					  NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);

		rig.out_size = 0;
		assert_true(rig_feed(&rig, frame, size));
		assert_non_null(memmem(rig.out, rig.out_size, "\"error\":\"bad-request\"", 21));
	}
	assert_int_equal(rig.asked, 0);
}

#define LOOPED(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOPED(a_page),
		LOOPED(a_wrong_preface_ends_it),
		LOOPED(streams_end_with_their_reset),
		LOOPED(floods_end_it),
		LOOPED(rapid_resets_end_it),
		LOOPED(too_many_streams_are_refused),
		LOOPED(what_fields_may_not_say),
	};

	return cmocka_run_group_tests_name("front http2", tests, NULL, NULL);
}
