#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/jitter.h"

#define MS UINT64_C(1000000)

enum { PACKET_SAMPLES = 960 };
static const uint64_t START_NS = UINT64_C(5000) * MS;

static struct jitter jitter;

static int begin(void **state)
{
	(void)state;
	memset(&jitter, 0, sizeof(jitter));
	return 0;
}

/* Packet `number` of 20 ms each, arriving `at_ms` after the start. */
static int put(uint32_t number, uint64_t at_ms)
{
	uint8_t data[2] = {(uint8_t)number, 0xaa};

	return jitter_put(&jitter, (uint16_t)(65530 + number),
			  UINT32_C(0xfffff000) + number * PACKET_SAMPLES,
			  (struct bytes){data, sizeof(data)}, START_NS + at_ms * MS);
}

/* The number of the packet that comes out now; -1: none. */
static int get(uint64_t at_ms)
{
	struct jitter_packet packet;

	if (!jitter_take(&jitter, START_NS + at_ms * MS, &packet))
		return -1;
	assert_int_equal(packet.data.size, 2);
	assert_int_equal(packet.sample, packet.data.data[0] * PACKET_SAMPLES);
	return packet.data.data[0];
}

/* Over the wrap of sequence numbers and of RTP time. */
static void an_even_stream_comes_out_evenly(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(put(i, i * 20), 0);
		assert_int_equal(get(i * 20), i < 2 ? -1 : (int)i - 2);
		assert_int_equal(get(i * 20), -1);
	}
	assert_int_equal(get(2000), 18);
	assert_int_equal(get(2000), 19);
	assert_true(jitter_due_ns(&jitter) == UINT64_MAX);
	assert_int_equal(jitter.lost, 0);
}

static void it_says_when_the_next_is_due(void **state)
{
	(void)state;
	assert_int_equal(put(0, 0), 0);
	assert_true(jitter_due_ns(&jitter) == START_NS + JITTER_DELAY_MS_START * MS);
	assert_int_equal(get(JITTER_DELAY_MS_START - 1), -1);
	assert_int_equal(get(JITTER_DELAY_MS_START), 0);
}

static void order_is_mended(void **state)
{
	static const uint32_t came[] = {0, 2, 1, 4, 3};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(put(came[i], i * 20), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(get(500), i);
}

static void what_is_lost_is_passed_over_and_leaves_its_place(void **state)
{
	(void)state;
	assert_int_equal(put(0, 0), 0);
	assert_int_equal(put(3, 60), 0);
	assert_int_equal(get(200), 0);
	assert_int_equal(get(200), 3);
	assert_int_equal(jitter.lost, 2);
	assert_int_equal(put(1, 210), -EALREADY);
	assert_int_equal(get(300), -1);
}

static void copies_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(put(0, 0), 0);
	assert_int_equal(put(0, 1), -EALREADY);
	assert_int_equal(get(100), 0);
	assert_int_equal(put(0, 101), -EALREADY);
	assert_int_equal(get(200), -1);
}

/* The delay grows to what the network needs, and shrinks again when that is over. */
static void the_delay_follows_the_network(void **state)
{
	uint64_t grown;

	(void)state;
	for (uint32_t i = 0; i < 50; i++) {
		int rc = put(i, i * 20 + (i % 5 == 4 ? 150 : 0));

		assert_true(rc == 0 || rc == -EALREADY);
		while (get(i * 20) >= 0)
			;
	}
	grown = jitter.delay_ns;
	assert_true(grown >= 150 * MS && grown <= 160 * MS);
	for (uint32_t i = 50; i < 250; i++) {
		assert_int_equal(put(i, i * 20), 0);
		while (get(i * 20) >= 0)
			;
	}
	assert_true(jitter.delay_ns < grown);
	assert_true(jitter.delay_ns >= JITTER_DELAY_MS_MIN * MS);
}

/* However late something comes, nobody waits for longer than the maximum. */
static void the_delay_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(put(0, 0), 0);
	assert_int_equal(put(1, 1500), 0);
	assert_true(jitter.delay_ns == JITTER_DELAY_MS_MAX * MS);
}

