/* One viewer's ICE (RFC 8445) on the controlled side, full in that it also sends checks to the
 * offered candidates, light in that it gathers nothing: all viewers share one socket. Media goes
 * where the viewer last nominated, once our own check got an answer from there; every answer renews
 * the viewer's consent to receive (RFC 7675). */
#ifndef RTC_ICE_H
#define RTC_ICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "proto/rtc/ice_candidate.h"
#include "proto/rtc/sdp_offer.h"
#include "proto/rtc/stun.h"

enum {
	ICE_PAIR_MAX = 16,
	ICE_UFRAG_SIZE = 8,
	ICE_PWD_SIZE = 24,
	ICE_TAG_SIZE = 4,
	ICE_TRIES_MAX = 7, /* RFC 8489 §6.2.1 */
};
#define ICE_PACE_NS    (50 * CLOCK_NS_PER_MS) /* between checks of one viewer, RFC 8445 §14.2 */
#define ICE_CONSENT_NS (30 * CLOCK_NS_PER_S)  /* RFC 7675 §5.1 */

struct tcp_link;

/* Where packets go: an address on the UDP socket, or a TCP connection that came from there. */
struct ice_path {
	struct ice_address address;
	struct tcp_link *tcp; /* borrowed; NULL: UDP */
};

typedef void ice_send_fn(void *owner, const struct ice_path *path, const uint8_t *data,
			 size_t size);

enum ice_pair_state { ICE_PAIR_WAITING, ICE_PAIR_CHECKING, ICE_PAIR_VALID, ICE_PAIR_FAILED };

struct ice_pair {
	struct ice_path path;
	enum ice_pair_state state;
	bool is_nominated;
	uint32_t tries;
	uint64_t next_ns;
	uint8_t transaction[STUN_TRANSACTION_SIZE];
};

struct ice_agent {
	char ufrag[ICE_UFRAG_SIZE + 1], pwd[ICE_PWD_SIZE + 1];
	uint8_t tag[ICE_TAG_SIZE]; /* all our transactions begin with it */
	char remote_ufrag[SDP_UFRAG_SIZE_MAX + 1], remote_pwd[SDP_PWD_SIZE_MAX + 1];
	uint32_t pair_count;
	struct ice_pair pair[ICE_PAIR_MAX];
	bool has_path;        /* media may flow */
	struct ice_path path; /* to where */
	uint64_t consent_ns;  /* last heard */
	uint64_t ask_ns;      /* next consent check */
	uint8_t consent_transaction[STUN_TRANSACTION_SIZE];
	ice_send_fn *send;
	void *owner;
};

/* Draws new credentials and a new tag and forgets all pairs: a start, or a restart (RFC 8445 §9),
 * during which media goes on over the old path. -EIO without randomness. */
NODISCARD int ice_agent_start(struct ice_agent *agent, struct sdp_span remote_ufrag,
			      struct sdp_span remote_pwd, uint64_t now_ns);

/* The viewer may be there: a check will be sent. Ignored over ICE_PAIR_MAX. */
void ice_agent_add(struct ice_agent *agent, const struct ice_candidate *candidate, uint64_t now_ns);

/* A message that stun_parse took from `data`. True if it was genuine, so that other packets from
 * this path are this viewer's too. */
bool ice_agent_receive(struct ice_agent *agent, const struct ice_path *path, struct bytes data,
		       const struct stun_message *message, uint64_t now_ns);

/* Sends what is due; when to be called again. */
uint64_t ice_agent_tick(struct ice_agent *agent, uint64_t now_ns);

/* Has the viewer been silent for too long? */
bool ice_agent_is_lost(const struct ice_agent *agent, uint64_t now_ns);

/* The TCP connection is gone. */
void ice_agent_forget(struct ice_agent *agent, const struct tcp_link *tcp);

#endif
