/* One connection's protocol: bytes in, bytes out. http1.c and http2.c are its two kinds; conn.c
 * moves the bytes, and a fuzzer can stand in for it. */
#ifndef FRONT_SESSION_H
#define FRONT_SESSION_H

#include "front/front.h"
#include "front/peer.h"

enum {
	SESSION_IDLE_S = 60,  /* between requests */
	SESSION_FIRST_S = 10, /* from the handshake to the first whole head */
	SESSION_HEAD_S = 10,  /* from a head's first byte to its last */
};

struct session;

struct session_kind {
	/* How many bytes `feed` can take now; 0: do not read. */
	size_t (*room)(const struct session *session);
	/* Takes all bytes. A negative errno: nothing more can be said on this connection. */
	int (*feed)(struct session *session, const uint8_t *data, size_t size);
	/* The peer has ended its side. */
	void (*end_input)(struct session *session);
	/* Fills a buffer with what is to be sent; 0: nothing now. */
	size_t (*pull)(struct session *session, uint8_t *buffer, size_t size);
	/* When there is nothing left to pull, the connection is to be closed. */
	bool (*is_over)(const struct session *session);
	/* No request is under way. */
	bool (*is_idle)(const struct session *session);
	/* When `expire` is to be called next. */
	uint64_t (*deadline_ns)(const struct session *session);
	void (*expire)(struct session *session);
	void (*destroy)(struct session *session);
};

typedef void session_wake_fn(void *owner);

/* Embedded first in each kind. */
struct session {
	const struct session_kind *kind;
	struct front *front;
	const struct peer *peer;
	session_wake_fn *wake; /* there is something to pull, later in this turn */
	void *owner;
};

/* NULL if there is no memory. `owner` is woken. */
struct session *http1_create(struct front *front, const struct peer *peer, session_wake_fn *wake,
			     void *owner);
struct session *http2_create(struct front *front, const struct peer *peer, session_wake_fn *wake,
			     void *owner);

#endif
