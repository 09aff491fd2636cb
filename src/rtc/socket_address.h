/* Between the kernel's socket addresses and ours. */
#ifndef RTC_SOCKET_ADDRESS_H
#define RTC_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include "base/attr.h"
#include "proto/rtc/ice_address.h"

/* For a socket of `family`; the size of the result. */
socklen_t socket_address_build(const struct ice_address *address, int family,
			       struct sockaddr_storage *ret_socket);

/* -EAFNOSUPPORT for other families than IPv4 and IPv6. */
NODISCARD int socket_address_parse(const struct sockaddr_storage *socket,
				   struct ice_address *ret_address);

#endif
