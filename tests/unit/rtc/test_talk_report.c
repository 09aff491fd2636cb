/* What a talker is told: how much was lost, and when its own report came (RFC 3550 §6.4.1). */
#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "proto/rtc/rtcp.h"
#include "rtc/talk_report.h"

enum { SSRC = 77, OWN = 5 };

static const uint64_t START_NS = 9000000000;

static void arrive(struct talk_report *report, uint16_t sequence)
{
	struct rtp_packet packet = {
		.sequence = sequence, .timestamp = sequence * 960U, .ssrc = SSRC};

	talk_report_take(report, &packet, START_NS + sequence * 20 * CLOCK_NS_PER_MS);
}

static void nothing_is_said_of_nothing(void **state)
{
	struct talk_report *report = talk_report_create();
	uint8_t data[TALK_REPORT_SIZE_MAX];

	(void)state;
	assert_int_equal(talk_report_build(report, OWN, START_NS, data), 0);
	arrive(report, 1);
	assert_true(talk_report_build(report, OWN, START_NS, data) > 0);
	/* Nor twice of the same. */
	assert_int_equal(talk_report_build(report, OWN, START_NS, data), 0);
	talk_report_destroy(report);
}

static void loss_and_the_talker_s_own_report_are_told(void **state)
{
	struct talk_report *report = talk_report_create();
	struct rtcp_sender said = {.ssrc = SSRC, .ntp = UINT64_C(0x1122334455667788), .cname = "phone"};
	uint8_t data[TALK_REPORT_SIZE_MAX], own[RTCP_SIZE_MAX];
	struct rtcp_feedback feedback;

	(void)state;
	for (uint16_t i = 1; i <= 40; i++)
		if (i % 4)
			arrive(report, i);
	int own_size = rtcp_build_sender(&said, own);

	talk_report_take_rtcp(report, (struct bytes){own, (size_t)own_size}, START_NS);
	size_t size = talk_report_build(report, OWN, START_NS + CLOCK_NS_PER_S / 2, data);

	assert_int_equal(rtcp_parse(data, size, &feedback), 0);
	assert_int_equal(feedback.report_count, 1);
	assert_int_equal(feedback.report[0].ssrc, SSRC);
	assert_in_range(feedback.report[0].fraction_lost, 256 / 5, 256 / 4);
	assert_int_equal((uint16_t)feedback.report[0].highest_sequence, 39);
	assert_int_equal(feedback.report[0].last_sr, 0x33445566);
	assert_int_equal(feedback.report[0].delay_since_sr, 32768);
	talk_report_destroy(report);
}

static void what_is_no_rtcp_is_passed_over(void **state)
{
	struct talk_report *report = talk_report_create();
	static const uint8_t junk[] = {0x80, 200, 0xff, 0xff, 1, 2, 3};

	(void)state;
	for (size_t size = 0; size <= sizeof(junk); size++)
		talk_report_take_rtcp(report, (struct bytes){junk, size}, START_NS);
	talk_report_destroy(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_of_nothing),
		cmocka_unit_test(loss_and_the_talker_s_own_report_are_told),
		cmocka_unit_test(what_is_no_rtcp_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
