#include "ipc/ipc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/diag.h"

enum { DATAGRAM_MAX = 64 * 1024, MESSAGES_A_TURN = 64 };

struct ipc_queued {
	struct ipc_queued *next;
	int fd; /* owned, -1: none */
	size_t size;
	uint8_t data[];
};

/* ---- sending ---- */

/* Without a descriptor this is writev, which a sandbox can allow without allowing an address. */
static int send_now(int socket_fd, const struct iovec *parts, size_t count, int fd)
{
	ssize_t sent;

	if (fd < 0) {
		sent = writev(socket_fd, parts, (int)count);
	} else {
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(sizeof(int))];
		} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
					.cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS}};
		struct iovec copy[3];

		assert(count <= ARRAY_COUNT(copy));
		memcpy(copy, parts, count * sizeof(*parts));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		struct msghdr message = {.msg_iov = copy,
					 .msg_iovlen = count,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};

		sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	if (sent >= 0)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR)
		return -EAGAIN;
	return -EPIPE;
}

static uint32_t wanted_events(const struct ipc_channel *channel)
{
	return channel->queue ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

static void watch_for(struct ipc_channel *channel)
{
	int error = loop_change(&channel->watch, wanted_events(channel));

	if (error < 0)
		fatal("cannot watch a channel: %s", strerror(-error));
}

/* The caller may be deep in its own work, so a lost peer is only noted: the shut-down socket wakes
 * the loop, which closes the channel. */
static void give_up(struct ipc_channel *channel)
{
	shutdown(channel->watch.fd, SHUT_RDWR);
}

static void enqueue(struct ipc_channel *channel, const struct iovec *parts, size_t count, int fd)
{
	size_t size = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		size += parts[i].iov_len;
	if (channel->queue_size + size > IPC_QUEUE_BYTES_MAX) {
		give_up(channel);
		return;
	}

	struct ipc_queued *queued = malloc(sizeof(*queued) + size);
	int own_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (!queued || (fd >= 0 && own_fd < 0))
		fatal("out of memory or descriptors for a message");
	*queued = (struct ipc_queued){.fd = own_fd, .size = size};
	for (size_t i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(queued->data + at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	*channel->queue_end = queued;
	channel->queue_end = &queued->next;
	channel->queue_size += size;
}

static void flush(struct ipc_channel *channel)
{
	while (channel->queue) {
		struct ipc_queued *first = channel->queue;
		struct iovec part = {first->data, first->size};

		if (send_now(channel->watch.fd, &part, 1, first->fd) == -EAGAIN)
			return;
		/* sent, or the peer is gone: then reading tells */
		channel->queue = first->next;
		channel->queue_size -= first->size;
		if (first->fd >= 0)
			close(first->fd);
		free(first);
	}
	channel->queue_end = &channel->queue;
	watch_for(channel);
}

/* iovec wants pointers without const; nothing is written through them. */
static void *unconst(const void *data)
{
	return (void *)(uintptr_t)data;
}

static void check_sender(const struct ipc_channel *channel, const struct ipc_rule *rule,
			 size_t tail_size, int fd)
{
	assert(rule->from & PROC_BIT(channel->self));
	assert(rule->to & PROC_BIT(channel->peer));
	assert(tail_size <= rule->tail_max);
	assert(rule->fds == (fd >= 0));
}

void ipc_send_fd(struct ipc_channel *channel, enum ipc_type type, const void *body,
		 const void *tail, size_t tail_size, int fd)
{
	const struct ipc_rule *rule = ipc_rule_of(type);
	struct ipc_header header = {type, (uint32_t)tail_size};
	struct iovec parts[] = {{&header, sizeof(header)},
				{unconst(body), rule->body_size},
				{unconst(tail), tail_size}};

	check_sender(channel, rule, tail_size, fd);
	if (!ipc_is_open(channel))
		return;
	if (!channel->queue &&
	    send_now(channel->watch.fd, parts, ARRAY_COUNT(parts), fd) != -EAGAIN)
		return;

	bool was_empty = !channel->queue;

	enqueue(channel, parts, ARRAY_COUNT(parts), fd);
	if (was_empty)
		watch_for(channel);
}

void ipc_send(struct ipc_channel *channel, enum ipc_type type, const void *body, const void *tail,
	      size_t tail_size)
{
	ipc_send_fd(channel, type, body, tail, tail_size, -1);
}

int ipc_try_send(struct ipc_channel *channel, enum ipc_type type, const void *body,
		 const void *tail, size_t tail_size)
{
	const struct ipc_rule *rule = ipc_rule_of(type);
	struct ipc_header header = {type, (uint32_t)tail_size};
	struct iovec parts[] = {{&header, sizeof(header)},
				{unconst(body), rule->body_size},
				{unconst(tail), tail_size}};

	check_sender(channel, rule, tail_size, -1);
	if (!ipc_is_open(channel))
		return -EPIPE;

	int error = channel->queue ? -EAGAIN
				   : send_now(channel->watch.fd, parts, ARRAY_COUNT(parts), -1);

	if (error < 0)
		channel->dropped++;
	return error;
}

/* ---- receiving ---- */

/* One buffer for the process: a message is handled before the next is read. A handler that drains
 * another channel would overwrite it, so each depth of nesting has its own. */
static uint8_t datagrams[3][DATAGRAM_MAX];
static unsigned nesting;

static int received_fd(struct msghdr *message, unsigned *ret_count)
{
	int fd = -1;

	*ret_count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < count; i++) {
			int one;

			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if ((*ret_count)++ == 0)
				fd = one;
			else
				close(one);
		}
	}
	return fd;
}

/* A cam, a decoder of pictures or sound, or a tool that breaks the table spoils only its own channel, and the warden
 * outlives its children. For all others the pair cannot be trusted any more. */
static bool may_go_on_without(const struct ipc_channel *channel)
{
	return channel->peer == PROC_CAM || channel->peer == PROC_TRANSCODE ||
	       channel->peer == PROC_TALK || channel->peer == PROC_EAR ||
	       channel->peer == PROC_EYE || channel->peer == PROC_THUMB ||
	       channel->peer == PROC_CONVERT || channel->peer == PROC_TOOL ||
	       channel->self == PROC_WARDEN || channel->self == PROC_TOOL;
}

static void reject(struct ipc_channel *channel, const uint8_t *data, size_t size)
{
	uint32_t type = UINT32_MAX;

	if (size >= sizeof(type))
		memcpy(&type, data, sizeof(type));
	if (!may_go_on_without(channel))
		fatal("process kind %d broke the message table: type %u, %zu bytes",
		      (int)channel->peer, type, size);
	diag_warn("process kind %d broke the message table: type %u, %zu bytes; closed",
		  (int)channel->peer, type, size);
	give_up(channel);
}

static void deliver(struct ipc_channel *channel, const uint8_t *data, size_t size, int fd,
		    unsigned fds)
{
	const struct ipc_rule *rule = ipc_check(data, size, fds, channel->peer, channel->self);

	if (!rule) {
		if (fd >= 0)
			close(fd);
		reject(channel, data, size);
		return;
	}

	struct ipc_header header;

	memcpy(&header, data, sizeof(header));
	struct ipc_message message = {
		.type = (enum ipc_type)header.type,
		.body = data + sizeof(header),
		.tail = data + sizeof(header) + rule->body_size,
		.tail_size = header.tail_size,
		.fd = fd,
	};

	if (message.type == IPC_PING)
		ipc_send(channel, IPC_PONG, message.body, NULL, 0);
	else
		channel->received(channel, &message);
	if (message.fd >= 0)
		close(message.fd);
}

/* 1: one message was handled; 0: none is there; negative: the peer is gone. */
static int read_one(struct ipc_channel *channel)
{
	assert(nesting < ARRAY_COUNT(datagrams));
	uint8_t *data = datagrams[nesting];
	struct iovec part = {data, DATAGRAM_MAX};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(channel->watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (size < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -EPIPE;
	if (size == 0)
		return -EPIPE;

	unsigned fds;
	int fd = received_fd(&message, &fds);

	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		fds = UINT32_MAX; /* no rule allows that many */
	nesting++;
	deliver(channel, data, (size_t)size, fd, fds);
	nesting--;
	return 1;
}

static void close_and_tell(struct ipc_channel *channel)
{
	ipc_close(channel);
	if (channel->closed)
		channel->closed(channel);
}

static void channel_ready(struct loop_watch *watch, uint32_t events)
{
	struct ipc_channel *channel = container_of(watch, struct ipc_channel, watch);

	if (events & EPOLLOUT)
		flush(channel);
	for (int i = 0; i < MESSAGES_A_TURN && ipc_is_open(channel); i++) {
		int result = read_one(channel);

		if (result == 0)
			return;
		if (result < 0 && ipc_is_open(channel)) {
			close_and_tell(channel);
			return;
		}
	}
}

int ipc_drain(struct ipc_channel *channel, int limit)
{
	int handled = 0;

	/* A peer that is gone is left for the loop to find, so that `closed` comes from there. */
	while (handled < limit && ipc_is_open(channel) && read_one(channel) > 0)
		handled++;
	return handled;
}

/* ---- opening and closing ---- */

int ipc_open(struct ipc_channel *channel, struct loop *loop, int fd, enum proc_kind self,
	     enum proc_kind peer, ipc_message_fn *received, ipc_closed_fn *closed, void *owner)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	*channel = (struct ipc_channel){
		.watch = {.fd = fd, .ready = channel_ready},
		.self = self,
		.peer = peer,
		.received = received,
		.closed = closed,
		.owner = owner,
	};
	channel->queue_end = &channel->queue;
	return loop_add(loop, &channel->watch, EPOLLIN);
}

void ipc_close(struct ipc_channel *channel)
{
	if (!ipc_is_open(channel))
		return;
	loop_remove(&channel->watch);
	close(channel->watch.fd);
	channel->watch.fd = -1;
	while (channel->queue) {
		struct ipc_queued *first = channel->queue;

		channel->queue = first->next;
		if (first->fd >= 0)
			close(first->fd);
		free(first);
	}
	channel->queue_end = &channel->queue;
	channel->queue_size = 0;
}

int ipc_pair(int send_buffer, int ret_fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) < 0)
		return -errno;
	for (int i = 0; send_buffer && i < 2; i++)
		if (setsockopt(ret_fds[i], SOL_SOCKET, SO_SNDBUF, &send_buffer,
			       sizeof(send_buffer)) < 0) {
			int error = -errno;

			close(ret_fds[0]);
			close(ret_fds[1]);
			return error;
		}
	return 0;
}
