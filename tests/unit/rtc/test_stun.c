/* STUN against the vectors of RFC 5769, and against itself. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/stun.h"
#include "rtc/hmac.h"

static const uint8_t sample_request[] = {
	0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
	0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e,
	0x20, 0x74, 0x65, 0x73, 0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24,
	0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1,
	0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68,
	0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c,
	0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5,
	0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};
static const uint8_t sample_v4[] = {
	0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
	0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74,
	0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01,
	0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99,
	0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b,
	0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};
static const uint8_t sample_v6[] = {
	0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
	0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74,
	0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02,
	0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5,
	0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6,
	0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41,
	0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};
static const struct bytes sample_key = {(const uint8_t *)"VOkJxbRl1RmTxUk/WvJxBt", 22};

static void reads_the_sample_request(void **state)
{
	struct stun_message message;

	(void)state;
	assert_int_equal(stun_parse(sample_request, sizeof(sample_request), &message), 0);
	assert_int_equal(message.type, STUN_BINDING_REQUEST);
	assert_int_equal(message.priority, 0x6e0001ff);
	assert_int_equal(message.role, STUN_ROLE_CONTROLLED);
	assert_true(message.tie_breaker == UINT64_C(0x932ff9b151263b36));
	assert_int_equal(message.username.size, 9);
	assert_memory_equal(message.username.data, "evtj:h6vY", 9);
	assert_true(message.has_fingerprint);
	assert_int_equal(message.unknown_count, 0);
	assert_true(stun_check_integrity(sample_request, &message, sample_key, hmac_sha1));
	assert_false(stun_check_integrity(sample_request, &message,
					  (struct bytes){(const uint8_t *)"wrong", 5}, hmac_sha1));
}

static void reads_mapped_addresses(void **state)
{
	static const struct {
		const uint8_t *data;
		size_t size;
		const char *address;
	} cases[] = {
		{sample_v4, sizeof(sample_v4), "192.0.2.1"},
		{sample_v6, sizeof(sample_v6), "2001:db8:1234:5678:11:2233:4455:6677"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct stun_message message;
		char text[ICE_ADDRESS_TEXT_SIZE];

		assert_int_equal(stun_parse(cases[i].data, cases[i].size, &message), 0);
		assert_true(message.has_mapped);
		ice_address_build(&message.mapped, text);
		assert_string_equal(text, cases[i].address);
		assert_int_equal(message.mapped.port, 32853);
		assert_true(stun_check_integrity(cases[i].data, &message, sample_key, hmac_sha1));
	}
}

static void refuses_any_changed_byte(void **state)
{
	uint8_t copy[sizeof(sample_request)];
	size_t fingerprint_at = sizeof(copy) - 8;
	struct stun_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(copy); i++) {
		/* With another type FINGERPRINT is an unknown attribute that may be passed over. */
		if (i == fingerprint_at || i == fingerprint_at + 1)
			continue;
		memcpy(copy, sample_request, sizeof(copy));
		copy[i] ^= 0x10;
		bool is_taken = stun_parse(copy, sizeof(copy), &message) == 0 &&
				message.integrity_at &&
				stun_check_integrity(copy, &message, sample_key, hmac_sha1);

		assert_false(is_taken);
	}
	for (size_t size = 0; size < sizeof(sample_request); size++)
		assert_int_not_equal(stun_parse(sample_request, size, &message), 0);
}

static void parses_what_it_builds(void **state)
{
	struct stun_message built = {
		.type = STUN_BINDING_ERROR,
		.username = {(const uint8_t *)"abcd:efgh!", 10},
		.has_priority = true,
		.priority = 77,
		.role = STUN_ROLE_CONTROLLING,
		.tie_breaker = 99,
		.has_use_candidate = true,
		.error_code = STUN_ERROR_ROLE_CONFLICT,
		.has_mapped = true,
		.unknown_count = 3,
		.unknown = {0x7001, 0x7002, 0x7003},
	};
	uint8_t data[STUN_SIZE_MAX];
	struct stun_message read;

	(void)state;
	assert_int_equal(ice_address_parse("10.1.2.3", 8, &built.mapped), 0);
	built.mapped.port = 4711;
	int size = stun_build(&built, sample_key, hmac_sha1, data);

	assert_true(size > 0);
	assert_int_equal(stun_parse(data, (size_t)size, &read), 0);
	assert_int_equal(read.type, built.type);
	assert_int_equal(read.username.size, 10);
	assert_int_equal(read.priority, 77);
	assert_int_equal(read.role, STUN_ROLE_CONTROLLING);
	assert_true(read.tie_breaker == 99);
	assert_true(read.has_use_candidate);
	assert_int_equal(read.error_code, 487);
	assert_true(ice_address_equal(&read.mapped, &built.mapped));
	assert_true(stun_check_integrity(data, &read, sample_key, hmac_sha1));
}

static void reports_what_must_be_understood(void **state)
{
	/* 0x7abc must be understood, 0x8abc need not be. */
	static const uint8_t data[] = {0, 1, 0, 8,  0x21, 0x12, 0xa4, 0x42, 1, 2, 3,    4,    5, 6,
				       7, 8, 9, 10, 11,   12,   0x7a, 0xbc, 0, 0, 0x8a, 0xbc, 0, 0};
	struct stun_message message;

	(void)state;
	assert_int_equal(stun_parse(data, sizeof(data), &message), 0);
	assert_int_equal(message.unknown_count, 1);
	assert_int_equal(message.unknown[0], 0x7abc);
	assert_int_equal(message.integrity_at, 0);
	assert_false(stun_check_integrity(data, &message, sample_key, hmac_sha1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_sample_request),
		cmocka_unit_test(reads_mapped_addresses),
		cmocka_unit_test(refuses_any_changed_byte),
		cmocka_unit_test(parses_what_it_builds),
		cmocka_unit_test(reports_what_must_be_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
