/* A listening socket that the warden has opened. */
#ifndef FRONT_LISTENER_H
#define FRONT_LISTENER_H

#include "front/conn.h"

struct listener {
	struct loop_watch watch;
	struct loop_timer rest; /* out of descriptors: try again a little later */
	struct conn_pool *pool;
	uint32_t port;
	bool is_tls;
};

/* Takes `fd`, non-blocking or not. */
NODISCARD int listener_start(struct listener *listener, struct conn_pool *pool, int take_fd,
			     uint32_t port, bool is_tls);
void listener_stop(struct listener *listener);

#endif
