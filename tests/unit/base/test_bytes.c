#include "base/bytes.h"
#include "../check.h"

static void reads_network_order(void **state)
{
	(void)state;
	const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct bytes_reader reader = bytes_read(data, sizeof(data));

	assert_int_equal(bytes_get_u8(&reader), 1);
	assert_int_equal(bytes_get_be16(&reader), 0x0203);
	assert_int_equal(bytes_get_be24(&reader), 0x040506);
	assert_int_equal(bytes_get_be32(&reader), 0x0708090a);
	assert_int_equal(bytes_left(&reader), 0);
	assert_false(reader.failed);
}

static void reading_past_the_end_fails_for_good(void **state)
{
	(void)state;
	const uint8_t data[] = {1, 2, 3};
	struct bytes_reader reader = bytes_read(data, sizeof(data));

	assert_int_equal(bytes_get_be32(&reader), 0);
	assert_true(reader.failed);
	assert_int_equal(bytes_get_u8(&reader), 0);
	assert_null(bytes_get(&reader, 0));
	assert_int_equal(bytes_left(&reader), 0);
}

static void a_huge_size_does_not_wrap(void **state)
{
	(void)state;
	const uint8_t data[4] = {0};
	struct bytes_reader reader = bytes_read(data, sizeof(data));

	assert_null(bytes_get(&reader, SIZE_MAX));
	assert_true(reader.failed);
}

static void writes_and_stops_at_the_end(void **state)
{
	(void)state;
	uint8_t data[6];
	struct bytes_writer writer = bytes_write(data, sizeof(data));

	bytes_put_be16(&writer, 0x0102);
	bytes_put_be24(&writer, 0x030405);
	assert_int_equal(bytes_written(&writer), 5);
	bytes_put_be16(&writer, 0xffff);
	assert_true(writer.failed);
	assert_int_equal(bytes_written(&writer), 5);
	bytes_put_u8(&writer, 6);
	assert_int_equal(bytes_written(&writer), 5);
	assert_memory_equal(data, "\1\2\3\4\5", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_network_order),
		cmocka_unit_test(reading_past_the_end_fails_for_good),
		cmocka_unit_test(a_huge_size_does_not_wrap),
		cmocka_unit_test(writes_and_stops_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
