/* A transport address: one form for both families, so that it can be compared and hashed. */
#ifndef PROTO_RTC_ICE_ADDRESS_H
#define PROTO_RTC_ICE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { ICE_ADDRESS_TEXT_SIZE = 46 };

struct ice_address {
	uint8_t ip[16]; /* IPv4 mapped: ::ffff:a.b.c.d */
	uint16_t port;  /* host order */
};

bool ice_address_is_v4(const struct ice_address *address);
bool ice_address_equal(const struct ice_address *one, const struct ice_address *other);

/* May a check be sent there? Not to the unspecified, multicast or broadcast address, or port 0. */
bool ice_address_is_usable(const struct ice_address *address);

/* The numeric form without the port. 0, or -EBADMSG for anything else, names too. */
NODISCARD int ice_address_parse(const char *text, size_t size, struct ice_address *ret_address);
void ice_address_build(const struct ice_address *address, char ret_text[ICE_ADDRESS_TEXT_SIZE]);

#endif
