/* Who is at the other end of a connection, for the exchanges on it. */
#ifndef FRONT_PEER_H
#define FRONT_PEER_H

#include <stdbool.h>

#include "ipc/messages.h"

struct peer {
	struct ipc_origin origin;
	struct address *address; /* its row; never NULL */
	uint32_t local_port;
	bool is_tls; /* else: the loopback listener */
};

#endif
