#include "../check.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "rtc/tcp_link.h"

struct scene {
	struct loop *loop;
	struct tcp_server *server;
	struct tcp_link *link; /* that spoke last */
	int listener;
	struct sockaddr_in at;
	unsigned received, closed;
	uint8_t data[FRAMING_PACKET_MAX];
	size_t size;
};

static void received(void *owner, struct tcp_link *link, uint8_t *data, size_t size)
{
	struct scene *scene = owner;

	scene->link = link;
	scene->received++;
	scene->size = size;
	memcpy(scene->data, data, size);
}

static void closed(void *owner, struct tcp_link *link)
{
	struct scene *scene = owner;

	(void)link;
	scene->closed++;
}

static void begin(struct scene *scene)
{
	socklen_t size = sizeof(scene->at);

	*scene =
		(struct scene){.at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}}};
	assert_int_equal(loop_create(&scene->loop), 0);
	scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&scene->at, size), 0);
	assert_int_equal(listen(scene->listener, 128), 0);
	assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&scene->at, &size), 0);
	assert_int_equal(tcp_server_create(scene->loop, scene->listener, received, closed, scene,
					   &scene->server),
			 0);
}

static void finish(struct scene *scene)
{
	tcp_server_destroy(scene->server);
	close(scene->listener);
	loop_destroy(scene->loop);
}

static int dial(const struct scene *scene)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&scene->at, sizeof(scene->at)), 0);
	return fd;
}

static void turns(struct scene *scene, int count)
{
	for (int i = 0; i < count; i++) {
		assert_int_equal(loop_turn(scene->loop, 20), 0);
		tcp_server_flush(scene->server);
	}
}

static void takes_packets_in_any_pieces(void **state)
{
	static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 2, 'd', 'e'};
	struct scene scene;

	(void)state;
	begin(&scene);
	autoclose int fd = dial(&scene);

	for (size_t i = 0; i < sizeof(stream); i++) {
		assert_int_equal(send(fd, stream + i, 1, 0), 1);
		turns(&scene, 2);
		assert_int_equal(scene.received, (i >= 4) + (i >= 8));
	}
	assert_int_equal(scene.size, 2);
	assert_memory_equal(scene.data, "de", 2);
	finish(&scene);
}

static void closes_on_nonsense(void **state)
{
	static const uint8_t huge[] = {0xff, 0xff, 1};
	struct scene scene;
	uint8_t rest;

	(void)state;
	begin(&scene);
	autoclose int fd = dial(&scene);

	assert_int_equal(send(fd, huge, sizeof(huge), 0), sizeof(huge));
	turns(&scene, 3);
	assert_int_equal(scene.closed, 1);
	assert_true(recv(fd, &rest, 1, 0) <= 0);
	finish(&scene);
}

/* A reader that does not read fills its own buffer and no more; a packet is never cut. */
static void a_slow_reader_loses_packets(void **state)
{
	static uint8_t data[1 << 21];
	struct scene scene;
	unsigned placed = 0, refused = 0;

	(void)state;
	begin(&scene);
	autoclose int fd = dial(&scene);

	assert_int_equal(send(fd, "\0\1x", 3, 0), 3);
	turns(&scene, 3);
	assert_non_null(scene.link);
	for (int i = 0; i < 5000; i++) {
		uint8_t *room = tcp_link_reserve(scene.link, 1200, true);

		if (!room) {
			refused++;
			continue;
		}
		memset(room, 7, 1000);
		tcp_link_commit(scene.link, 1000);
		placed++;
	}
	assert_true(refused > 1000);
	/* what is not media still finds room */
	assert_non_null(tcp_link_reserve(scene.link, 1200, false));
	tcp_link_commit(scene.link, 1000);
	placed++;
	size_t size = 0, at = 0;

	for (int idle = 0; idle < 5; idle++) {
		ssize_t got = recv(fd, data + size, sizeof(data) - size, MSG_DONTWAIT);

		if (got > 0) {
			size += (size_t)got;
			idle = 0;
		}
		turns(&scene, 1);
	}
	struct bytes packet;
	unsigned seen = 0;
	int taken;

	while ((taken = framing_next(data + at, size - at, &packet)) > 0) {
		assert_int_equal(packet.size, 1000);
		at += (size_t)taken;
		seen++;
	}
	assert_int_equal(seen, placed);
	finish(&scene);
}

static void bounds_strangers(void **state)
{
	int fd[TCP_STRANGER_MAX + 10];
	struct scene scene;
	unsigned open = 0;
	uint8_t byte;

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < ARRAY_COUNT(fd); i++) {
		fd[i] = dial(&scene);
		turns(&scene, 1);
	}
	turns(&scene, 5);
	for (size_t i = 0; i < ARRAY_COUNT(fd); i++) {
		open += recv(fd[i], &byte, 1, MSG_DONTWAIT) < 0;
		close(fd[i]);
	}
	assert_int_equal(open, TCP_STRANGER_MAX);
	finish(&scene);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_packets_in_any_pieces),
		cmocka_unit_test(closes_on_nonsense),
		cmocka_unit_test(a_slow_reader_loses_packets),
		cmocka_unit_test(bounds_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
