/* What goes into the outbox comes out of real sockets, whole and in order. */
#include "../check.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "rtc/outbox.h"
#include "rtc/socket_address.h"

static int bind_udp(struct ice_address *ret_address)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), buffer = 4 << 20;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	assert_int_equal(socket_address_parse(&bound, ret_address), 0);
	return fd;
}

static void put(struct outbox *outbox, const struct ice_address *to, uint32_t number, size_t size)
{
	uint8_t *room = outbox_reserve(outbox, OUTBOX_DATAGRAM_MAX);

	memset(room, (int)(number & 255), size);
	memcpy(room, &number, sizeof(number));
	outbox_commit(outbox, to, size);
}

static void expect(int fd, uint32_t number, size_t size)
{
	uint8_t data[OUTBOX_DATAGRAM_MAX];
	uint32_t said;
	ssize_t got = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	assert_int_equal(got, size);
	memcpy(&said, data, sizeof(said));
	assert_int_equal(said, number);
	assert_int_equal(data[size - 1], number & 255);
}

static void keeps_sizes_and_order(void **state)
{
	/* equal ones, a shorter one that ends a list, a longer one that begins another */
	static const size_t sizes[] = {1200, 1200, 1200, 700, 1200, 100, 100, 900, 900, 5};
	struct ice_address one, other, ours;
	autoclose int to_one = bind_udp(&one);
	autoclose int to_other = bind_udp(&other);
	autoclose int from = bind_udp(&ours);
	AUTO(outbox) outbox = NULL;

	(void)state;
	assert_int_equal(outbox_create(from, &outbox), 0);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++)
			put(outbox, &one, i, sizes[i]);
		for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++)
			put(outbox, i % 2 ? &one : &other, 100 + i, sizes[i]);
		outbox_flush(outbox);
		for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++)
			expect(to_one, i, sizes[i]);
		for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++)
			expect(i % 2 ? to_one : to_other, 100 + i, sizes[i]);
	}
	assert_int_equal(outbox_counts(outbox).lost, 0);
	assert_int_equal(outbox_counts(outbox).datagrams, 3 * 2 * ARRAY_COUNT(sizes));
}

static void joins_what_it_can(void **state)
{
	struct ice_address one, ours;
	socklen_t size = sizeof(int);
	int segment;
	autoclose int to_one = bind_udp(&one);
	autoclose int from = bind_udp(&ours);
	AUTO(outbox) outbox = NULL;

	(void)state;
	assert_int_equal(outbox_create(from, &outbox), 0);
	if (getsockopt(from, SOL_UDP, UDP_SEGMENT, &segment, &size) < 0)
		skip(); /* a kernel from before 4.18 */
	for (uint32_t i = 0; i < 200; i++)
		put(outbox, &one, i, 1200);
	outbox_flush(outbox);
	for (uint32_t i = 0; i < 200; i++)
		expect(to_one, i, 1200);
	assert_int_equal(outbox_counts(outbox).calls, 1);
}

/* More than its memory: it sends in between. */
static void never_overflows(void **state)
{
	enum { COUNT = 2 * OUTBOX_SIZE / 1200 };
	struct ice_address one, ours;
	autoclose int to_one = bind_udp(&one);
	autoclose int from = bind_udp(&ours);
	AUTO(outbox) outbox = NULL;
	uint32_t taken = 0;

	(void)state;
	assert_int_equal(outbox_create(from, &outbox), 0);
	for (uint32_t i = 0; i < COUNT; i++) {
		put(outbox, &one, i, 1200);
		/* the reader's own buffer is small, so it reads along */
		while (i % 50 == 49 && taken + OUTBOX_SIZE / 1200 < i)
			expect(to_one, taken++, 1200);
	}
	outbox_flush(outbox);
	assert_true(outbox_counts(outbox).calls > 1);
	assert_int_equal(outbox_counts(outbox).datagrams, COUNT);
}

/* One that cannot be sent does not hold up the others. */
static void goes_on_after_a_refusal(void **state)
{
	struct ice_address one, ours, nowhere;
	autoclose int to_one = bind_udp(&one);
	autoclose int from = bind_udp(&ours);
	AUTO(outbox) outbox = NULL;

	(void)state;
	assert_int_equal(outbox_create(from, &outbox), 0);
	assert_int_equal(ice_address_parse("255.255.255.255", 15, &nowhere), 0);
	nowhere.port = 9;
	put(outbox, &one, 1, 100);
	put(outbox, &nowhere, 2, 100);
	put(outbox, &one, 3, 100);
	outbox_flush(outbox);
	expect(to_one, 1, 100);
	expect(to_one, 3, 100);
	assert_int_equal(outbox_counts(outbox).lost, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_sizes_and_order),
		cmocka_unit_test(joins_what_it_can),
		cmocka_unit_test(never_overflows),
		cmocka_unit_test(goes_on_after_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
