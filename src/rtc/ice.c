#include "rtc/ice.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "rtc/hmac.h"

/* The offerer controls (RFC 8445 §6.1.1), and we never offer. With the smallest tie-breaker it is
 * always the other side that gives way in a conflict (§7.3.1.1). */
#define TIE_BREAKER UINT64_C(0)

#define CONSENT_ASK_NS (4 * CLOCK_NS_PER_S) /* plus up to 1 s at random, RFC 7675 §5.1 */
#define CHECK_RETRY_NS (100 * CLOCK_NS_PER_MS)

static int random_text(char *text, size_t size)
{
	static const char letters[64] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[ICE_PWD_SIZE];

	assert(size <= sizeof(bytes));
	if (getrandom(bytes, size, 0) != (ssize_t)size)
		return -EIO;
	for (size_t i = 0; i < size; i++)
		text[i] = letters[bytes[i] & 63];
	text[size] = '\0';
	return 0;
}

static void copy_span(char *to, struct sdp_span span)
{
	memcpy(to, span.at, span.size);
	to[span.size] = '\0';
}

int ice_agent_start(struct ice_agent *agent, struct sdp_span remote_ufrag,
		    struct sdp_span remote_pwd, uint64_t now_ns)
{
	assert(remote_ufrag.size <= SDP_UFRAG_SIZE_MAX && remote_pwd.size <= SDP_PWD_SIZE_MAX);
	if (random_text(agent->ufrag, ICE_UFRAG_SIZE) < 0 ||
	    random_text(agent->pwd, ICE_PWD_SIZE) < 0 ||
	    getrandom(agent->tag, ICE_TAG_SIZE, 0) != ICE_TAG_SIZE)
		return -EIO;
	copy_span(agent->remote_ufrag, remote_ufrag);
	copy_span(agent->remote_pwd, remote_pwd);
	agent->pair_count = 0;
	agent->consent_ns = now_ns;
	agent->ask_ns = now_ns + CONSENT_ASK_NS;
	return 0;
}

static bool path_equal(const struct ice_path *one, const struct ice_path *other)
{
	return one->tcp == other->tcp &&
	       (one->tcp || ice_address_equal(&one->address, &other->address));
}

static struct ice_pair *pair_find(struct ice_agent *agent, const struct ice_path *path)
{
	for (uint32_t i = 0; i < agent->pair_count; i++)
		if (path_equal(&agent->pair[i].path, path))
			return &agent->pair[i];
	return NULL;
}

/* When all places are taken, one that leads nowhere is given up for it. */
static struct ice_pair *pair_add(struct ice_agent *agent, const struct ice_path *path)
{
	struct ice_pair *pair = NULL;

	if (agent->pair_count < ICE_PAIR_MAX)
		pair = &agent->pair[agent->pair_count++];
	for (uint32_t i = 0; !pair && i < ICE_PAIR_MAX; i++)
		if (agent->pair[i].state != ICE_PAIR_VALID)
			pair = &agent->pair[i];
	if (!pair)
		pair = &agent->pair[0];
	*pair = (struct ice_pair){.path = *path};
	return pair;
}

void ice_agent_add(struct ice_agent *agent, const struct ice_candidate *candidate, uint64_t now_ns)
{
	struct ice_path path = {.address = candidate->address};

	/* Over TCP it is the viewer who connects. */
	if (candidate->transport != ICE_UDP || !ice_address_is_usable(&candidate->address) ||
	    agent->pair_count == ICE_PAIR_MAX || pair_find(agent, &path))
		return;
	pair_add(agent, &path)->next_ns = now_ns + agent->pair_count * ICE_PACE_NS / 2;
}

/* ---- sending ---- */

static void agent_send(struct ice_agent *agent, const struct ice_path *path,
		       const struct stun_message *message, const char *pwd)
{
	uint8_t data[STUN_SIZE_MAX];
	struct bytes key = {(const uint8_t *)pwd, strlen(pwd)};
	int size = stun_build(message, key, hmac_sha1, data);

	if (size > 0)
		agent->send(agent->owner, path, data, (size_t)size);
}

