/* Stands for any of Ward's processes in test_warden: says it is ready, and writes what the warden
 * tells it, a line each, into the pipe beside the program: "ward-vault PID start", "... peer 3 0".
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ipc/ipc.h"

static int trace = -1;
static const char *program;

static void say(const char *what, unsigned a, unsigned b)
{
	char line[256];
	int size = snprintf(line, sizeof(line), "%s %d %s %u %u\n", program, getpid(), what, a, b);

	/* shorter than PIPE_BUF: lines of several stubs never mix */
	if (write(trace, line, (size_t)size) != size)
		exit(3);
}

static void count_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	say("descriptors", count - 1, 0); /* less the pipe itself */
}

static void ask(enum ipc_type type, const void *body, size_t size)
{
	struct ipc_header header = {type, 0};
	char message[256];

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), body, size);
	if (send(3, message, sizeof(header) + size, 0) < 0)
		exit(4);
}

/* A cam with "dials" beside it dials as a real one does: RTSP, then a pair for RTP. */
static void dial(const struct ipc_dialed *last)
{
	struct ipc_dial dials[] = {
		{.request = 1, .kind = DIAL_TCP, .track = TRACK_VIDEO},
		{.request = 2, .kind = DIAL_UDP_PAIR, .track = TRACK_VIDEO},
		{.request = 3, .kind = DIAL_UDP_CONNECT, .pair = 2, .port = 4000, .port2 = 4001},
		{.request = 4, .kind = DIAL_TCP, .track = TRACK_SUB}, /* it has none */
		{.request = 5, .kind = DIAL_UDP_CONNECT, .pair = 2, .port = 22, .port2 = 22},
		{.request = 6, .kind = 99},
	};
	static unsigned pair;
	uint64_t next = last ? last->request : 0;

	if (last && last->request == 2 && !last->error && pair++ == 0)
		return; /* the other half comes */
	if (next < sizeof(dials) / sizeof(dials[0]))
		ask(IPC_DIAL, &dials[next], sizeof(dials[next]));
}

static int handle(const struct ipc_header *header, const uint8_t *body, size_t tail_size)
{
	const struct ipc_peer *peer = (const void *)body;
	const struct ipc_listen *listener = (const void *)body;
	const struct ipc_file *file = (const void *)body;
	const struct ipc_dialed *dialed = (const void *)body;
	struct ipc_number number = {0};

	if (header->type == IPC_PEER)
		say("peer", peer->kind, peer->slot);
	if (header->type == IPC_LISTEN)
		say("listen", listener->kind, listener->port);
	if (header->type == IPC_FILE)
		say("file", file->kind, (unsigned)tail_size);
	if (header->type == IPC_SOURCE)
		say("source", (unsigned)tail_size, 0);
	if (header->type == IPC_CONFIG_CHANGED)
		say("changed", (unsigned)tail_size, 0);
	if (header->type == IPC_CAMERA_GONE)
		say("gone", peer->slot, 0);
	if (header->type == IPC_DIALED || header->type == IPC_DIAL_FAILED) {
		say(header->type == IPC_DIALED ? "dialed" : "failed", (unsigned)dialed->request,
		    dialed->error ? (unsigned)-dialed->error : dialed->port);
		dial(dialed);
	}
	if (header->type == IPC_PING)
		ask(IPC_PONG, &number, sizeof(number));
	if (header->type == IPC_STOP)
		return 0;
	if (header->type != IPC_START)
		return 1;
	say("start", 0, 0);
	ask(IPC_READY, &number, sizeof(number));
	if (access("dials", F_OK) == 0 && strcmp(program, "ward-cam-rtsp") == 0)
		dial(NULL);
	return 1;
}

/* "hopeless" beside the program makes it end with 78. */
static void end_if_hopeless(void)
{
	char name[128];

	snprintf(name, sizeof(name), "hopeless-%s", program);
	if (access(name, F_OK) == 0)
		exit(78);
}

int main(int argc, char *argv[])
{
	static union {
		struct ipc_header header;
		uint8_t bytes[64 * 1024];
	} data;
	static char folder[4096];
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = {data.bytes, sizeof(data)};

	(void)argc;
	program = strrchr(argv[0], '/') + 1;
	snprintf(folder, sizeof(folder), "%s", argv[0]);
	if (chdir(dirname(folder)))
		return 6;
	alarm(60); /* whatever becomes of the test */
	trace = open("trace", O_WRONLY | O_CLOEXEC);
	fcntl(3, F_SETFL, 0); /* waits, unlike a process with a loop */
	count_descriptors();
	end_if_hopeless();
	for (;;) {
		struct msghdr message = {.msg_iov = &part,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		ssize_t size = recvmsg(3, &message, 0);

		if (size <= 0)
			return 5;
		if (!handle(&data.header, data.bytes + sizeof(data.header), data.header.tail_size))
			return 0;
	}
}
