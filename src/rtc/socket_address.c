#include "rtc/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

socklen_t socket_address_build(const struct ice_address *address, int family,
			       struct sockaddr_storage *ret_socket)
{
	if (family == AF_INET) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(address->port)};

		memcpy(&in.sin_addr, address->ip + 12, 4);
		memcpy(ret_socket, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};

	memcpy(&in6.sin6_addr, address->ip, 16);
	memcpy(ret_socket, &in6, sizeof(in6));
	return sizeof(in6);
}

int socket_address_parse(const struct sockaddr_storage *socket, struct ice_address *ret_address)
{
	if (socket->ss_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, socket, sizeof(in));
		*ret_address = (struct ice_address){.port = ntohs(in.sin_port)};
		ret_address->ip[10] = ret_address->ip[11] = 0xff;
		memcpy(ret_address->ip + 12, &in.sin_addr, 4);
		return 0;
	}
	if (socket->ss_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, socket, sizeof(in6));
		ret_address->port = ntohs(in6.sin6_port);
		memcpy(ret_address->ip, &in6.sin6_addr, 16);
		return 0;
	}
	return -EAFNOSUPPORT;
}