static void a_new_clock_begins_anew_where_the_count_was(void **state)
{
	static const uint8_t data[] = {1, 2, 3};
	struct jitter_packet packet;
	uint64_t last = 0;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(put(i, i * 20), 0);
		int number = get(i * 20);

		if (number > 0)
			last = (uint64_t)number * PACKET_SAMPLES;
	}
	assert_true(last > 0);
	assert_int_equal(jitter_put(&jitter, 30000, 12345, (struct bytes){data, 3}, START_NS + 100 * MS), 0);
	assert_true(jitter_take(&jitter, START_NS + 500 * MS, &packet));
	assert_int_equal(packet.data.size, 3);
	assert_true(packet.sample >= last);
	assert_int_equal(get(500), -1);
}

/* A second and more that was said before the way was there comes at once; the newest of it is heard, and
 * from then on nothing late. */
static void what_was_said_before_is_passed_over(void **state)
{
	struct jitter_packet packet;
	uint32_t number = 0, heard;

	(void)state;
	for (; number < 60; number++)
		assert_int_equal(put(number, number / 10), 0); /* within 6 ms */
	assert_int_equal(get(40), -1);
	assert_true(jitter_take(&jitter, START_NS + 46 * MS, &packet));
	/* The count begins with what is heard. */
	assert_int_equal(packet.sample, 0);
	heard = packet.data.data[0];
	assert_in_range(heard, 60 - JITTER_DELAY_MS_MAX / 20 - 1, 59);
	for (; number < 120; number++) {
		assert_int_equal(put(number, 6 + (number - 59) * 20), 0);
		while (jitter_take(&jitter, START_NS + (6 + (number - 59) * 20) * MS, &packet))
			assert_int_equal(packet.data.data[0], ++heard);
	}
	/* What waits now is what the usual delay holds back. */
	assert_in_range(heard, 115, 119);
}

static void a_pace_is_not_waited_for_for_ever(void **state)
{
	uint32_t number = 0;
	int first = -1;

	(void)state;
	/* Twice as fast as anybody speaks. */
	for (; first < 0 && number < 60; number++) {
		assert_int_equal(put(number, number * 10), 0);
		struct jitter_packet packet;

		if (jitter_take(&jitter, START_NS + number * 10 * MS, &packet))
			first = packet.data.data[0];
	}
	assert_true(first >= 0);
	assert_in_range(number, JITTER_HOLD_MS_MAX / 10, JITTER_HOLD_MS_MAX / 10 + 2);
}

static void sizes_are_bounded(void **state)
{
	static uint8_t data[JITTER_PACKET_MAX + 1];

	(void)state;
	assert_int_equal(jitter_put(&jitter, 1, 1, (struct bytes){data, 0}, START_NS), -EMSGSIZE);
	assert_int_equal(jitter_put(&jitter, 1, 1, (struct bytes){data, sizeof(data)}, START_NS),
			 -EMSGSIZE);
	assert_int_equal(jitter_put(&jitter, 1, 1, (struct bytes){data, JITTER_PACKET_MAX}, START_NS),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_even_stream_comes_out_evenly, begin),
		cmocka_unit_test_setup(it_says_when_the_next_is_due, begin),
		cmocka_unit_test_setup(order_is_mended, begin),
		cmocka_unit_test_setup(what_is_lost_is_passed_over_and_leaves_its_place, begin),
		cmocka_unit_test_setup(copies_are_dropped, begin),
		cmocka_unit_test_setup(the_delay_follows_the_network, begin),
		cmocka_unit_test_setup(the_delay_has_a_limit, begin),
		cmocka_unit_test_setup(a_new_clock_begins_anew_where_the_count_was, begin),
		cmocka_unit_test_setup(what_was_said_before_is_passed_over, begin),
		cmocka_unit_test_setup(a_pace_is_not_waited_for_for_ever, begin),
		cmocka_unit_test_setup(sizes_are_bounded, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
