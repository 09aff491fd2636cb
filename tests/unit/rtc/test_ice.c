/* Our agent against a controlling one that is played here, message by message. */
#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "rtc/hmac.h"
#include "rtc/ice.h"

struct wire {
	uint8_t data[8][STUN_SIZE_MAX];
	size_t size[8];
	struct ice_path path[8];
	unsigned count;
};

static void wire_send(void *owner, const struct ice_path *path, const uint8_t *data, size_t size)
{
	struct wire *wire = owner;
	unsigned slot = wire->count++ % 8;

	memcpy(wire->data[slot], data, size);
	wire->size[slot] = size;
	wire->path[slot] = *path;
}

static const char remote_ufrag[] = "remo", remote_pwd[] = "remotepwdremotepwdremote";

static struct ice_path path_of(uint16_t port)
{
	struct ice_path path = {0};

	assert_int_equal(ice_address_parse("10.0.0.9", 8, &path.address), 0);
	path.address.port = port;
	return path;
}

static void agent_init(struct ice_agent *agent, struct wire *wire)
{
	*agent = (struct ice_agent){.send = wire_send, .owner = wire};
	wire->count = 0;
	assert_int_equal(ice_agent_start(agent, (struct sdp_span){remote_ufrag, 4},
					 (struct sdp_span){remote_pwd, 24}, 0),
			 0);
}

static struct bytes key_of(const char *pwd)
{
	return (struct bytes){(const uint8_t *)pwd, strlen(pwd)};
}

struct request {
	const char *pwd;
	bool nominates;
	enum stun_role role;
};

/* The other side checks a path; what our agent said about it. */
static bool check_from(struct ice_agent *agent, const struct ice_path *path,
		       const struct request *request, uint64_t now_ns)
{
	char username[64];
	uint8_t data[STUN_SIZE_MAX];
	struct stun_message message = {.type = STUN_BINDING_REQUEST,
				       .role = request->role,
				       .tie_breaker = 42,
				       .has_use_candidate = request->nominates,
				       .has_priority = true};

	snprintf(username, sizeof(username), "%s:%s", agent->ufrag, remote_ufrag);
	message.username = key_of(username);
	int size = stun_build(&message, key_of(request->pwd), hmac_sha1, data);
	struct stun_message parsed;

	assert_int_equal(stun_parse(data, (size_t)size, &parsed), 0);
	return ice_agent_receive(agent, path, (struct bytes){data, (size_t)size}, &parsed, now_ns);
}

/* Finds the last message of a type that the agent sent. */
static bool wire_last(const struct wire *wire, uint16_t type, struct stun_message *ret_message,
		      struct ice_path *ret_path)
{
	for (unsigned i = wire->count; i > 0 && i + 8 > wire->count; i--) {
		unsigned slot = (i - 1) % 8;

		if (stun_parse(wire->data[slot], wire->size[slot], ret_message) == 0 &&
		    ret_message->type == type) {
			*ret_path = wire->path[slot];
			return true;
		}
	}
	return false;
}

/* The other side answers the agent's last check on a path. */
static bool answer_to(struct ice_agent *agent, const struct wire *wire, const char *pwd,
		      const struct ice_path *from, uint64_t now_ns)
{
	struct stun_message check, answer = {.type = STUN_BINDING_SUCCESS, .has_mapped = true};
	uint8_t data[STUN_SIZE_MAX];
	struct ice_path path;

	assert_true(wire_last(wire, STUN_BINDING_REQUEST, &check, &path));
	memcpy(answer.transaction, check.transaction, sizeof(answer.transaction));
	int size = stun_build(&answer, key_of(pwd), hmac_sha1, data);
	struct stun_message parsed;

	assert_int_equal(stun_parse(data, (size_t)size, &parsed), 0);
	return ice_agent_receive(agent, from, (struct bytes){data, (size_t)size}, &parsed, now_ns);
}

static struct request request_of(const struct ice_agent *agent, bool nominates)
{
	return (struct request){agent->pwd, nominates, STUN_ROLE_CONTROLLING};
}

static void media_waits_for_our_own_check(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path path = path_of(5000), to;
	struct stun_message said;

	(void)state;
	agent_init(&agent, &wire);
	struct request nominating = request_of(&agent, true);

	assert_true(check_from(&agent, &path, &nominating, 1));
	assert_true(wire_last(&wire, STUN_BINDING_SUCCESS, &said, &to));
	assert_true(ice_address_equal(&said.mapped, &path.address));
	assert_true(wire_last(&wire, STUN_BINDING_REQUEST, &said, &to));
	assert_true(ice_address_equal(&to.address, &path.address));
	assert_int_equal(said.role, STUN_ROLE_CONTROLLED);
	assert_false(agent.has_path);
	/* an answer that is not genuine, or from elsewhere, proves nothing */
	struct ice_path elsewhere = path_of(6000);

	assert_false(answer_to(&agent, &wire, "wrong", &path, 2));
	assert_true(answer_to(&agent, &wire, remote_pwd, &elsewhere, 2));
	assert_false(agent.has_path);
	assert_true(answer_to(&agent, &wire, remote_pwd, &path, 3));
	assert_true(agent.has_path);
	assert_int_equal(agent.path.address.port, 5000);
}

