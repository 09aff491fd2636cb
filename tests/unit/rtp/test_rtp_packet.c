#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/rtcp.h"
#include "proto/rtp/rtp_packet.h"

#define BYTES(literal) (literal), sizeof(literal) - 1
#define HEAD           "\x60\x12\x34\0\0\0\1\xde\xad\xbe\xef"

static const struct {
	const char *what, *data;
	size_t size;
	int expected;
	const char *payload;
} packets[] = {
	{"plain", BYTES("\x80" HEAD "abc"), 0, "abc"},
	{"empty", BYTES("\x80" HEAD), 0, ""},
	{"with a CSRC", BYTES("\x81" HEAD "\1\2\3\4abc"), 0, "abc"},
	{"with an extension", BYTES("\x90" HEAD "\xbe\xde\0\1xxxxabc"), 0, "abc"},
	{"with padding", BYTES("\xa0" HEAD "abc\0\0\3"), 0, "abc"},
	{"all padding", BYTES("\xa0" HEAD "\0\2"), 0, ""},
	{"padding flag on nothing", BYTES("\xa0" HEAD), 0, ""},
	{"padding over the payload", BYTES("\xa0" HEAD "a\5"), -EBADMSG, NULL},
	{"version 1", BYTES("\x40" HEAD "abc"), -EBADMSG, NULL},
	{"too short", BYTES("\x80\x60\x12"), -EBADMSG, NULL},
	{"CSRCs cut", BYTES("\x8f" HEAD "\1\2\3\4"), -EBADMSG, NULL},
	{"extension cut", BYTES("\x90" HEAD "\xbe\xde\0\2xxxx"), -EBADMSG, NULL},
};

static void reads_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(packets); i++) {
		struct rtp_packet packet;
		int rc = rtp_packet_parse(packets[i].data, packets[i].size, &packet);

		if (rc != packets[i].expected)
			fail_msg("%s: %d", packets[i].what, rc);
		if (rc < 0)
			continue;
		assert_int_equal(packet.payload_type, 96);
		assert_int_equal(packet.sequence, 0x1234);
		assert_int_equal(packet.timestamp, 1);
		assert_int_equal(packet.ssrc, 0xdeadbeef);
		assert_int_equal(packet.payload.size, strlen(packets[i].payload));
		assert_memory_equal(packet.payload.data, packets[i].payload, packet.payload.size);
	}
}

static void tells_rtcp_by_its_type(void **state)
{
	(void)state;
	assert_true(rtp_packet_is_rtcp("\x80\xc8\0\0", 4));
	assert_true(rtp_packet_is_rtcp("\x81\xc9\0\0", 4));
	assert_false(rtp_packet_is_rtcp("\x80\x60\0\0", 4));
	assert_false(rtp_packet_is_rtcp("\x80\xe0\0\0", 4)); /* type 96 with its marker */
	assert_false(rtp_packet_is_rtcp("\x80\xc8\0", 3));
}

static void reads_a_compound(void **state)
{
	(void)state;
	struct bytes_reader reader = bytes_read(
		BYTES("\x80\xc8\0\6\0\0\0\1\x83\xaa\x7e\x80\x80\0\0\0\0\0\0\2\0\0\0\3\0\0\0\4"
		      "\x81\xca\0\2\0\0\0\1\1\1x\0"
		      "\x81\xcb\0\1\0\0\0\1"));
	struct rtcp_packet packet;

	assert_int_equal(rtcp_next(&reader, &packet), 1);
	assert_int_equal(packet.type, RTCP_SR);
	assert_int_equal(packet.ssrc, 1);
	assert_int_equal(packet.timestamp, 2);
	/* 1970 and a half second */
	assert_true(rtcp_ntp_ns(packet.ntp) == UINT64_C(2208988800500000000));
	assert_int_equal(rtcp_next(&reader, &packet), 1);
	assert_int_equal(packet.type, RTCP_SDES);
	assert_int_equal(rtcp_next(&reader, &packet), 1);
	assert_int_equal(packet.type, RTCP_BYE);
	assert_int_equal(rtcp_next(&reader, &packet), 0);
}

static void refuses_rtcp_that_is_cut(void **state)
{
	(void)state;
	struct rtcp_packet packet;
	struct bytes_reader cut = bytes_read(BYTES("\x80\xc8\0\6\0\0\0\1"));
	struct bytes_reader small = bytes_read(BYTES("\x80\xc8\0\1\0\0\0\1"));
	struct bytes_reader version = bytes_read(BYTES("\x00\xc8\0\0"));

	assert_int_equal(rtcp_next(&cut, &packet), -EBADMSG);
	assert_int_equal(rtcp_next(&small, &packet), -EBADMSG);
	assert_int_equal(rtcp_next(&version, &packet), -EBADMSG);
}

static void writes_a_report_others_can_read(void **state)
{
	(void)state;
	const struct rtcp_report report = {
		.ssrc = 0x11223344,
		.fraction_lost = 7,
		.lost = -2,
		.highest_sequence = 0x10002,
		.jitter = 5,
		.last_sr = 6,
		.delay_last_sr = 8,
	};
	uint8_t data[RTCP_REPORT_SIZE_MAX];
	struct bytes_writer writer = bytes_write(data, sizeof(data));

	rtcp_build_report(&writer, 0xaabbccdd, "ward", &report);
	assert_false(writer.failed);
	static const char expected[] = "\x81\xc9\0\7\xaa\xbb\xcc\xdd\x11\x22\x33\x44\7\xff\xff\xfe"
				       "\0\1\0\2\0\0\0\5\0\0\0\6\0\0\0\x8"
				       "\x81\xca\0\3\xaa\xbb\xcc\xdd\1\4ward\0\0";

	assert_int_equal(bytes_written(&writer), sizeof(expected) - 1);
	assert_memory_equal(data, expected, sizeof(expected) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_packets),
		cmocka_unit_test(tells_rtcp_by_its_type),
		cmocka_unit_test(reads_a_compound),
		cmocka_unit_test(refuses_rtcp_that_is_cut),
		cmocka_unit_test(writes_a_report_others_can_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
