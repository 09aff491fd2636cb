#include "../check.h"

#include <string.h>

#include "rtc/backlog.h"

/* A packed frame of `packets` packets of 1000 bytes. */
static struct frame *make_frame(uint64_t number, bool is_key, uint32_t packets)
{
	static uint8_t nal[1 << 20];
	uint32_t size = 4 + packets * 1000;
	struct ipc_frame head = {.frame = number, .size = size, .flags = is_key ? FRAME_KEY : 0};
	struct bytes_writer writer = bytes_write(nal, 5);
	struct frame *frame;

	bytes_put_be32(&writer, size - 4);
	bytes_put_u8(&writer, 0x41);
	assert_int_equal(frame_create(&head, PACKER_H264, NULL, &frame), 0);
	assert_int_equal(frame_append(frame, 0, (struct bytes){nal, size}), 0);
	assert_int_equal(frame_pack(frame), 0);
	return frame;
}

static void push(struct backlog *backlog, uint64_t number, bool is_key, uint64_t now_ns)
{
	struct frame *frame = make_frame(number, is_key, 1);

	backlog_push(backlog, frame, now_ns);
	frame_unref(frame);
}

static uint64_t head_number(const struct backlog *backlog)
{
	return backlog_head(backlog) ? backlog_head(backlog)->number : 0;
}

static void send_head(struct backlog *backlog)
{
	struct frame *frame = backlog_head(backlog);

	backlog_sent(backlog, frame->packet_count, frame->size);
}

static void keeps_order(void **state)
{
	static struct backlog backlog;

	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		push(&backlog, i, i == 1, i);
	for (uint64_t i = 1; i <= 5; i++) {
		assert_int_equal(head_number(&backlog), i);
		send_head(&backlog);
	}
	assert_null(backlog_head(&backlog));
}

static void drops_the_late_up_to_a_key_frame(void **state)
{
	static struct backlog backlog;

	(void)state;
	push(&backlog, 1, true, 0);
	push(&backlog, 2, false, 0);
	push(&backlog, 3, true, BACKLOG_LATE_NS);
	push(&backlog, 4, false, BACKLOG_LATE_NS);
	assert_false(backlog_drop_late(&backlog, BACKLOG_LATE_NS));
	assert_true(backlog_drop_late(&backlog, BACKLOG_LATE_NS + 1));
	assert_int_equal(head_number(&backlog), 3);
	assert_false(backlog_drop_late(&backlog, BACKLOG_LATE_NS + 1));
	assert_true(backlog_drop_late(&backlog, 3 * BACKLOG_LATE_NS));
	assert_null(backlog_head(&backlog));
}

static void a_burst_may_be_late(void **state)
{
	static struct backlog backlog;

	(void)state;
	backlog_start_burst(&backlog, 0);
	push(&backlog, 1, true, 0);
	push(&backlog, 2, false, 0);
	assert_false(backlog_drop_late(&backlog, 2 * BACKLOG_LATE_NS));
	send_head(&backlog);
	send_head(&backlog);
	/* it was empty once: the burst is over */
	push(&backlog, 3, false, 0);
	assert_true(backlog_drop_late(&backlog, 2 * BACKLOG_LATE_NS));
}

static void a_burst_has_an_end(void **state)
{
	static struct backlog backlog;

	(void)state;
	backlog_start_burst(&backlog, 0);
	push(&backlog, 1, true, 0);
	assert_true(backlog_drop_late(&backlog, BACKLOG_BURST_NS + 1));
}

static void paces(void **state)
{
	static struct backlog backlog;
	struct frame *large = make_frame(1, true, 1000);
	uint64_t now_ns = CLOCK_NS_PER_S, start_ns = now_ns;
	uint32_t packets = 0;

	(void)state;
	backlog_push(&backlog, large, now_ns);
	frame_unref(large);
	while (backlog_head(&backlog)) {
		uint64_t wait_ns = backlog_wait_ns(&backlog, 1000000, now_ns);

		now_ns += wait_ns;
		if (wait_ns == 0) {
			backlog_sent(&backlog, 1, 1200);
			packets++;
		}
	}
	/* All but what may go at once takes its time at the floor's pace. */
	uint64_t expected_ns = (packets * UINT64_C(1200) - BACKLOG_AT_ONCE) * 8 * CLOCK_NS_PER_S /
			       BACKLOG_PACE_FLOOR_BPS;

	assert_in_range(now_ns - start_ns, expected_ns * 98 / 100, expected_ns * 102 / 100);
}

static void losses_slow_the_pace(void **state)
{
	static struct backlog backlog;
	enum { RATE_BPS = 4000000 };
	uint64_t now_ns = CLOCK_NS_PER_S;

	(void)state;
	for (int i = 0; i < 20; i++) {
		now_ns += BACKLOG_EASE_NS;
		backlog_ease(&backlog, RATE_BPS, now_ns);
		backlog_ease(&backlog, RATE_BPS, now_ns); /* of the same moment */
		if (i == 0)
			assert_int_equal(backlog.floor_bps, BACKLOG_PACE_FLOOR_BPS * 6 / 10);
	}
	assert_int_equal(backlog.floor_bps, RATE_BPS / 100 * BACKLOG_PACE_LOSSY_PERCENT);
	for (int i = 0; i < 60; i++) {
		now_ns += CLOCK_NS_PER_S;
		backlog_recover(&backlog, now_ns);
	}
	assert_int_equal(backlog.floor_bps, 0);
}

static void skips_to_the_newest_key(void **state)
{
	static struct backlog backlog;

	(void)state;
	push(&backlog, 1, true, 0);
	push(&backlog, 2, false, 0);
	push(&backlog, 3, true, 0);
	push(&backlog, 4, false, 0);
	assert_true(backlog_skip_to_key(&backlog));
	assert_int_equal(head_number(&backlog), 3);
	assert_true(backlog_skip_to_key(&backlog)); /* it did not begin to leave */
	send_head(&backlog);
	assert_false(backlog_skip_to_key(&backlog));
	assert_int_equal(head_number(&backlog), 4);
	backlog_clear(&backlog);
	assert_false(backlog_skip_to_key(&backlog));
}

static void is_bounded(void **state)
{
	static struct backlog backlog;
	struct frame *frame = make_frame(1, false, 1);

	(void)state;
	for (int i = 0; i < BACKLOG_MAX + 1; i++)
		backlog_push(&backlog, frame, 0);
	assert_int_equal(backlog.count, 1);
	backlog_clear(&backlog);
	assert_int_equal(frame->refs, 1);
	frame_unref(frame);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order),
		cmocka_unit_test(drops_the_late_up_to_a_key_frame),
		cmocka_unit_test(a_burst_may_be_late),
		cmocka_unit_test(a_burst_has_an_end),
		cmocka_unit_test(paces),
		cmocka_unit_test(losses_slow_the_pace),
		cmocka_unit_test(skips_to_the_newest_key),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
