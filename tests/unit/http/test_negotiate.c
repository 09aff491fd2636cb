#include <string.h>

#include "../check.h"
#include "base/attr.h"
#include "proto/http/grammar.h"
#include "proto/http/media_type.h"
#include "proto/http/negotiate.h"
#include "proto/http/response.h"

static void gzip(void **state)
{
	static const struct {
		const char *value;
		bool takes;
	} cases[] = {
		{"gzip", true},      {"br, gzip", true},  {"GZIP;q=0.5", true},
		{"gzip; q=1", true}, {"gzip;q=0", false}, {"gzip;q=0.0", false},
		{"", false},         {"identity", false}, {"xgzip", false},
		{"*", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(negotiate_takes_gzip(grammar_bytes(cases[i].value)),
				 cases[i].takes);
	assert_false(negotiate_takes_gzip((struct bytes){0}));
}

static void etags(void **state)
{
	static const struct {
		const char *value;
		bool has;
	} cases[] = {
		{"\"a\"", true}, {"W/\"a\"", true}, {"\"b\", \"a\"", true},
		{"*", true},     {"\"b\"", false},  {"a", false},
		{"", false},     {"\"a", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(negotiate_has_etag(grammar_bytes(cases[i].value), "\"a\""),
				 cases[i].has);
}

static void media_types(void **state)
{
	(void)state;
	assert_true(
		media_type_is(grammar_bytes("Application/SDP ; charset=utf-8"), "application/sdp"));
	assert_false(media_type_is(grammar_bytes("application/sdpfrag"), "application/sdp"));
	assert_false(media_type_is(grammar_bytes(""), "application/sdp"));
	assert_string_equal(media_type_of_file("/ui/app.js"), "text/javascript; charset=utf-8");
	assert_string_equal(media_type_of_file("/app.webmanifest"), "application/manifest+json");
	assert_string_equal(media_type_of_file("/odd"), "application/octet-stream");
	assert_string_equal(media_type_of_file(".js"), "application/octet-stream");
	assert_true(media_type_shrinks("image/svg+xml"));
	assert_false(media_type_shrinks("image/png"));
}

static void answers(void **state)
{
	static const char expected[] = "HTTP/1.1 404 Not Found\r\nallow: GET\r\n"
				       "content-length: 12\r\n\r\n";
	uint8_t room[128];
	struct bytes_writer writer = bytes_write(room, sizeof(room));

	(void)state;
	response_start(&writer, 404);
	response_add(&writer, "allow", "GET");
	response_add(&writer, "content-length", "12");
	response_end(&writer);
	assert_false(writer.failed);
	assert_true(grammar_same((struct bytes){room, bytes_written(&writer)}, expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip),
		cmocka_unit_test(etags),
		cmocka_unit_test(media_types),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests_name("http negotiate", tests, NULL, NULL);
}
