#include "warden/addresses.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

static bool is_useful(const struct ifaddrs *entry, int family)
{
	if (!entry->ifa_addr || entry->ifa_addr->sa_family != family)
		return false;
	if (!(entry->ifa_flags & IFF_UP) || entry->ifa_flags & IFF_LOOPBACK)
		return false;
	if (family == AF_INET)
		return true;
	const struct sockaddr_in6 *address = (const void *)entry->ifa_addr;

	return !IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
}

static void add_family(struct addresses *addresses, const struct ifaddrs *entries, int family)
{
	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next) {
		if (addresses->count == ADDRESSES_MAX || !is_useful(entry, family))
			continue;
		const struct sockaddr_in *address4 = (const void *)entry->ifa_addr;
		const struct sockaddr_in6 *address6 = (const void *)entry->ifa_addr;
		const void *binary = family == AF_INET ? (const void *)&address4->sin_addr
						       : (const void *)&address6->sin6_addr;

		inet_ntop(family, binary, addresses->list[addresses->count++], INET6_ADDRSTRLEN);
	}
}

int addresses_list(struct addresses *ret_addresses)
{
	struct ifaddrs *entries;

	if (getifaddrs(&entries))
		return -errno;
	memset(ret_addresses, 0, sizeof(*ret_addresses));
	add_family(ret_addresses, entries, AF_INET);
	add_family(ret_addresses, entries, AF_INET6);
	freeifaddrs(entries);
	return 0;
}

static bool is_at_home(const char *address)
{
	return !strchr(address, ':') || strncmp(address, "fd", 2) == 0;
}

static size_t next_at_home(const struct addresses *addresses, size_t at)
{
	while (at < addresses->count && !is_at_home(addresses->list[at]))
		at++;
	return at;
}

bool addresses_equal_at_home(const struct addresses *a, const struct addresses *b)
{
	size_t i = next_at_home(a, 0), j = next_at_home(b, 0);

	while (i < a->count && j < b->count && strcmp(a->list[i], b->list[j]) == 0) {
		i = next_at_home(a, i + 1);
		j = next_at_home(b, j + 1);
	}
	return i == a->count && j == b->count;
}
