#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_transport.h"

static const struct {
	const char *value;
	struct rtsp_transport expected;
} transports[] = {
	{"RTP/AVP/TCP;unicast;interleaved=0-1",
	 {.is_tcp = true, .has_interleaved = true, .interleaved = {0, 1}}},
	/* ssrc first, no `unicast` */
	{"RTP/AVP/TCP;ssrc=0A1B2C3D;interleaved=4-5",
	 {.is_tcp = true,
	  .has_interleaved = true,
	  .interleaved = {4, 5},
	  .has_ssrc = true,
	  .ssrc = 0x0a1b2c3d}},
	/* one number means the next too */
	{"RTP/AVP/TCP;interleaved=2",
	 {.is_tcp = true, .has_interleaved = true, .interleaved = {2, 3}}},
	/* an ssrc that cannot be read is left out */
	{"RTP/AVP/TCP;unicast;ssrc= 1234567890abc;interleaved=0-1",
	 {.is_tcp = true, .has_interleaved = true, .interleaved = {0, 1}}},
	/* no interleaved at all */
	{"RTP/AVP/TCP;unicast", {.is_tcp = true}},
	{"RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001",
	 {.has_client_port = true,
	  .client_port = {5000, 5001},
	  .has_server_port = true,
	  .server_port = {6000, 6001}}},
	{" RTP/AVP/UDP ; unicast ; server_port = 6000 ",
	 {.has_server_port = true, .server_port = {6000, 6001}}},
	{"RTP/AVP;multicast;ttl=1", {.is_multicast = true}},
	{"RTP/AVP/TCP;interleaved=300-301", {.is_tcp = true}},
	{"RTP/AVP;server_port=70000-70001", {0}},
	{"RTP/AVP/TCP;mode=\"PLAY;interleaved=9-9\"", {.is_tcp = true}},
};

static void reads_transports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(transports); i++) {
		struct rtsp_transport got;

		assert_int_equal(rtsp_transport_parse(slice_of(transports[i].value), &got), 0);
		got.source = (struct slice){0};
		if (memcmp(&got, &transports[i].expected, sizeof(got)) != 0)
			fail_msg("wrong: %s", transports[i].value);
	}
	struct rtsp_transport got;

	assert_int_equal(rtsp_transport_parse(SLICE("MP2T/AVP;unicast"), &got), -EBADMSG);
	assert_int_equal(rtsp_transport_parse(SLICE(""), &got), -EBADMSG);
}

static void writes_what_it_reads(void **state)
{
	(void)state;
	const struct rtsp_transport transport = {
		.is_tcp = true,
		.has_interleaved = true,
		.interleaved = {2, 3},
		.has_ssrc = true,
		.ssrc = 0xdeadbeef,
	};
	struct rtsp_transport got;
	char room[128];
	struct text text;

	text_init(&text, room, sizeof(room));
	rtsp_transport_build(&text, &transport);
	assert_string_equal(room, "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=DEADBEEF");
	assert_int_equal(rtsp_transport_parse(slice_of(room), &got), 0);
	assert_memory_equal(&got, &transport, sizeof(got));
}

static const struct {
	const char *value;
	int expected;
	const char *id;
	uint32_t timeout_s;
} sessions[] = {
	{"12345678", 0, "12345678", 60},        {"12345678;timeout=30", 0, "12345678", 30},
	{" abc ; timeout = 90 ", 0, "abc", 90}, {"abc;timeout=0", 0, "abc", 60},
	{"abc;timeout=soon", 0, "abc", 60},     {"abc;x=1;timeout=5;y", 0, "abc", 5},
	{";timeout=5", -EBADMSG, "", 0},        {"", -EBADMSG, "", 0},
};

static void reads_sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sessions); i++) {
		struct rtsp_session session = {0};

		assert_int_equal(rtsp_session_parse(slice_of(sessions[i].value), &session),
				 sessions[i].expected);
		if (sessions[i].expected < 0)
			continue;
		assert_true(slice_equals(session.id, sessions[i].id));
		assert_int_equal(session.timeout_s, sessions[i].timeout_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_transports),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(reads_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
