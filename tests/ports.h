/* Ports for programs under test. Below those that the kernel hands out by itself (32768 on): no
 * connection of somebody else's gets one in between. */
#ifndef TESTS_PORTS_H
#define TESTS_PORTS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS_FIRST = 10000, PORTS_COUNT = 20000 };

static inline bool ports_is_free(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	bool is_free = true;

	for (unsigned i = 0; i < 2; i++) {
		int fd = socket(AF_INET, types[i] | SOCK_CLOEXEC, 0);

		is_free = is_free && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
		close(fd);
	}
	return is_free;
}

/* The first of `count` in a row that nobody has, for TCP and UDP. */
static inline uint16_t ports_find(unsigned count)
{
	static unsigned next;

	if (next == 0)
		next = (unsigned)getpid() * 16; /* tests run side by side */
	for (unsigned found = 0;;) {
		unsigned port = PORTS_FIRST + next++ % PORTS_COUNT;

		/* a row does not go around the end */
		if (port == PORTS_FIRST)
			found = 0;
		found = ports_is_free((uint16_t)port) ? found + 1 : 0;
		if (found == count)
			return (uint16_t)(port + 1 - count);
	}
}

#endif
