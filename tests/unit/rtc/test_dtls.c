/* Two of our own sessions over a wire that loses, repeats and reorders. */
#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "rtc/dtls.h"

enum { WIRE_MAX = 64 };

struct wire {
	uint8_t data[WIRE_MAX][DTLS_DATAGRAM_MAX];
	size_t size[WIRE_MAX];
	unsigned count;
};

static void wire_send(void *owner, const uint8_t *data, size_t size)
{
	struct wire *wire = owner;

	assert_true(size <= DTLS_DATAGRAM_MAX);
	if (wire->count == WIRE_MAX)
		return;
	memcpy(wire->data[wire->count], data, size);
	wire->size[wire->count++] = size;
}

enum fault { FAULT_NONE, FAULT_REPEAT, FAULT_REVERSE };

static void deliver(struct wire *wire, struct dtls_session *to, enum fault fault)
{
	static struct wire copy;

	copy = *wire;
	wire->count = 0;
	for (unsigned i = 0; i < copy.count; i++) {
		unsigned k = fault == FAULT_REVERSE ? copy.count - 1 - i : i;
		struct bytes datagram = {copy.data[k], copy.size[k]};

		(void)dtls_session_receive(to, datagram);
		if (fault == FAULT_REPEAT)
			(void)dtls_session_receive(to, datagram);
	}
}

struct pair {
	struct wire to_server, to_client;
	struct dtls_identity *ours, *theirs;
	struct dtls_session *server, *client;
};

static void pair_init(struct pair *pair)
{
	*pair = (struct pair){0};
	assert_int_equal(dtls_identity_create(&pair->ours), 0);
	assert_int_equal(dtls_identity_create(&pair->theirs), 0);
	assert_int_equal(
		dtls_session_create(pair->ours, wire_send, &pair->to_client, &pair->server), 0);
	assert_int_equal(
		dtls_session_create(pair->theirs, wire_send, &pair->to_server, &pair->client), 0);
	dtls_session_connect(pair->client);
}

static void pair_finish(struct pair *pair)
{
	dtls_session_destroy(pair->server);
	dtls_session_destroy(pair->client);
	dtls_identity_destroy(pair->ours);
	dtls_identity_destroy(pair->theirs);
}

static void shake_hands(struct pair *pair, enum fault fault)
{
	for (int i = 0; i < 20; i++) {
		deliver(&pair->to_server, pair->server, fault);
		deliver(&pair->to_client, pair->client, fault);
	}
}

static void yields_matching_keys(void **state)
{
	static const enum fault faults[] = {FAULT_NONE, FAULT_REPEAT, FAULT_REVERSE};
	static struct pair pair;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
		AUTO(srtp_session) server = NULL;
		AUTO(srtp_session) client = NULL;
		uint8_t header[12] = {0x80, 96}, packet[64], fingerprint[DTLS_FINGERPRINT_SIZE];

		pair_init(&pair);
		shake_hands(&pair, faults[i]);
		assert_int_equal(dtls_session_srtp(pair.server, &server), 0);
		assert_int_equal(dtls_session_srtp(pair.client, &client), 0);
		int size = srtp_session_protect_rtp(server, (struct bytes){header, 12},
						    (struct bytes){header, 12}, packet);

		/* GCM was agreed on: its tag is 16 bytes */
		assert_int_equal(size, 24 + 16);
		assert_int_equal(srtp_session_unprotect(client, packet, (size_t)size), 24);
		assert_int_equal(dtls_session_peer(pair.server, fingerprint), 0);
		assert_memory_equal(fingerprint, dtls_identity_fingerprint(pair.theirs),
				    sizeof(fingerprint));
		assert_int_equal(dtls_session_wait_ns(pair.server), UINT64_MAX);
		pair_finish(&pair);
	}
}

static void repeats_a_lost_flight(void **state)
{
	static struct pair pair;

	(void)state;
	pair_init(&pair);
	deliver(&pair.to_server, pair.server, FAULT_NONE);
	assert_true(pair.to_client.count > 0);
	pair.to_client.count = 0;
	uint64_t wait_ns = dtls_session_wait_ns(pair.server);

	assert_true(wait_ns > 0 && wait_ns <= 50 * CLOCK_NS_PER_MS);
	uint64_t until_ns = clock_boot_ns() + CLOCK_NS_PER_S;

	while (pair.to_client.count == 0 && clock_boot_ns() < until_ns)
		assert_int_equal(dtls_session_tick(pair.server), DTLS_HANDSHAKE);
	assert_true(pair.to_client.count > 0);
	shake_hands(&pair, FAULT_NONE);
	assert_int_equal(dtls_session_tick(pair.server), DTLS_OPEN);
	pair_finish(&pair);
}

static void says_goodbye(void **state)
{
	static struct pair pair;

	(void)state;
	pair_init(&pair);
	shake_hands(&pair, FAULT_NONE);
	dtls_session_close(pair.client);
	assert_int_equal(pair.to_server.count, 1);
	assert_int_equal(dtls_session_receive(pair.server, (struct bytes){pair.to_server.data[0],
									  pair.to_server.size[0]}),
			 DTLS_CLOSED);
	pair_finish(&pair);
}

static void each_identity_is_new(void **state)
{
	static struct pair pair;

	(void)state;
	pair_init(&pair);
	assert_memory_not_equal(dtls_identity_fingerprint(pair.ours),
				dtls_identity_fingerprint(pair.theirs), DTLS_FINGERPRINT_SIZE);
	pair_finish(&pair);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(yields_matching_keys),
		cmocka_unit_test(repeats_a_lost_flight),
		cmocka_unit_test(says_goodbye),
		cmocka_unit_test(each_identity_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
