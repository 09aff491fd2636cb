#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check.h"
#include "cam/cam_udp.h"

/* One track's sockets, and a camera that sends to the first. */
static struct loop *loop;
static struct cam_udp udp;
static int camera, buffer_size;
static unsigned reads;

/* What the kernel grants depends on the machine; the tests say what it was. */
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	(void)fd;
	assert_true(level == SOL_SOCKET && name == SO_RCVBUF && *size == sizeof(buffer_size));
	memcpy(value, &buffer_size, sizeof(buffer_size));
	return 0;
}

static void received(struct cam_udp *at)
{
	(void)at;
	reads++;
}

static int set_up(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	udp = (struct cam_udp){.received = received};
	reads = 0;
	buffer_size = 2 * CAM_UDP_CALM_BUFFER;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	camera = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(connect(camera, (struct sockaddr *)&address, size), 0);
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(cam_udp_add(&udp, loop, fd, ntohs(address.sin_port)), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cam_udp_close(&udp);
	close(camera);
	loop_destroy(loop);
	return 0;
}

static void send_packet(void)
{
	assert_int_equal(send(camera, "packet", 6, 0), 6);
}

/* A packet in each turn wakes whoever is not calm. */
static void assert_each_wakes(void)
{
	for (unsigned i = 0; i < 20; i++) {
		unsigned before = reads;

		send_packet();
		assert_int_equal(loop_turn(loop, 1000), 0);
		assert_int_equal(reads, before + 1);
	}
}

static void calm_reads_a_few_times_a_second(void **state)
{
	const unsigned periods = 4;
	uint64_t end_ns = clock_boot_ns() + periods * CAM_CALM_MS * CLOCK_NS_PER_MS;

	(void)state;
	assert_each_wakes();
	reads = 0;
	cam_udp_set_calm(&udp, true);
	while (clock_boot_ns() < end_ns) {
		send_packet();
		assert_int_equal(loop_turn(loop, 1), 0);
	}
	assert_in_range(reads, 1, periods + 2);
}

static void end_of_the_calm_reads_what_waits(void **state)
{
	char byte;

	(void)state;
	cam_udp_set_calm(&udp, true);
	send_packet();
	cam_udp_set_calm(&udp, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
	assert_true(reads >= 1);
	assert_true(recv(udp.rtp.fd, &byte, 1, MSG_DONTWAIT) < 0);
	assert_each_wakes();
}

/* A key frame would not fit while nobody reads. */
static void small_buffer_is_never_calm(void **state)
{
	(void)state;
	buffer_size = CAM_UDP_CALM_BUFFER - 1;
	cam_udp_set_calm(&udp, true);
	assert_false(udp.is_calm);
	assert_each_wakes();
}

static void closed_in_the_calm_looks_no_more(void **state)
{
	(void)state;
	cam_udp_set_calm(&udp, true);
	cam_udp_close(&udp);
	assert_null(udp.look.loop);
	cam_udp_set_calm(&udp, true);
	assert_false(udp.is_calm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(calm_reads_a_few_times_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(end_of_the_calm_reads_what_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(small_buffer_is_never_calm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closed_in_the_calm_looks_no_more, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
