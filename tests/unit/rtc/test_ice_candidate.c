#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/ice_candidate.h"

static void reads_candidates(void **state)
{
	static const struct {
		const char *text;
		int result;
		enum ice_transport transport;
		enum ice_type type;
		const char *address;
		uint16_t port;
	} cases[] = {
		{"1 1 udp 2130706431 192.168.1.7 54321 typ host", 0, ICE_UDP, ICE_HOST,
		 "192.168.1.7", 54321},
		{"a/b+ 1 UDP 1 2001:db8::1 9 typ srflx raddr 0.0.0.0 rport 0 generation 0", 0,
		 ICE_UDP, ICE_SERVER_REFLEXIVE, "2001:db8::1", 9},
		{"7 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active", 0, ICE_TCP_ACTIVE,
		 ICE_HOST, "10.0.0.1", 9},
		{"7 1 udp 5 10.0.0.1 9 typ relay raddr 1.2.3.4 rport 5", 0, ICE_UDP, ICE_RELAYED,
		 "10.0.0.1", 9},
		{"1 1 udp 1 8d2f1c1e-0b5a-4b0a-9a57-0b5a4b0a9a57.local 5 typ host", -EADDRNOTAVAIL,
		 0, 0, NULL, 0},
		{"1 1 sctp 1 1.2.3.4 5 typ host", -EADDRNOTAVAIL, 0, 0, NULL, 0},
		{"1 1 udp 1 1.2.3.4 5 typ magic", -EADDRNOTAVAIL, 0, 0, NULL, 0},
		{"1 1 udp 1 1.2.3.4 65536 typ host", -EBADMSG, 0, 0, NULL, 0},
		{"1 1 udp 4294967296 1.2.3.4 5 typ host", -EBADMSG, 0, 0, NULL, 0},
		{"1 1 udp 1 1.2.3.4 5x typ host", -EBADMSG, 0, 0, NULL, 0},
		{"1 1 udp 1 1.2.3.4 5 host", -EBADMSG, 0, 0, NULL, 0},
		{"", -EBADMSG, 0, 0, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct sdp_span span = {cases[i].text, strlen(cases[i].text)};
		struct ice_candidate candidate;
		char address[ICE_ADDRESS_TEXT_SIZE];

		assert_int_equal(ice_candidate_parse(span, &candidate), cases[i].result);
		if (cases[i].result < 0)
			continue;
		ice_address_build(&candidate.address, address);
		assert_int_equal(candidate.transport, cases[i].transport);
		assert_int_equal(candidate.type, cases[i].type);
		assert_string_equal(address, cases[i].address);
		assert_int_equal(candidate.address.port, cases[i].port);
	}
}

static void writes_what_it_reads(void **state)
{
	static const enum ice_transport transports[] = {ICE_UDP, ICE_TCP_PASSIVE};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(transports); i++) {
		struct ice_candidate one = {.transport = transports[i], .component = 1}, other;
		char data[256];
		struct text text;

		one.priority = ice_candidate_priority(ICE_HOST, 65535);
		assert_int_equal(ice_address_parse("fd00::7", 7, &one.address), 0);
		one.address.port = 8555;
		text_init(&text, data, sizeof(data));
		ice_candidate_add(&text, &one);
		assert_memory_equal(data, "a=candidate:", 12);
		assert_string_equal(data + text.size - 2, "\r\n");
		struct sdp_span span = {data + 12, text.size - 14};

		assert_int_equal(ice_candidate_parse(span, &other), 0);
		assert_int_equal(other.transport, one.transport);
		assert_int_equal(other.priority, one.priority);
		assert_true(ice_address_equal(&one.address, &other.address));
	}
}

static void prefers_as_the_standard_says(void **state)
{
	(void)state;
	assert_int_equal(ice_candidate_priority(ICE_HOST, 65535), 2130706431);
	assert_true(ice_candidate_priority(ICE_HOST, 0) >
		    ice_candidate_priority(ICE_SERVER_REFLEXIVE, 65535));
	assert_true(ice_candidate_priority(ICE_PEER_REFLEXIVE, 1) >
		    ice_candidate_priority(ICE_SERVER_REFLEXIVE, 1));
}

static void checks_only_real_addresses(void **state)
{
	static const struct {
		const char *text;
		bool is_usable;
	} cases[] = {
		{"192.168.0.1", true}, {"127.0.0.1", true},        {"0.0.0.0", false},
		{"224.0.0.1", false},  {"255.255.255.255", false}, {"::", false},
		{"ff02::1", false},    {"2001:db8::1", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ice_address address;

		assert_int_equal(ice_address_parse(cases[i].text, strlen(cases[i].text), &address),
				 0);
		assert_false(ice_address_is_usable(&address));
		address.port = 1;
		assert_int_equal(ice_address_is_usable(&address), cases[i].is_usable);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_candidates),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(prefers_as_the_standard_says),
		cmocka_unit_test(checks_only_real_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
