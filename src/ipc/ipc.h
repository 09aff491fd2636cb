/* Messages between Ward's processes over AF_UNIX SOCK_SEQPACKET pairs that the warden makes, one
 * for each allowed pair. One datagram is a header, one fixed body and a bounded opaque tail. What
 * may be said by whom to whom stands in one table, messages.def; a datagram outside it is fatal
 * for the reader: another process of ours is broken or taken over. */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "ipc/messages_diary.h"
#include "ipc/messages_sound.h"
#include "ipc/messages_face.h"
#include "ipc/messages_hear.h"
#include "ipc/messages_see.h"
#include "loop/loop.h"

enum {
	IPC_TAIL_MAX = 60 * 1024, /* larger datagrams need high-order kernel memory */
	IPC_QUEUE_BYTES_MAX = 4 * 1024 * 1024,
};

enum ipc_type {
#define MESSAGE(number, body, from, to, fds, tail_max) number,
#include "ipc/messages.def"
#undef MESSAGE
	IPC_TYPE_COUNT
};

struct ipc_header {
	uint32_t type;
	uint32_t tail_size;
};

struct ipc_rule {
	const char *name;
	uint32_t from, to; /* sets of PROC_BIT() */
	uint32_t fds;
	uint32_t body_size;
	uint32_t tail_max;
};

const struct ipc_rule *ipc_rule_of(enum ipc_type type);

/* One received message. Everything is borrowed until the handler returns, except `fd`, which the
 * handler owns once it sets it to -1 (take_fd); otherwise the channel closes it. */
struct ipc_message {
	enum ipc_type type;
	const void *body;
	const uint8_t *tail;
	size_t tail_size;
	int fd; /* -1 where the rule has none */
};

struct ipc_channel;

/* Called for each message that obeys its rule, but for IPC_PING, which the channel answers itself:
 * the answer says that this process's loop turns. It may close the channel it came on, but must not
 * free it before it has returned. */
typedef void ipc_message_fn(struct ipc_channel *channel, struct ipc_message *message);
/* The other end is gone. The channel is already closed; the owner may free it. */
typedef void ipc_closed_fn(struct ipc_channel *channel);

struct ipc_queued;

/* Embedded by its owner; zero-initialised before ipc_open. */
struct ipc_channel {
	struct loop_watch watch;
	enum proc_kind self, peer;
	ipc_message_fn *received;
	ipc_closed_fn *closed;
	void *owner;
	struct ipc_queued *queue, **queue_end; /* waiting for the socket to drain */
	size_t queue_size;
	uint64_t dropped; /* messages ipc_try_send could not place */
};

/* Takes `fd`, makes it non-blocking and watches it. */
NODISCARD int ipc_open(struct ipc_channel *channel, struct loop *loop, int fd,
		       enum proc_kind self, enum proc_kind peer, ipc_message_fn *received,
		       ipc_closed_fn *closed, void *owner);

/* Closes without calling `closed`. Safe twice, and within a handler. */
void ipc_close(struct ipc_channel *channel);
static inline bool ipc_is_open(const struct ipc_channel *channel)
{
	return channel->watch.loop != NULL;
}

/* For control: never lost while the channel is open. What the socket cannot take now waits in
 * order. Over IPC_QUEUE_BYTES_MAX the peer is hung: the channel closes and `closed` is called from
 * the loop. `fd` (-1: none) is borrowed. Asserts that the table allows the message. */
void ipc_send(struct ipc_channel *channel, enum ipc_type type, const void *body, const void *tail,
	      size_t tail_size);
void ipc_send_fd(struct ipc_channel *channel, enum ipc_type type, const void *body,
		 const void *tail, size_t tail_size, int fd);

/* For media: placed now or not at all. -EAGAIN if the socket is full (or control waits before it),
 * -EPIPE if the channel is closed. */
NODISCARD int ipc_try_send(struct ipc_channel *channel, enum ipc_type type, const void *body,
			   const void *tail, size_t tail_size);

/* Reads what is there until the socket is empty or `limit` messages were handled, outside the
 * loop's own turn. Returns the number handled. */
int ipc_drain(struct ipc_channel *channel, int limit);

/* A connected pair. `send_buffer` bytes of the socket's buffer in each direction (0: default). */
NODISCARD int ipc_pair(int send_buffer, int ret_fds[2]);

/* The pure check: the rule that a datagram obeys, or NULL. */
const struct ipc_rule *ipc_check(const void *data, size_t size, unsigned fds, enum proc_kind from,
				 enum proc_kind to);

#endif
