/* SRTP sessions against libsrtp2, both ways, and what they refuse. */
#include "../check.h"

#include <errno.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

#include "rtc/srtp.h"

enum { PACKETS = 3000, PLAIN_MAX = 1300, ROOM = PLAIN_MAX + 64 };

static const enum srtp_suite suites[] = {SRTP_SUITE_AES128_GCM, SRTP_SUITE_AES128_CM_SHA1_80};

/* A small generator, so that a failure comes again. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void master_fill(struct srtp_master *master, enum srtp_suite suite, uint32_t *seed)
{
	size_t salt_size = srtp_session_salt_size(suite);

	memset(master, 0, sizeof(*master));
	for (size_t i = 0; i < SRTP_KEY_SIZE; i++)
		master->key[i] = (uint8_t)next_random(seed);
	for (size_t i = 0; i < salt_size; i++)
		master->salt[i] = (uint8_t)next_random(seed);
}

static srtp_t oracle_create(enum srtp_suite suite, const struct srtp_master *master,
			    srtp_ssrc_type_t direction)
{
	unsigned char key[SRTP_KEY_SIZE + SRTP_SALT_SIZE];
	srtp_policy_t policy = {0};
	srtp_t oracle;

	memcpy(key, master->key, SRTP_KEY_SIZE);
	memcpy(key + SRTP_KEY_SIZE, master->salt, SRTP_SALT_SIZE);
	if (suite == SRTP_SUITE_AES128_GCM) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
	} else {
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	}
	policy.ssrc.type = direction;
	policy.key = key;
	policy.window_size = 1024;
	assert_int_equal(srtp_create(&oracle, &policy), srtp_err_status_ok);
	return oracle;
}

/* A random RTP packet with or without sources and an extension; its header's size. */
static size_t make_rtp(uint8_t *packet, size_t *ret_size, uint16_t sequence, uint32_t *seed)
{
	unsigned sources = next_random(seed) % 3, words = next_random(seed) % 3;
	bool has_extension = next_random(seed) % 2;
	size_t payload = next_random(seed) % 1160, header = 12 + 4 * (size_t)sources;

	for (size_t i = 0; i < PLAIN_MAX; i++)
		packet[i] = (uint8_t)next_random(seed);
	packet[0] = (uint8_t)(0x80 | (has_extension ? 0x10 : 0) | sources);
	packet[1] = (uint8_t)(96 + next_random(seed) % 20);
	packet[2] = (uint8_t)(sequence >> 8);
	packet[3] = (uint8_t)sequence;
	packet[8] = 0;
	packet[9] = 0;
	packet[10] = 0;
	packet[11] = (uint8_t)(1 + next_random(seed) % 2);
	if (has_extension) {
		packet[header + 2] = 0;
		packet[header + 3] = (uint8_t)words;
		header += 4 + 4 * (size_t)words;
	}
	*ret_size = header + payload;
	return header;
}

static size_t make_rtcp(uint8_t *packet, uint32_t *seed)
{
	size_t words = 1 + next_random(seed) % 60;

	for (size_t i = 0; i < 4 + words * 4; i++)
		packet[i] = (uint8_t)next_random(seed);
	packet[0] = 0x80;
	packet[1] = (uint8_t)(200 + next_random(seed) % 7);
	packet[2] = 0;
	packet[3] = (uint8_t)words;
	memset(packet + 4, 0, 3);
	packet[7] = 3;
	return 4 + words * 4;
}

struct both {
	struct srtp_session *ours;
	srtp_t sends, receives;
};

static struct both both_create(enum srtp_suite suite, uint32_t *seed)
{
	struct srtp_master send, receive;
	struct both both;

	master_fill(&send, suite, seed);
	master_fill(&receive, suite, seed);
	assert_int_equal(srtp_session_create(suite, &send, &receive, &both.ours), 0);
	both.receives = oracle_create(suite, &send, ssrc_any_inbound);
	both.sends = oracle_create(suite, &receive, ssrc_any_outbound);
	return both;
}

static void both_destroy(struct both *both)
{
	srtp_session_destroy(both->ours);
	srtp_dealloc(both->sends);
	srtp_dealloc(both->receives);
}