static void send_check(struct ice_agent *agent, const struct ice_path *path,
		       uint8_t transaction[STUN_TRANSACTION_SIZE], bool is_retry)
{
	char username[SDP_UFRAG_SIZE_MAX + ICE_UFRAG_SIZE + 2];
	int size = snprintf(username, sizeof(username), "%s:%s", agent->remote_ufrag, agent->ufrag);
	struct stun_message check = {
		.type = STUN_BINDING_REQUEST,
		.username = {(const uint8_t *)username, (size_t)size},
		.has_priority = true,
		.priority = ice_candidate_priority(ICE_PEER_REFLEXIVE, UINT16_MAX),
		.role = STUN_ROLE_CONTROLLED,
		.tie_breaker = TIE_BREAKER,
	};

	if (!is_retry) {
		size_t rest = STUN_TRANSACTION_SIZE - ICE_TAG_SIZE;

		memcpy(transaction, agent->tag, ICE_TAG_SIZE);
		if (getrandom(transaction + ICE_TAG_SIZE, rest, 0) != (ssize_t)rest)
			return;
	}
	memcpy(check.transaction, transaction, sizeof(check.transaction));
	agent_send(agent, path, &check, agent->remote_pwd);
}

static void pair_check(struct ice_agent *agent, struct ice_pair *pair, uint64_t now_ns)
{
	if (pair->tries == ICE_TRIES_MAX) {
		pair->state = ICE_PAIR_FAILED;
		return;
	}
	/* A retry is the same request again, so that a late answer to the first one counts too. */
	send_check(agent, &pair->path, pair->transaction, pair->tries > 0);
	pair->state = ICE_PAIR_CHECKING;
	pair->next_ns = now_ns + (CHECK_RETRY_NS << pair->tries);
	pair->tries++;
}

/* ---- receiving ---- */

static void select_path(struct ice_agent *agent, const struct ice_pair *pair)
{
	agent->path = pair->path;
	agent->has_path = true;
}

static bool username_is_ours(const struct ice_agent *agent, struct bytes username)
{
	size_t ours = strlen(agent->ufrag), theirs = strlen(agent->remote_ufrag);

	return username.size == ours + 1 + theirs &&
	       memcmp(username.data, agent->ufrag, ours) == 0 && username.data[ours] == ':' &&
	       memcmp(username.data + ours + 1, agent->remote_ufrag, theirs) == 0;
}

static void answer_request(struct ice_agent *agent, const struct ice_path *path,
			   const struct stun_message *request, uint16_t error)
{
	struct stun_message answer = {
		.type = error ? STUN_BINDING_ERROR : STUN_BINDING_SUCCESS,
		.error_code = error,
		.has_mapped = error == 0,
		.mapped = path->address,
	};

	memcpy(answer.transaction, request->transaction, sizeof(answer.transaction));
	if (error == STUN_ERROR_UNKNOWN) {
		answer.unknown_count = request->unknown_count;
		memcpy(answer.unknown, request->unknown, sizeof(answer.unknown));
	}
	agent_send(agent, path, &answer, agent->pwd);
}

static uint16_t request_error(const struct stun_message *request)
{
	if (request->unknown_count)
		return STUN_ERROR_UNKNOWN;
	/* Ours is the smallest tie-breaker: the viewer has to take the controlling role. */
	if (request->role == STUN_ROLE_CONTROLLED)
		return STUN_ERROR_ROLE_CONFLICT;
	return 0;
}

static bool receive_request(struct ice_agent *agent, const struct ice_path *path, struct bytes data,
			    const struct stun_message *request, uint64_t now_ns)
{
	struct bytes key = {(const uint8_t *)agent->pwd, ICE_PWD_SIZE};

	if (!username_is_ours(agent, request->username) ||
	    !stun_check_integrity(data.data, request, key, hmac_sha1))
		return false;
	uint16_t error = request_error(request);

	answer_request(agent, path, request, error);
	if (error)
		return true;
	struct ice_pair *pair = pair_find(agent, path);

	if (!pair)
		pair = pair_add(agent, path);
	pair->is_nominated = request->has_use_candidate;
	if (pair->state == ICE_PAIR_VALID) {
		if (pair->is_nominated)
			select_path(agent, pair);
		return true;
	}
	/* A triggered check (RFC 8445 §7.3.1.4), at once unless one is under way. */
	if (pair->state == ICE_PAIR_FAILED || pair->tries == ICE_TRIES_MAX)
		pair->tries = 0;
	if (pair->state != ICE_PAIR_CHECKING || now_ns >= pair->next_ns)
		pair_check(agent, pair, now_ns);
	return true;
}

