/* Fragments of SDP that trickle candidates or restart ICE over HTTP PATCH (RFC 8840 §9,
 * draft-ietf-wish-whep §4.3). */
#ifndef PROTO_RTC_SDP_FRAG_H
#define PROTO_RTC_SDP_FRAG_H

#include "proto/rtc/sdp_offer.h"

enum { SDP_FRAG_SIZE_MAX = 32768 };

/* Borrowed spans point into the fragment's text. */
struct sdp_frag {
	struct sdp_span ufrag, pwd; /* size 0: not given */
	struct sdp_span mid;        /* of the first m-line that has one */
	bool has_end;               /* a=end-of-candidates */
	uint32_t candidate_count;
	struct ice_candidate candidate[SDP_CANDIDATE_MAX];
};

/* -EBADMSG if it is malformed or its credentials disagree; -EMSGSIZE over the limit. Candidates of
 * no use here (names, other components) are left out. */
NODISCARD int sdp_frag_parse(const char *text, size_t size, struct sdp_frag *ret_frag);

/* The answer to an ICE restart: our new credentials and all our candidates for the m-line `mid`. */
struct sdp_frag_answer {
	const char *ufrag, *pwd;
	struct sdp_span mid;
	uint32_t candidate_count;
	const struct ice_candidate *candidate;
};

void sdp_frag_build(struct text *text, const struct sdp_frag_answer *answer);

#endif
