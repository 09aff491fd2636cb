/* The sockets of the demo camera: made before the sandbox closes, after which none can be. */
#ifndef DEMO_SOCKETS_H
#define DEMO_SOCKETS_H

#include <stdint.h>

#include "base/attr.h"

/* A listening TCP socket on 127.0.0.1. */
NODISCARD int sockets_listen(uint16_t port, int *ret_fd);

/* Two UDP sockets at the address that `listener` is bound to, an even port and the one above it, as
 * RFC 3550 §11 wants for RTP and RTCP. */
NODISCARD int sockets_bind_pair(int listener, int ret_fds[2]);

#endif
