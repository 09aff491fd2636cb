#include "front/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/diag.h"

enum { ACCEPTS_A_TURN = 16, REST_MS = 200 };

static bool origin_of(const struct sockaddr_storage *from, struct ipc_origin *ret_origin)
{
	struct ipc_origin origin = {0};

	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)from;

		memcpy(origin.address, &in6->sin6_addr, sizeof(origin.address));
		origin.port = ntohs(in6->sin6_port);
	} else if (from->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)from;

		origin.address[10] = origin.address[11] = 0xff;
		memcpy(origin.address + 12, &in->sin_addr, 4);
		origin.port = ntohs(in->sin_port);
	} else {
		return false;
	}
	*ret_origin = origin;
	return true;
}

/* True if another one may wait. */
static bool accept_one(struct listener *listener)
{
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof(from);
	struct ipc_origin origin;
	int one = 1;
	int fd = accept4(listener->watch.fd, (struct sockaddr *)&from, &size,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		struct loop *loop = listener->pool->front->loop;

		if (loop_change(&listener->watch, 0) == 0)
			loop_timer_start(loop, &listener->rest,
					 loop_now_ns(loop) + REST_MS * CLOCK_NS_PER_MS);
		return false;
	}
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	if (!origin_of(&from, &origin)) {
		close(fd);
		return true;
	}
	/* Answers are small and wait for nobody's acknowledgement. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn_open(listener->pool, fd, &origin, listener->port, listener->is_tls);
	return true;
}

static void listener_ready(struct loop_watch *watch, uint32_t events)
{
	struct listener *listener = container_of(watch, struct listener, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && accept_one(listener); i++)
		;
}

static void rested(struct loop_timer *timer)
{
	struct listener *listener = container_of(timer, struct listener, rest);

	if (loop_change(&listener->watch, EPOLLIN) < 0)
		fatal("cannot watch the listener of port %u", listener->port);
}

int listener_start(struct listener *listener, struct conn_pool *pool, int take_fd, uint32_t port,
		   bool is_tls)
{
	int flags = fcntl(take_fd, F_GETFL);

	*listener = (struct listener){.watch = {.fd = take_fd, .ready = listener_ready},
				      .rest = {.due = rested},
				      .pool = pool,
				      .port = port,
				      .is_tls = is_tls};
	if (flags < 0 || fcntl(take_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return loop_add(pool->front->loop, &listener->watch, EPOLLIN);
}

void listener_stop(struct listener *listener)
{
	if (!listener->pool)
		return;
	loop_timer_stop(&listener->rest);
	loop_remove(&listener->watch);
	close(listener->watch.fd);
	listener->pool = NULL;
}
