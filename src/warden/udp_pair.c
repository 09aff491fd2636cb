#include "warden/udp_pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>

enum { PORT_FIRST = 20000, PORT_PAIRS = 20000, TRIES = 64, RECEIVE_BUFFER = 2 << 20 };

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	/* Both families keep the port at the same place. */
	((struct sockaddr_in *)address)->sin_port = htons(port);
}

static socklen_t size_of(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int open_one(int family, uint16_t port)
{
	struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
	int size = RECEIVE_BUFFER;
	autoclose int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* A key frame arrives in one burst. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	set_port(&address, port);
	if (bind(fd, (struct sockaddr *)&address, size_of(family)))
		return -errno;
	return take_fd(fd);
}

int udp_pair_open(int family, int ret_fds[2])
{
	int r = -EADDRINUSE;

	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;
	for (int i = 0; i < TRIES && r == -EADDRINUSE; i++) {
		/* By chance, so that a stranger cannot aim at it beforehand. */
		uint16_t port = (uint16_t)(PORT_FIRST + 2 * randombytes_uniform(PORT_PAIRS));
		autoclose int even = open_one(family, port);
		autoclose int odd = even < 0 ? even : open_one(family, (uint16_t)(port + 1));

		r = odd < 0 ? odd : 0;
		if (r < 0)
			continue;
		ret_fds[0] = take_fd(even);
		ret_fds[1] = take_fd(odd);
	}
	return r;
}

int udp_pair_connect(const int fds[2], const struct sockaddr_storage *host, const uint16_t ports[2])
{
	struct sockaddr_storage address = *host;

	for (int i = 0; i < 2; i++) {
		set_port(&address, ports[i]);
		if (ports[i] &&
		    connect(fds[i], (struct sockaddr *)&address, size_of(host->ss_family)))
			return -errno;
	}
	return 0;
}
