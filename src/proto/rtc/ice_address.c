#include "proto/rtc/ice_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool ice_address_is_v4(const struct ice_address *address)
{
	return memcmp(address->ip, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool ice_address_equal(const struct ice_address *one, const struct ice_address *other)
{
	return one->port == other->port && memcmp(one->ip, other->ip, sizeof(one->ip)) == 0;
}

bool ice_address_is_usable(const struct ice_address *address)
{
	static const uint8_t none[16];

	if (address->port == 0)
		return false;
	if (ice_address_is_v4(address))
		return address->ip[12] != 0 && address->ip[12] < 224;
	return address->ip[0] != 0xff && memcmp(address->ip, none, sizeof(none)) != 0;
}

int ice_address_parse(const char *text, size_t size, struct ice_address *ret_address)
{
	char copy[ICE_ADDRESS_TEXT_SIZE];
	struct ice_address address = {0};

	if (size == 0 || size >= sizeof(copy))
		return -EBADMSG;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (inet_pton(AF_INET, copy, address.ip + 12) == 1)
		memcpy(address.ip, v4_prefix, sizeof(v4_prefix));
	else if (inet_pton(AF_INET6, copy, address.ip) != 1)
		return -EBADMSG;
	*ret_address = address;
	return 0;
}

void ice_address_build(const struct ice_address *address, char ret_text[ICE_ADDRESS_TEXT_SIZE])
{
	bool is_v4 = ice_address_is_v4(address);
	const void *ip = is_v4 ? address->ip + 12 : address->ip;

	if (!inet_ntop(is_v4 ? AF_INET : AF_INET6, ip, ret_text, ICE_ADDRESS_TEXT_SIZE))
		ret_text[0] = '\0';
}
