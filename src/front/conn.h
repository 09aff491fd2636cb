/* The connections: sockets, TLS, and the pace at which bytes move between them and the sessions. */
#ifndef FRONT_CONN_H
#define FRONT_CONN_H

#include "front/session.h"
#include "front/tls.h"

enum {
	CONN_MAX = 512,
	CONN_HANDSHAKE_S = 10,
	CONN_WRITE_S = 20, /* without taking a byte: the peer is gone */
	CONN_LINGER_S = 1, /* for the peer to read the last answer */
	CONN_BUFFER_SIZE = 16 * 1024,
};

struct conn;

struct conn_pool {
	struct front *front;
	struct tls *tls; /* NULL: no TLS listener */
	struct conn *conns, *woken;
	unsigned count;
};

/* `tls` is borrowed. Connections move at the end of each turn of the front's loop. */
void conn_pool_init(struct conn_pool *pool, struct front *front, struct tls *tls);
void conn_pool_finish(struct conn_pool *pool);

/* Takes an accepted socket, or closes it if limits say so. */
void conn_open(struct conn_pool *pool, int take_fd, const struct ipc_origin *origin,
	       uint32_t local_port, bool is_tls);

#endif
