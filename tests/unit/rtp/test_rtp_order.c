#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/rtp_reorder.h"
#include "proto/rtp/rtp_stats.h"

static enum rtp_place add(struct rtp_stats *stats, uint32_t ssrc, uint16_t sequence)
{
	struct rtp_packet packet = {.ssrc = ssrc, .sequence = sequence, .timestamp = 1000};

	return rtp_stats_add(stats, &packet, 1000);
}

static void knows_where_a_packet_stands(void **state)
{
	(void)state;
	struct rtp_stats stats = {0};

	assert_int_equal(add(&stats, 1, 65534), RTP_RESTART);
	assert_int_equal(add(&stats, 1, 65535), RTP_NEXT);
	assert_int_equal(add(&stats, 1, 0), RTP_NEXT); /* over the wrap */
	assert_int_equal(add(&stats, 1, 3), RTP_GAP);
	assert_int_equal(stats.lost, 2);
	assert_int_equal(add(&stats, 1, 2), RTP_LATE);
	assert_int_equal(stats.lost, 1);
	assert_int_equal(add(&stats, 1, 3), RTP_LATE); /* a repeat changes no loss */
	assert_int_equal(stats.lost, 1);
	assert_int_equal(add(&stats, 2, 4), RTP_RESTART); /* another SSRC */
	assert_int_equal(add(&stats, 2, 30000), RTP_RESTART);
	assert_int_equal(stats.packets, 8);
	assert_int_equal(stats.reordered, 2);
}

static void reports_as_rfc_3550_says(void **state)
{
	(void)state;
	struct rtp_stats stats = {0};
	struct rtcp_report report = {0};

	for (uint16_t i = 0; i < 100; i++)
		if (i % 4 != 3)
			add(&stats, 9, (uint16_t)(65500 + i));
	rtp_stats_report(&stats, &report);
	assert_int_equal(report.ssrc, 9);
	assert_int_equal(report.highest_sequence, 65500 + 98);
	assert_int_equal(report.lost, 24);
	assert_int_equal(report.fraction_lost, 24 * 256 / 99);
	/* the next interval has no loss */
	add(&stats, 9, (uint16_t)(65500 + 99));
	rtp_stats_report(&stats, &report);
	assert_int_equal(report.fraction_lost, 0);
	assert_int_equal(report.lost, 24);
}

static void jitter_grows_with_uneven_arrival(void **state)
{
	(void)state;
	struct rtp_stats even = {0}, uneven = {0};
	struct rtcp_report report = {0};

	for (uint16_t i = 0; i < 200; i++) {
		struct rtp_packet packet = {.sequence = i, .timestamp = i * 3000U};

		rtp_stats_add(&even, &packet, i * 3000U + 50);
		rtp_stats_add(&uneven, &packet, i * 3000U + (i & 1 ? 900U : 0));
	}
	rtp_stats_report(&even, &report);
	assert_int_equal(report.jitter, 0);
	rtp_stats_report(&uneven, &report);
	assert_in_range(report.jitter, 850, 910);
}

/* ---- reordering ---- */

/* Pushes the packets of `in` (one letter each, by sequence) a millisecond apart and gives what
 * comes out; '-' before a packet after a gap. */
static const char *reorder(struct rtp_reorder *reorder, const char *in, uint64_t *now_ns)
{
	static char out[512];
	struct rtp_reordered packet;
	size_t size = 0;

	for (; *in; in++) {
		*now_ns += 1000000;
		if (rtp_reorder_push(reorder, (uint16_t)(65530 + *in), in, 1, *now_ns) == -EMSGSIZE)
			fail();
		while (rtp_reorder_pop(reorder, *now_ns, &packet)) {
			if (packet.after_gap)
				out[size++] = '-';
			out[size++] = (char)*packet.data;
		}
	}
	out[size] = '\0';
	return out;
}

static const struct {
	const char *in, *out;
} orders[] = {
	{"abcdef", "abcdef"}, {"abdcef", "abcdef"},
	{"adcbef", "abcdef"}, {"aabbcc", "abc"}, /* repeats */
	{"acb", "abc"},       {"bac", "bc"},     /* older than the first */
	{"acdef", "a"},                          /* the hole may still fill */
};

static void puts_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
		static struct rtp_reorder buffer;
		uint64_t now_ns = 1;

		memset(&buffer, 0, sizeof(buffer));
		assert_string_equal(reorder(&buffer, orders[i].in, &now_ns), orders[i].out);
	}
}

static void gives_a_hole_up_in_time(void **state)
{
	(void)state;
	static struct rtp_reorder buffer;
	struct rtp_reordered packet;
	uint64_t now_ns = 1;

	assert_string_equal(reorder(&buffer, "abd", &now_ns), "ab");
	now_ns += RTP_REORDER_WAIT_NS;
	assert_true(rtp_reorder_pop(&buffer, now_ns, &packet));
	assert_int_equal(*packet.data, 'd');
	assert_true(packet.after_gap);
	/* what was given up comes too late */
	assert_string_equal(reorder(&buffer, "ce", &now_ns), "e");
}

static void gives_a_hole_up_when_half_full(void **state)
{
	(void)state;
	static struct rtp_reorder buffer;
	struct rtp_reordered packet;
	unsigned out = 0;

	for (uint16_t i = 0; i < 2 + RTP_REORDER_HELD_MAX; i++) {
		if (i != 1)
			assert_int_equal(rtp_reorder_push(&buffer, i, "x", 1, 1), 0);
		while (rtp_reorder_pop(&buffer, 1, &packet))
			out++;
	}
	assert_int_equal(out, 1 + RTP_REORDER_HELD_MAX);
}

static void starts_anew_after_a_jump(void **state)
{
	(void)state;
	static struct rtp_reorder buffer;
	struct rtp_reordered packet;

	assert_int_equal(rtp_reorder_push(&buffer, 10, "a", 1, 1), 0);
	assert_true(rtp_reorder_pop(&buffer, 1, &packet));
	assert_int_equal(rtp_reorder_push(&buffer, 5000, "b", 1, 1), 0);
	assert_true(rtp_reorder_pop(&buffer, 1, &packet));
	assert_true(packet.after_gap);
	/* a sender that went back for good */
	for (uint16_t i = 0; i < RTP_REORDER_STRAYS_MAX - 1; i++)
		assert_int_equal(rtp_reorder_push(&buffer, i, "c", 1, 1), -EALREADY);
	assert_int_equal(rtp_reorder_push(&buffer, 7, "c", 1, 1), 0);
	assert_true(rtp_reorder_pop(&buffer, 1, &packet));
	assert_true(packet.after_gap);
}

static void refuses_what_is_too_large(void **state)
{
	(void)state;
	static struct rtp_reorder buffer;
	static uint8_t data[RTP_REORDER_SIZE_MAX + 1];

	assert_int_equal(rtp_reorder_push(&buffer, 1, data, sizeof(data), 1), -EMSGSIZE);
	assert_int_equal(rtp_reorder_push(&buffer, 1, data, sizeof(data) - 1, 1), 0);
	assert_int_equal(rtp_reorder_push(&buffer, 2, data, 0, 1), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_where_a_packet_stands),
		cmocka_unit_test(reports_as_rfc_3550_says),
		cmocka_unit_test(jitter_grows_with_uneven_arrival),
		cmocka_unit_test(puts_in_order),
		cmocka_unit_test(gives_a_hole_up_in_time),
		cmocka_unit_test(gives_a_hole_up_when_half_full),
		cmocka_unit_test(starts_anew_after_a_jump),
		cmocka_unit_test(refuses_what_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