static void follows_the_viewer_to_another_address(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path wifi = path_of(5000), lte = path_of(7000);

	(void)state;
	agent_init(&agent, &wire);
	struct request nominating = request_of(&agent, true), checking = request_of(&agent, false);

	assert_true(check_from(&agent, &wifi, &nominating, 1));
	assert_true(answer_to(&agent, &wire, remote_pwd, &wifi, 2));
	assert_true(check_from(&agent, &lte, &checking, 3));
	assert_true(answer_to(&agent, &wire, remote_pwd, &lte, 4));
	assert_int_equal(agent.path.address.port, 5000);
	assert_true(check_from(&agent, &lte, &nominating, 5));
	assert_int_equal(agent.path.address.port, 7000);
	assert_true(check_from(&agent, &wifi, &nominating, 6));
	assert_int_equal(agent.path.address.port, 5000);
}

static void lets_nobody_else_in(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path path = path_of(5000);
	struct request wrong = {"notthepasswordatall", true, STUN_ROLE_CONTROLLING};

	(void)state;
	agent_init(&agent, &wire);
	assert_false(check_from(&agent, &path, &wrong, 1));
	assert_int_equal(wire.count, 0);
	assert_int_equal(agent.pair_count, 0);
}

static void answers_a_role_conflict(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path path = path_of(5000), to;
	struct stun_message said;

	(void)state;
	agent_init(&agent, &wire);
	struct request conflicting = request_of(&agent, true);

	conflicting.role = STUN_ROLE_CONTROLLED;
	assert_true(check_from(&agent, &path, &conflicting, 1));
	assert_true(wire_last(&wire, STUN_BINDING_ERROR, &said, &to));
	assert_int_equal(said.error_code, STUN_ERROR_ROLE_CONFLICT);
	assert_int_equal(agent.pair_count, 0);
}

static void checks_offered_candidates_for_a_while(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_candidate candidate = {.address = path_of(5000).address};
	struct ice_candidate over_tcp = {.address = path_of(5001).address,
					 .transport = ICE_TCP_ACTIVE};
	uint64_t now_ns = 0;

	(void)state;
	agent_init(&agent, &wire);
	ice_agent_add(&agent, &candidate, 0);
	ice_agent_add(&agent, &candidate, 0);
	ice_agent_add(&agent, &over_tcp, 0);
	assert_int_equal(agent.pair_count, 1);
	for (int i = 0; i < 100 && now_ns < ICE_CONSENT_NS; i++)
		now_ns = ice_agent_tick(&agent, now_ns);
	assert_int_equal(wire.count, ICE_TRIES_MAX);
	assert_true(ice_agent_is_lost(&agent, ICE_CONSENT_NS));
}

static void consent_ends_with_silence(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path path = path_of(5000);
	uint64_t now_ns = 2;

	(void)state;
	agent_init(&agent, &wire);
	struct request nominating = request_of(&agent, true);

	assert_true(check_from(&agent, &path, &nominating, 1));
	assert_true(answer_to(&agent, &wire, remote_pwd, &path, now_ns));
	/* while it answers, it is not lost */
	for (int i = 0; i < 50; i++) {
		unsigned before = wire.count;

		now_ns = ice_agent_tick(&agent, now_ns);
		if (wire.count > before)
			assert_true(answer_to(&agent, &wire, remote_pwd, &path, now_ns));
		assert_false(ice_agent_is_lost(&agent, now_ns));
	}
	assert_true(now_ns > 3 * ICE_CONSENT_NS);
	uint64_t heard_ns = agent.consent_ns;

	/* its own checks do not count: only answers are consent */
	while (now_ns < heard_ns + ICE_CONSENT_NS) {
		now_ns = ice_agent_tick(&agent, now_ns);
		assert_true(check_from(&agent, &path, &nominating, now_ns));
	}
	assert_true(ice_agent_is_lost(&agent, heard_ns + ICE_CONSENT_NS));
}

static void a_restart_keeps_the_path_until_the_next(void **state)
{
	static struct wire wire;
	struct ice_agent agent;
	struct ice_path path = path_of(5000), other = path_of(5500);
	char old_ufrag[ICE_UFRAG_SIZE + 1];

	(void)state;
	agent_init(&agent, &wire);
	struct request nominating = request_of(&agent, true);

	assert_true(check_from(&agent, &path, &nominating, 1));
	assert_true(answer_to(&agent, &wire, remote_pwd, &path, 2));
	memcpy(old_ufrag, agent.ufrag, sizeof(old_ufrag));
	assert_int_equal(ice_agent_start(&agent, (struct sdp_span){remote_ufrag, 4},
					 (struct sdp_span){remote_pwd, 24}, 10),
			 0);
	assert_string_not_equal(agent.ufrag, old_ufrag);
	assert_true(agent.has_path);
	assert_true(check_from(&agent, &other, &nominating, 11));
	assert_true(answer_to(&agent, &wire, remote_pwd, &other, 12));
	assert_int_equal(agent.path.address.port, 5500);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_waits_for_our_own_check),
		cmocka_unit_test(follows_the_viewer_to_another_address),
		cmocka_unit_test(lets_nobody_else_in),
		cmocka_unit_test(answers_a_role_conflict),
		cmocka_unit_test(checks_offered_candidates_for_a_while),
		cmocka_unit_test(consent_ends_with_silence),
		cmocka_unit_test(a_restart_keeps_the_path_until_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
