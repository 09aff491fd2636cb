#include <errno.h>
#include <string.h>

#include "../check.h"
#include "base/clock.h"
#include "front/address.h"
#include "front/http2_memory.h"
#include "front/reply.h"

static struct address_table table;

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
	static const struct bucket_rule rule = {5, 10};
	struct bucket bucket = {0};
	uint64_t now_ns = 1000;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(bucket_take(&bucket, &rule, now_ns));
	assert_false(bucket_take(&bucket, &rule, now_ns));
	assert_false(bucket_take(&bucket, &rule, now_ns + 9));
	assert_true(bucket_take(&bucket, &rule, now_ns + 10));
	assert_false(bucket_take(&bucket, &rule, now_ns + 10));
	for (int i = 0; i < 5; i++)
		assert_true(bucket_take(&bucket, &rule, now_ns + 1000));
	assert_false(bucket_take(&bucket, &rule, now_ns + 1000));
}

static void an_ipv6_household_is_one_address(void **state)
{
	uint8_t a[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1}, b[16];
	uint8_t v4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
	uint8_t other_v4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 8};

	(void)state;
	address_init(&table);
	memcpy(b, a, sizeof(b));
	b[15] = 9;
	assert_ptr_equal(address_find(&table, a, 1), address_find(&table, b, 1));
	b[7] = 2;
	assert_ptr_not_equal(address_find(&table, a, 1), address_find(&table, b, 1));
	assert_ptr_not_equal(address_find(&table, v4, 1), address_find(&table, other_v4, 1));
}

static void failures_block_for_a_while(void **state)
{
	uint8_t key[16] = {1};
	uint64_t now_ns = 5 * CLOCK_NS_PER_S;

	(void)state;
	address_init(&table);
	struct address *address = address_find(&table, key, now_ns);

	for (int i = 0; i < 30; i++) {
		assert_false(address_is_blocked(address, now_ns));
		address_count_failure(address, now_ns);
	}
	assert_true(address_is_blocked(address, now_ns));
	assert_false(address_is_blocked(address, now_ns + 3 * CLOCK_NS_PER_S));
}

static void the_table_forgets_strangers_not_guests(void **state)
{
	uint8_t guest_key[16] = {9, 9, 9, 9, 9}, key[16] = {0};

	(void)state;
	address_init(&table);
	struct address *guest = address_find(&table, guest_key, 1);

	guest->connections = 1;
	for (uint32_t i = 0; i < 50000; i++) {
		memcpy(key, &i, sizeof(i));
		struct address *row = address_find(&table, key, 2 + i);

		assert_true(row && row != guest);
	}
	assert_ptr_equal(address_find(&table, guest_key, 99999), guest);
}

static void busy_rows_stay(void **state)
{
	uint8_t key[16] = {0};
	unsigned refused = 0;

	(void)state;
	address_init(&table);
	for (uint32_t i = 0; i < 20000; i++) {
		memcpy(key, &i, sizeof(i));
		struct address *row = address_find(&table, key, i);

		refused += row == NULL;
		if (row)
			row->connections++;
	}
	assert_int_equal(refused, 20000 - ADDRESS_SETS * ADDRESS_WAYS);
}

static void http2_memory_is_bounded(void **state)
{
	struct http2_memory memory = {0};
	nghttp2_mem functions = http2_memory_functions(&memory);
	void *blocks[64];
	unsigned count = 0;

	(void)state;
	while (count < 64 && (blocks[count] = functions.malloc(65536, functions.mem_user_data)))
		count++;
	assert_int_equal(count, 16);
	assert_int_equal(memory.used, HTTP2_MEMORY_MAX);
	assert_null(functions.realloc(blocks[0], 65537, functions.mem_user_data));
	assert_null(functions.calloc(SIZE_MAX / 2, 4, functions.mem_user_data));
	blocks[0] = functions.realloc(blocks[0], 10, functions.mem_user_data);
	assert_non_null(blocks[0]);
	assert_int_equal(memory.used, HTTP2_MEMORY_MAX - 65526);
	while (count > 0)
		functions.free(blocks[--count], functions.mem_user_data);
	assert_int_equal(memory.used, 0);
}

static void a_stream_holds_so_much_and_no_more(void **state)
{
	struct reply reply = {0};
	char block[1000] = {0}, taken[REPLY_STREAM_MAX];
	int held = 0;

	(void)state;
	while (reply_append(&reply, block, sizeof(block)) == 0)
		held++;
	assert_int_equal(held, REPLY_STREAM_MAX / 1000);
	assert_int_equal(reply_append(&reply, block, sizeof(block)), -EMSGSIZE);
	assert_int_equal(reply_take(&reply, taken, 500), 500);
	assert_int_equal(reply_append(&reply, block, 500), 0); /* what was read makes room */
	assert_int_equal(reply_take(&reply, taken, sizeof(taken)), held * 1000);
	reply_finish(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
		cmocka_unit_test(an_ipv6_household_is_one_address),
		cmocka_unit_test(failures_block_for_a_while),
		cmocka_unit_test(the_table_forgets_strangers_not_guests),
		cmocka_unit_test(busy_rows_stay),
		cmocka_unit_test(http2_memory_is_bounded),
		cmocka_unit_test(a_stream_holds_so_much_and_no_more),
	};

	return cmocka_run_group_tests_name("front limits", tests, NULL, NULL);
}