/* The numbers run over the turn of 16 bits, with gaps. */
static void libsrtp_reads_ours(void **state)
{
	(void)state;
	for (size_t s = 0; s < ARRAY_COUNT(suites); s++) {
		uint32_t seed = 1;
		struct both both = both_create(suites[s], &seed);
		uint32_t sequence = 60000;

		for (int i = 0; i < PACKETS; i++) {
			uint8_t plain[ROOM], packet[ROOM];
			size_t plain_size, header;

			sequence += 1 + next_random(&seed) % 5;
			header = make_rtp(plain, &plain_size, (uint16_t)sequence, &seed);
			int size = srtp_session_protect_rtp(
				both.ours, (struct bytes){plain, header},
				(struct bytes){plain + header, plain_size - header}, packet);

			assert_true(size > 0 && (size_t)size <= plain_size + SRTP_RTP_GROWTH_MAX);
			assert_int_equal(srtp_unprotect(both.receives, packet, &size),
					 srtp_err_status_ok);
			assert_int_equal(size, plain_size);
			assert_memory_equal(packet, plain, plain_size);
		}
		both_destroy(&both);
	}
}

static void we_read_libsrtp(void **state)
{
	(void)state;
	for (size_t s = 0; s < ARRAY_COUNT(suites); s++) {
		uint32_t seed = 2;
		struct both both = both_create(suites[s], &seed);
		uint32_t sequence = 65000;

		for (int i = 0; i < PACKETS; i++) {
			uint8_t plain[ROOM], packet[ROOM];
			size_t plain_size;

			sequence += 1 + next_random(&seed) % 5;
			make_rtp(plain, &plain_size, (uint16_t)sequence, &seed);
			memcpy(packet, plain, plain_size);
			int size = (int)plain_size;

			assert_int_equal(srtp_protect(both.sends, packet, &size),
					 srtp_err_status_ok);
			assert_int_equal(srtp_session_unprotect(both.ours, packet, (size_t)size),
					 plain_size);
			assert_memory_equal(packet, plain, plain_size);
		}
		both_destroy(&both);
	}
}

static void rtcp_goes_both_ways(void **state)
{
	(void)state;
	for (size_t s = 0; s < ARRAY_COUNT(suites); s++) {
		uint32_t seed = 3;
		struct both both = both_create(suites[s], &seed);

		for (int i = 0; i < PACKETS; i++) {
			uint8_t plain[ROOM], packet[ROOM];
			size_t plain_size = make_rtcp(plain, &seed);
			int size = srtp_session_protect_rtcp(
				both.ours, (struct bytes){plain, plain_size}, packet);

			assert_true(size > 0 && (size_t)size <= plain_size + SRTP_RTCP_GROWTH_MAX);
			assert_int_equal(srtp_unprotect_rtcp(both.receives, packet, &size),
					 srtp_err_status_ok);
			assert_int_equal(size, plain_size);
			assert_memory_equal(packet, plain, plain_size);

			assert_int_equal(srtp_protect_rtcp(both.sends, packet, &size),
					 srtp_err_status_ok);
			assert_int_equal(srtp_session_unprotect(both.ours, packet, (size_t)size),
					 plain_size);
			assert_memory_equal(packet, plain, plain_size);
		}
		both_destroy(&both);
	}
}

struct kept {
	uint8_t data[ROOM];
	int size;
};

/* Packets of a sender of ours, numbers first..first+count-1. */
static void protect_run(struct srtp_session *session, uint32_t first, int count, struct kept *ret)
{
	for (int i = 0; i < count; i++) {
		uint8_t header[12] = {0x80, 96};
		uint8_t payload[100] = {(uint8_t)i};

		header[2] = (uint8_t)((first + (uint32_t)i) >> 8);
		header[3] = (uint8_t)(first + (uint32_t)i);
		header[11] = 9;
		ret[i].size = srtp_session_protect_rtp(session, (struct bytes){header, 12},
						       (struct bytes){payload, 100}, ret[i].data);
		assert_true(ret[i].size > 0);
	}
}

static struct srtp_session *session_of(enum srtp_suite suite, bool is_sender)
{
	struct srtp_master one, other;
	struct srtp_session *session;
	uint32_t seed = 4;

	master_fill(&one, suite, &seed);
	master_fill(&other, suite, &seed);
	assert_int_equal(srtp_session_create(suite, is_sender ? &one : &other,
					     is_sender ? &other : &one, &session),
			 0);
	return session;
}

