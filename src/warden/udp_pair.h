/* Two UDP sockets for RTP and RTCP of one RTSP track. */
#ifndef WARDEN_UDP_PAIR_H
#define WARDEN_UDP_PAIR_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"

/* Binds an even port and the odd one above it (RFC 3550, 11). 0 or a negative errno. */
NODISCARD int udp_pair_open(int family, int ret_fds[2]);

/* Connects them to two ports of the same host; a port of 0 is left unconnected. From then on the
 * kernel drops what comes from elsewhere, and the cam can send nowhere else. */
NODISCARD int udp_pair_connect(const int fds[2], const struct sockaddr_storage *host,
			       const uint16_t ports[2]);

#endif
