#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/rtcp.h"

static void reads_feedback(void **state)
{
	static const uint8_t data[] = {
		/* RR with one block: 25 % lost, highest 0x10005, LSR and DLSR */
		0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 64, 0, 0, 9, 0, 1, 0, 5, 0, 0, 0, 3, 0x11,
		0x22, 0x33, 0x44, 0, 0, 0x80, 0,
		/* SDES, passed over */
		0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'x', 0,
		/* NACK: 100 and, by the mask, 101 and 116 */
		0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 100, 0x80, 0x01,
		/* PLI */
		0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2,
		/* FIR for SSRC 7 */
		0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 0,
		/* REMB: 0x30000 << 3 bit/s */
		0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 3 << 2 | 3, 0, 0, 0,
		0, 0, 2,
		/* BYE */
		0x81, 203, 0, 1, 0, 0, 0, 1};
	struct rtcp_feedback feedback;

	(void)state;
	assert_int_equal(rtcp_parse(data, sizeof(data), &feedback), 0);
	assert_int_equal(feedback.report_count, 1);
	assert_int_equal(feedback.report[0].ssrc, 2);
	assert_int_equal(feedback.report[0].fraction_lost, 64);
	assert_int_equal(feedback.report[0].highest_sequence, 0x10005);
	assert_int_equal(feedback.report[0].last_sr, 0x11223344);
	assert_int_equal(feedback.report[0].delay_since_sr, 0x8000);
	assert_int_equal(feedback.nack_ssrc, 2);
	assert_int_equal(feedback.nack_count, 3);
	assert_int_equal(feedback.nack[0], 100);
	assert_int_equal(feedback.nack[1], 101);
	assert_int_equal(feedback.nack[2], 116);
	assert_true(feedback.has_pli && feedback.has_fir && feedback.has_bye);
	assert_int_equal(feedback.pli_ssrc, 2);
	assert_int_equal(feedback.fir_ssrc, 7);
	assert_true(feedback.has_remb);
	assert_int_equal(feedback.remb_bps, 0x30000 << 3);
}

static void refuses_malformed(void **state)
{
	static const struct {
		uint8_t data[16];
		size_t size;
		int result;
	} cases[] = {
		{{0}, 0, -EBADMSG},
		{{0x80, 201, 0, 1, 0, 0, 0, 1}, 8, 0},
		{{0x80, 201, 0, 1, 0, 0, 0, 1}, 7, -EBADMSG},
		{{0x40, 201, 0, 1, 0, 0, 0, 1}, 8, -EBADMSG},       /* version 1 */
		{{0x80, 201, 0, 2, 0, 0, 0, 1}, 8, -EBADMSG},       /* longer than it is */
		{{0x81, 201, 0, 1, 0, 0, 0, 1}, 8, -EBADMSG},       /* a block is missing */
		{{0x81, 205, 0, 1, 0, 0, 0, 1}, 8, -EBADMSG},       /* no media SSRC */
		{{0xa0, 201, 0, 1, 0, 0, 0, 0}, 8, -EBADMSG},       /* padding of 0 */
		{{0xa0, 201, 0, 1, 0, 0, 0, 9}, 8, -EBADMSG},       /* of too much */
		{{0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4}, 12, 0}, /* right */
		{{0x80, 199, 0, 1, 1, 2, 3, 4}, 8, 0},              /* unknown */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct rtcp_feedback feedback;

		assert_int_equal(rtcp_parse(cases[i].data, cases[i].size, &feedback),
				 cases[i].result);
	}
}

static void bounds_what_is_asked_for(void **state)
{
	uint8_t data[1200] = {0x81, 205, 0, 0};
	struct rtcp_feedback feedback;

	(void)state;
	memset(data + 12, 0xff, sizeof(data) - 12);
	data[2] = (uint8_t)((sizeof(data) / 4 - 1) >> 8);
	data[3] = (uint8_t)(sizeof(data) / 4 - 1);
	assert_int_equal(rtcp_parse(data, sizeof(data), &feedback), 0);
	assert_int_equal(feedback.nack_count, RTCP_NACK_MAX);
}

static void builds_reports(void **state)
{
	struct rtcp_sender sender = {.ssrc = 0x01020304,
				     .ntp = UINT64_C(0x1122334455667788),
				     .rtp_time = 90000,
				     .packets = 7,
				     .octets = 700,
				     .cname = "ward"};
	static const uint8_t expected[] = {
		0x80, 200, 0, 6,    1,    2, 3, 4, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0,   1, 0x5f, 0x90, 0, 0, 0, 7,    0,    0,    2,    0xbc, 0x81, 202,
		0,    3,   1, 2,    3,    4, 1, 4, 'w',  'a',  'r',  'd',  0,    0};
	uint8_t data[RTCP_SIZE_MAX];
	struct rtcp_feedback feedback;

	(void)state;
	assert_int_equal(rtcp_build_sender(&sender, data), sizeof(expected));
	assert_memory_equal(data, expected, sizeof(expected));
	int size = rtcp_build_bye(5, data);

	assert_int_equal(rtcp_parse(data, (size_t)size, &feedback), 0);
	assert_true(feedback.has_bye);
}

static void measures_the_round_trip(void **state)
{
	static const struct {
		uint32_t last_sr, delay, now, expected_ms;
	} cases[] = {
		{0x10000, 0x8000, 0x20000, 500},
		{0xffff0000, 0x10000, 0x4000, 250}, /* the middle bits have gone around */
		{0, 0x10000, 0x30000, 0},           /* it has had no report of ours yet */
		{0x20000, 0x10000, 0x28000, 0},     /* held longer than it is there */
		{0x10000, 0, 0x300000, 0},          /* 47 s */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct rtcp_report report = {.last_sr = cases[i].last_sr,
					     .delay_since_sr = cases[i].delay};

		assert_int_equal(rtcp_round_trip_ms(&report, cases[i].now), cases[i].expected_ms);
	}
}

static void converts_wall_time(void **state)
{
	(void)state;
	assert_true(rtcp_ntp_of_us(0) == UINT64_C(2208988800) << 32);
	assert_true(rtcp_ntp_of_us(1500000) ==
		    ((UINT64_C(2208988801) << 32) | UINT64_C(0x80000000)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_feedback),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(bounds_what_is_asked_for),
		cmocka_unit_test(builds_reports),
		cmocka_unit_test(converts_wall_time),
		cmocka_unit_test(measures_the_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