static void takes_each_packet_once(void **state)
{
	enum { COUNT = 200 };
	static struct kept kept[COUNT];

	(void)state;
	for (size_t s = 0; s < ARRAY_COUNT(suites); s++) {
		AUTO(srtp_session) sender = session_of(suites[s], true);
		AUTO(srtp_session) receiver = session_of(suites[s], false);

		protect_run(sender, 65500, COUNT, kept);
		/* every second one forward, then the others backward, then all again */
		for (int i = 0; i < COUNT; i += 2) {
			struct kept copy = kept[i];

			assert_int_equal(
				srtp_session_unprotect(receiver, copy.data, (size_t)copy.size),
				112);
		}
		for (int i = COUNT - 1; i > 0; i -= 2) {
			struct kept copy = kept[i];

			assert_int_equal(
				srtp_session_unprotect(receiver, copy.data, (size_t)copy.size),
				112);
		}
		for (int i = 0; i < COUNT; i++) {
			struct kept copy = kept[i];

			assert_int_equal(
				srtp_session_unprotect(receiver, copy.data, (size_t)copy.size),
				-EALREADY);
		}
	}
}

static void refuses_too_old_packets(void **state)
{
	enum { COUNT = 2000 };
	static struct kept kept[COUNT];
	AUTO(srtp_session) sender = session_of(suites[0], true);
	AUTO(srtp_session) receiver = session_of(suites[0], false);

	(void)state;
	protect_run(sender, 100, COUNT, kept);
	assert_int_equal(srtp_session_unprotect(receiver, kept[COUNT - 1].data,
						(size_t)kept[COUNT - 1].size),
			 112);
	assert_int_equal(srtp_session_unprotect(receiver, kept[10].data, (size_t)kept[10].size),
			 -EALREADY);
	assert_int_equal(srtp_session_unprotect(receiver, kept[COUNT - 1000].data,
						(size_t)kept[COUNT - 1000].size),
			 112);
}

static void refuses_any_changed_bit(void **state)
{
	static struct kept kept[2];

	(void)state;
	for (size_t s = 0; s < ARRAY_COUNT(suites); s++) {
		AUTO(srtp_session) sender = session_of(suites[s], true);
		AUTO(srtp_session) receiver = session_of(suites[s], false);

		protect_run(sender, 1, 2, kept);
		for (int bit = 0; bit < kept[0].size * 8; bit++) {
			struct kept copy = kept[0];

			copy.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_true(srtp_session_unprotect(receiver, copy.data, (size_t)copy.size) <
				    0);
		}
		for (int size = 0; size < kept[0].size; size++) {
			struct kept copy = kept[0];

			assert_true(srtp_session_unprotect(receiver, copy.data, (size_t)size) < 0);
		}
		assert_int_equal(
			srtp_session_unprotect(receiver, kept[0].data, (size_t)kept[0].size), 112);
	}
}

/* An index that is used twice under GCM gives the authentication key away. */
static void never_uses_an_index_twice(void **state)
{
	AUTO(srtp_session) sender = session_of(suites[0], true);
	uint8_t header[12] = {0x80, 96, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9}, packet[ROOM];
	struct bytes payload = {header, 12};

	(void)state;
	assert_true(srtp_session_protect_rtp(sender, (struct bytes){header, 12}, payload, packet) >
		    0);
	assert_int_equal(
		srtp_session_protect_rtp(sender, (struct bytes){header, 12}, payload, packet),
		-EALREADY);
	header[3] = 4;
	assert_int_equal(
		srtp_session_protect_rtp(sender, (struct bytes){header, 12}, payload, packet),
		-EALREADY);
	header[3] = 6;
	assert_true(srtp_session_protect_rtp(sender, (struct bytes){header, 12}, payload, packet) >
		    0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(libsrtp_reads_ours),
		cmocka_unit_test(we_read_libsrtp),
		cmocka_unit_test(rtcp_goes_both_ways),
		cmocka_unit_test(takes_each_packet_once),
		cmocka_unit_test(refuses_too_old_packets),
		cmocka_unit_test(refuses_any_changed_bit),
		cmocka_unit_test(never_uses_an_index_twice),
	};

	srtp_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
