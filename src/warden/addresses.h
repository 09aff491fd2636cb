/* This box's own addresses. */
#ifndef WARDEN_ADDRESSES_H
#define WARDEN_ADDRESSES_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum { ADDRESSES_MAX = 32 };

/* Numeric, of interfaces that are up; no loopback, no IPv6 link-local. IPv4 first: that is what
 * people type. In the kernel's order otherwise. */
struct addresses {
	char list[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t count;
};

NODISCARD int addresses_list(struct addresses *ret_addresses);
/* IPv4 and unique local IPv6 addresses only: those of the Internet may change every day. */
bool addresses_equal_at_home(const struct addresses *a, const struct addresses *b);

#endif
