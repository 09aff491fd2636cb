#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check.h"
#include "base/clock.h"
#include "cam/cam_link.h"

/* The link on one end of a TCP connection, a camera on the other. */
static struct loop *loop;
static struct cam_link conn;
static int camera;
static size_t got;
static unsigned reads, ends;

static void link_readable(struct cam_link *at)
{
	got += cam_link_input(at).size;
	reads++;
	cam_link_consume(at, cam_link_input(at).size);
}

static void link_closed(struct cam_link *at, int error)
{
	(void)at;
	assert_int_equal(error, 0);
	ends++;
}

static int connect_pair(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	autoclose int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
	camera = accept(listener, NULL, NULL);
	assert_true(camera >= 0);
	return fd;
}

static int set_up(void **state)
{
	(void)state;
	memset(&conn, 0, sizeof(conn));
	conn.readable = link_readable;
	conn.closed = link_closed;
	got = 0;
	reads = 0;
	ends = 0;
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(cam_link_open(&conn, loop, connect_pair(), NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cam_link_finish(&conn);
	close(camera);
	loop_destroy(loop);
	return 0;
}

static void send_bytes(size_t size)
{
	static const uint8_t bytes[2 * LINK_CALM_SIZE];

	assert_true(size <= sizeof(bytes));
	assert_int_equal(write(camera, bytes, size), (ssize_t)size);
}

/* Turns of the loop until `size` bytes have come, or five seconds are over. */
static void read_until(size_t size)
{
	uint64_t end_ns = clock_boot_ns() + 5 * CLOCK_NS_PER_S;

	while (got < size && clock_boot_ns() < end_ns)
		assert_int_equal(loop_turn(loop, 100), 0);
	assert_int_equal(got, size);
}

static void calm_reads_a_few_times_a_second(void **state)
{
	const unsigned periods = 5;
	uint64_t end_ns;
	size_t sent = 0;

	(void)state;
	cam_link_set_calm(&conn, true);
	end_ns = clock_boot_ns() + periods * CAM_CALM_MS * CLOCK_NS_PER_MS;
	/* The camera writes in each turn of the loop, and each byte wakes whoever is not calm. */
	while (clock_boot_ns() < end_ns) {
		send_bytes(10);
		sent += 10;
		assert_int_equal(loop_turn(loop, 1), 0);
	}
	read_until(sent);
	assert_in_range(reads, 1, periods + 2);
}

static void calm_lets_no_large_picture_wait(void **state)
{
	(void)state;
	cam_link_set_calm(&conn, true);
	for (int i = 0; i < 10; i++) {
		send_bytes(2 * LINK_CALM_SIZE);
		read_until((size_t)(i + 1) * 2 * LINK_CALM_SIZE);
	}
}

static void end_of_the_calm_reads_what_waits(void **state)
{
	(void)state;
	cam_link_set_calm(&conn, true);
	send_bytes(10);
	cam_link_set_calm(&conn, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(got, 10);
	for (unsigned i = 1; i <= 20; i++) {
		send_bytes(1);
		assert_int_equal(loop_turn(loop, 1000), 0);
		assert_int_equal(got, 10 + i);
	}
}

static void calm_notices_the_end(void **state)
{
	(void)state;
	cam_link_set_calm(&conn, true);
	send_bytes(10);
	assert_int_equal(shutdown(camera, SHUT_WR), 0);
	read_until(10);
	while (!ends)
		assert_int_equal(loop_turn(loop, 5000), 0);
	assert_false(cam_link_is_open(&conn));
	/* The next connection begins without it. */
	close(camera);
	assert_int_equal(cam_link_open(&conn, loop, connect_pair(), NULL), 0);
	assert_false(conn.is_calm);
	send_bytes(1);
	assert_int_equal(loop_turn(loop, 1000), 0);
	assert_int_equal(got, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(calm_reads_a_few_times_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(calm_lets_no_large_picture_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(end_of_the_calm_reads_what_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(calm_notices_the_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
