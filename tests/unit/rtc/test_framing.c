#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/framing.h"

static void takes_whole_packets(void **state)
{
	static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 5, 'e'};
	static const size_t sizes[] = {3, 0, 1};
	size_t at = 0;
	struct bytes packet;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		int taken = framing_next(stream + at, sizeof(stream) - at, &packet);

		assert_int_equal(taken, 2 + sizes[i]);
		assert_int_equal(packet.size, sizes[i]);
		at += (size_t)taken;
	}
	assert_int_equal(framing_next(stream + at, sizeof(stream) - at, &packet), 0);
	assert_int_equal(framing_next(stream, 1, &packet), 0);
	assert_int_equal(framing_next(stream, 0, &packet), 0);
}

static void refuses_large_packets(void **state)
{
	uint8_t header[2] = {FRAMING_PACKET_MAX >> 8, FRAMING_PACKET_MAX & 255};
	struct bytes packet;

	(void)state;
	assert_int_equal(framing_next(header, sizeof(header), &packet), 0);
	header[1]++;
	assert_int_equal(framing_next(header, sizeof(header), &packet), -EMSGSIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_whole_packets),
		cmocka_unit_test(refuses_large_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
