#include "demo/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { TRIES_MAX = 32, BACKLOG = 16 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

static void set_port(union address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET6)
		address->v6.sin6_port = htons(port);
	else
		address->v4.sin_port = htons(port);
}

static uint16_t port_of(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port
							: address->v4.sin_port);
}

int sockets_listen(uint16_t port, int *ret_fd)
{
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	union address address = {.v4 = {.sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	int one = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &address.any, size_of(&address)) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

/* A socket at `address`; with port 0 the kernel chooses one and `address` tells which. */
static int bind_udp(union address *address, int *ret_fd)
{
	autoclose int fd = socket(address->any.sa_family,
				  SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	if (fd < 0 || bind(fd, &address->any, size_of(address)) < 0 ||
	    getsockname(fd, &address->any, &size) < 0)
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

int sockets_bind_pair(int listener, int ret_fds[2])
{
	for (int i = 0; i < TRIES_MAX; i++) {
		union address address;
		socklen_t size = sizeof(address);
		autoclose int rtp = -1;
		int rtcp;

		if (getsockname(listener, &address.any, &size) < 0)
			return -errno;
		set_port(&address, 0);
		int r = bind_udp(&address, &rtp);

		if (r < 0)
			return r;
		if (port_of(&address) % 2)
			continue;
		set_port(&address, (uint16_t)(port_of(&address) + 1));
		if (bind_udp(&address, &rtcp) < 0)
			continue;
		ret_fds[0] = take_fd(rtp);
		ret_fds[1] = rtcp;
		return 0;
	}
	return -EADDRINUSE;
}
