#include "proto/rtc/ice_candidate.h"

#include <errno.h>

static const struct {
	const char *word;
	uint8_t preference; /* RFC 8445 §5.1.2.2 */
} candidate_types[] = {
	[ICE_HOST] = {"host", 126},
	[ICE_SERVER_REFLEXIVE] = {"srflx", 100},
	[ICE_PEER_REFLEXIVE] = {"prflx", 110},
	[ICE_RELAYED] = {"relay", 0},
};

static const char *const tcp_types[] = {
	[ICE_TCP_ACTIVE] = "active",
	[ICE_TCP_PASSIVE] = "passive",
	[ICE_TCP_SIMULTANEOUS] = "so",
};

uint32_t ice_candidate_priority(enum ice_type type, uint16_t local_preference)
{
	return (uint32_t)candidate_types[type].preference << 24 | (uint32_t)local_preference << 8 |
	       (256 - 1);
}

static int candidate_type(struct sdp_span word, enum ice_type *ret_type)
{
	for (size_t i = 0; i < ARRAY_COUNT(candidate_types); i++) {
		if (sdp_text_equal(word, candidate_types[i].word)) {
			*ret_type = (enum ice_type)i;
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}

/* The name-value pairs after the type; only tcptype matters. */
static void candidate_tcp_type(struct sdp_span rest, struct ice_candidate *candidate)
{
	struct sdp_span name, value;

	while (sdp_text_token(&rest, ' ', &name) && sdp_text_token(&rest, ' ', &value)) {
		for (size_t i = ICE_TCP_ACTIVE; i < ARRAY_COUNT(tcp_types); i++)
			if (sdp_text_equal(name, "tcptype") && sdp_text_equal(value, tcp_types[i]))
				candidate->transport = (enum ice_transport)i;
	}
}

static bool candidate_number(struct sdp_span *rest, uint32_t max, uint32_t *ret_value)
{
	struct sdp_span token;

	return sdp_text_token(rest, ' ', &token) && sdp_text_number(&token, max, ret_value) &&
	       token.size == 0;
}

int ice_candidate_parse(struct sdp_span value, struct ice_candidate *ret_candidate)
{
	struct sdp_span foundation, transport, address, word, type;
	struct ice_candidate candidate = {0};
	uint32_t port;

	if (!sdp_text_token(&value, ' ', &foundation) || foundation.size > 32 ||
	    !candidate_number(&value, 256, &candidate.component) ||
	    !sdp_text_token(&value, ' ', &transport) ||
	    !candidate_number(&value, UINT32_MAX, &candidate.priority) ||
	    !sdp_text_token(&value, ' ', &address) || !candidate_number(&value, 65535, &port) ||
	    !sdp_text_token(&value, ' ', &word) || !sdp_text_equal(word, "typ") ||
	    !sdp_text_token(&value, ' ', &type))
		return -EBADMSG;
	if (sdp_text_equal_nocase(transport, "tcp"))
		candidate.transport = ICE_TCP_PASSIVE;
	else if (!sdp_text_equal_nocase(transport, "udp"))
		return -EADDRNOTAVAIL;
	if (candidate_type(type, &candidate.type) < 0 ||
	    ice_address_parse(address.at, address.size, &candidate.address) < 0)
		return -EADDRNOTAVAIL;
	candidate.address.port = (uint16_t)port;
	if (candidate.transport != ICE_UDP)
		candidate_tcp_type(value, &candidate);
	*ret_candidate = candidate;
	return 0;
}

void ice_candidate_add(struct text *text, const struct ice_candidate *candidate)
{
	char address[ICE_ADDRESS_TEXT_SIZE];
	bool is_udp = candidate->transport == ICE_UDP;

	/* The priority serves as the foundation: it differs for each type, base and transport. */
	ice_address_build(&candidate->address, address);
	text_printf(text, "a=candidate:%u %u %s %u %s %u typ %s", candidate->priority,
		    candidate->component, is_udp ? "udp" : "tcp", candidate->priority, address,
		    candidate->address.port, candidate_types[candidate->type].word);
	if (candidate->type != ICE_HOST)
		text_add(text, " raddr 0.0.0.0 rport 0");
	if (!is_udp)
		text_printf(text, " tcptype %s", tcp_types[candidate->transport]);
	text_add(text, "\r\n");
}
