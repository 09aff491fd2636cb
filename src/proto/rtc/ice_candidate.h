/* ICE candidates as they stand in SDP (RFC 8839 §5.1) and for TCP (RFC 6544 §4.5). */
#ifndef PROTO_RTC_ICE_CANDIDATE_H
#define PROTO_RTC_ICE_CANDIDATE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "proto/rtc/ice_address.h"
#include "proto/rtc/sdp_text.h"

enum ice_transport { ICE_UDP, ICE_TCP_ACTIVE, ICE_TCP_PASSIVE, ICE_TCP_SIMULTANEOUS };
enum ice_type { ICE_HOST, ICE_SERVER_REFLEXIVE, ICE_PEER_REFLEXIVE, ICE_RELAYED };

struct ice_candidate {
	enum ice_transport transport;
	enum ice_type type;
	uint32_t priority;
	uint32_t component;
	struct ice_address address;
};

/* RFC 8445 §5.1.2.1; `local_preference` orders the addresses of one box. */
uint32_t ice_candidate_priority(enum ice_type type, uint16_t local_preference);

/* The value of an a=candidate line, after the colon. -EBADMSG if it is malformed; -EADDRNOTAVAIL
 * if it is well-formed but of no use here: a name (mDNS), or a transport that nobody knows. */
NODISCARD int ice_candidate_parse(struct sdp_span value, struct ice_candidate *ret_candidate);

/* Adds "a=candidate:...\r\n". */
void ice_candidate_add(struct text *text, const struct ice_candidate *candidate);

#endif