static bool answer_is_genuine(const struct ice_agent *agent, struct bytes data,
			      const struct stun_message *answer)
{
	struct bytes key = {(const uint8_t *)agent->remote_pwd, strlen(agent->remote_pwd)};

	return stun_check_integrity(data.data, answer, key, hmac_sha1);
}

static bool receive_success(struct ice_agent *agent, const struct ice_path *path, struct bytes data,
			    const struct stun_message *answer, uint64_t now_ns)
{
	if (!answer_is_genuine(agent, data, answer))
		return false;
	if (agent->has_path && path_equal(path, &agent->path) &&
	    memcmp(answer->transaction, agent->consent_transaction, STUN_TRANSACTION_SIZE) == 0)
		agent->consent_ns = now_ns;
	struct ice_pair *pair = pair_find(agent, path);

	/* An answer that comes from elsewhere than it was asked proves nothing (§7.2.5.2.1). */
	if (!pair || memcmp(pair->transaction, answer->transaction, STUN_TRANSACTION_SIZE) != 0)
		return true;
	pair->state = ICE_PAIR_VALID;
	if (pair->is_nominated) {
		select_path(agent, pair);
		agent->consent_ns = now_ns;
	}
	return true;
}

bool ice_agent_receive(struct ice_agent *agent, const struct ice_path *path, struct bytes data,
		       const struct stun_message *message, uint64_t now_ns)
{
	if (message->type == STUN_BINDING_REQUEST)
		return receive_request(agent, path, data, message, now_ns);
	if (message->type == STUN_BINDING_SUCCESS)
		return receive_success(agent, path, data, message, now_ns);
	return false;
}

/* ---- time ---- */

static void ask_consent(struct ice_agent *agent, uint64_t now_ns)
{
	uint32_t jitter = 0;

	send_check(agent, &agent->path, agent->consent_transaction, false);
	if (getrandom(&jitter, sizeof(jitter), 0) != sizeof(jitter))
		jitter = 0;
	agent->ask_ns = now_ns + CONSENT_ASK_NS + jitter % CLOCK_NS_PER_S;
}

uint64_t ice_agent_tick(struct ice_agent *agent, uint64_t now_ns)
{
	uint64_t next_ns = agent->consent_ns + ICE_CONSENT_NS;

	for (uint32_t i = 0; i < agent->pair_count; i++) {
		struct ice_pair *pair = &agent->pair[i];

		if (pair->state != ICE_PAIR_WAITING && pair->state != ICE_PAIR_CHECKING)
			continue;
		if (now_ns >= pair->next_ns)
			pair_check(agent, pair, now_ns);
		if (pair->state == ICE_PAIR_CHECKING || pair->state == ICE_PAIR_WAITING)
			next_ns = pair->next_ns < next_ns ? pair->next_ns : next_ns;
	}
	if (!agent->has_path)
		return next_ns;
	if (now_ns >= agent->ask_ns)
		ask_consent(agent, now_ns);
	return agent->ask_ns < next_ns ? agent->ask_ns : next_ns;
}

bool ice_agent_is_lost(const struct ice_agent *agent, uint64_t now_ns)
{
	return now_ns >= agent->consent_ns + ICE_CONSENT_NS;
}

void ice_agent_forget(struct ice_agent *agent, const struct tcp_link *tcp)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < agent->pair_count; i++)
		if (agent->pair[i].path.tcp != tcp)
			agent->pair[kept++] = agent->pair[i];
	agent->pair_count = kept;
	if (agent->has_path && agent->path.tcp == tcp)
		agent->has_path = false;
}
