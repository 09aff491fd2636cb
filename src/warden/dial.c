/* ward-dial: resolves one host name and connects once, for the warden, which must not read the
 * answers of name servers. Gives the connected socket back and ends. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"

/* One address that does not answer must leave time for the next. */
enum { CONNECT_MS = 4000, TOTAL_MS = 12000, WARDEN_FD = 3, LIFE_S = 20 };

struct dial_target {
	char host[256];
	char port[8];
	uint64_t request;
	struct loop *loop;
};

static int wait_connected(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {fd, POLLOUT, 0};
	int error = 0, ready = poll(&poll_fd, 1, timeout_ms);
	socklen_t size = sizeof(error);

	if (ready <= 0)
		return ready < 0 ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		return -errno;
	return -error;
}

static int connect_to(const struct addrinfo *address, int timeout_ms)
{
	int yes = 1;
	autoclose int fd =
		socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return take_fd(fd);
	int r = errno == EINPROGRESS ? wait_connected(fd, timeout_ms) : -errno;

	return r < 0 ? r : take_fd(fd);
}

/* -ENOENT: the name has no address. Otherwise the error of the last address tried. */
static int dial(const struct dial_target *target)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	uint64_t end_ns = clock_boot_ns() + TOTAL_MS * CLOCK_NS_PER_MS;
	int r = -ENOENT;

	if (getaddrinfo(target->host, target->port, &hints, &list))
		return -ENOENT;
	for (const struct addrinfo *one = list; one && r < 0; one = one->ai_next) {
		uint64_t now_ns = clock_boot_ns();
		uint64_t left_ms = now_ns < end_ns ? (end_ns - now_ns) / CLOCK_NS_PER_MS : 0;

		if (!left_ms)
			break;
		r = connect_to(one, left_ms < CONNECT_MS ? (int)left_ms : CONNECT_MS);
	}
	freeaddrinfo(list);
	return r;
}

static void target_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct dial_target *target = channel->owner;
	const struct ipc_dial *ask = message->body;

	if (message->type != IPC_DIAL_TARGET || message->tail_size >= sizeof(target->host))
		fatal("the warden sent something odd");
	memcpy(target->host, message->tail, message->tail_size);
	snprintf(target->port, sizeof(target->port), "%u", (unsigned)(ask->port & 0xffff));
	target->request = ask->request;
	loop_stop(target->loop);
}

static void target_closed(struct ipc_channel *channel)
{
	(void)channel;
	exit(EXIT_FAILURE);
}

static void answer(struct ipc_channel *channel, const struct dial_target *target)
{
	autoclose int fd = dial(target);
	struct ipc_dialed body = {.request = target->request, .error = fd < 0 ? fd : 0};

	if (fd < 0)
		ipc_send(channel, IPC_DIAL_FAILED, &body, NULL, 0);
	else
		ipc_send_fd(channel, IPC_DIALED, &body, NULL, 0, fd);
}

int main(void)
{
	struct dial_target target = {0};
	struct ipc_channel channel = {0};

	diag_init("ward-dial");
	alarm(LIFE_S);
	if (loop_create(&target.loop) < 0 ||
	    ipc_open(&channel, target.loop, WARDEN_FD, PROC_DIAL, PROC_WARDEN, target_received,
		     target_closed, &target) < 0)
		fatal("no channel to the warden");
	int r = sandbox_enter(SANDBOX_DIAL, NULL);

	if (r < 0)
		fatal("cannot enter the sandbox: %s", strerror(-r));
	if (loop_run(target.loop) < 0)
		fatal("cannot wait for the warden");
	answer(&channel, &target);
	ipc_close(&channel);
	loop_destroy(target.loop);
	return EXIT_SUCCESS;
}
