#include "proto/rtc/stun.h"

#include <errno.h>
#include <string.h>

#define STUN_COOKIE          UINT32_C(0x2112a442)
#define STUN_FINGERPRINT_XOR UINT32_C(0x5354554e)

enum {
	HEADER_SIZE = 20,
	INTEGRITY_SIZE = 4 + STUN_MAC_SIZE,
	FINGERPRINT_SIZE = 8,
	FAMILY_V4 = 1,
	FAMILY_V6 = 2,
};

enum stun_attribute {
	ATTRIBUTE_USERNAME = 0x0006,
	ATTRIBUTE_INTEGRITY = 0x0008,
	ATTRIBUTE_ERROR = 0x0009,
	ATTRIBUTE_UNKNOWN = 0x000a,
	ATTRIBUTE_REALM = 0x0014,
	ATTRIBUTE_NONCE = 0x0015,
	ATTRIBUTE_INTEGRITY_SHA256 = 0x001c,
	ATTRIBUTE_XOR_MAPPED = 0x0020,
	ATTRIBUTE_PRIORITY = 0x0024,
	ATTRIBUTE_USE_CANDIDATE = 0x0025,
	ATTRIBUTE_FINGERPRINT = 0x8028,
	ATTRIBUTE_CONTROLLED = 0x8029,
	ATTRIBUTE_CONTROLLING = 0x802a,
};

/* CRC-32 of ISO 3309, four bits a step. */
static uint32_t crc32_of(const uint8_t *data, size_t size)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

bool stun_is_message(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);

	if (size < HEADER_SIZE || data[0] > 3)
		return false;
	bytes_get_be32(&reader);
	return bytes_get_be32(&reader) == STUN_COOKIE;
}

/* XOR-MAPPED-ADDRESS: port and address are hidden from meddling middleboxes (RFC 8489 §14.2). */
static void stun_xor_address(const uint8_t transaction[STUN_TRANSACTION_SIZE], uint8_t *ip,
			     size_t size)
{
	static const uint8_t cookie[4] = {0x21, 0x12, 0xa4, 0x42};

	for (size_t i = 0; i < size; i++)
		ip[i] ^= i < 4 ? cookie[i] : transaction[i - 4];
}

static int stun_parse_mapped(struct stun_message *message, struct bytes_reader value)
{
	static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct ice_address address = {0};

	bytes_get_u8(&value);
	uint8_t family = bytes_get_u8(&value);
	size_t size = family == FAMILY_V4 ? 4 : 16;

	address.port = (uint16_t)(bytes_get_be16(&value) ^ (STUN_COOKIE >> 16));
	const uint8_t *ip = bytes_get(&value, size);

	if (!ip || bytes_left(&value) || (family != FAMILY_V4 && family != FAMILY_V6))
		return -EBADMSG;
	memcpy(address.ip, v4_prefix, sizeof(v4_prefix));
	memcpy(address.ip + 16 - size, ip, size);
	stun_xor_address(message->transaction, address.ip + 16 - size, size);
	message->mapped = address;
	message->has_mapped = true;
	return 0;
}

static int stun_parse_error(struct stun_message *message, struct bytes_reader value)
{
	bytes_get_be16(&value);
	unsigned hundreds = bytes_get_u8(&value) & 7;
	unsigned rest = bytes_get_u8(&value);

	if (value.failed || hundreds < 3 || hundreds > 6 || rest > 99)
		return -EBADMSG;
	message->error_code = (uint16_t)(hundreds * 100 + rest);
	return 0;
}

static int stun_parse_username(struct stun_message *message, struct bytes_reader value)
{
	size_t size = bytes_left(&value);

	if (size > 513) /* RFC 8489 §14.3 */
		return -EBADMSG;
	message->username = (struct bytes){bytes_get(&value, size), size};
	return 0;
}

static int stun_parse_priority(struct stun_message *message, struct bytes_reader value)
{
	message->priority = bytes_get_be32(&value);
	message->has_priority = true;
	return value.failed ? -EBADMSG : 0;
}

static int stun_parse_role(struct stun_message *message, struct bytes_reader value,
			   enum stun_role role)
{
	message->role = role;
	message->tie_breaker = bytes_get_be64(&value);
	return value.failed ? -EBADMSG : 0;
}

static int stun_parse_controlled(struct stun_message *message, struct bytes_reader value)
{
	return stun_parse_role(message, value, STUN_ROLE_CONTROLLED);
}

static int stun_parse_controlling(struct stun_message *message, struct bytes_reader value)
{
	return stun_parse_role(message, value, STUN_ROLE_CONTROLLING);
}

static int stun_parse_use_candidate(struct stun_message *message, struct bytes_reader value)
{
	(void)value;
	message->has_use_candidate = true;
	return 0;
}

static int stun_parse_nothing(struct stun_message *message, struct bytes_reader value)
{
	(void)message;
	(void)value;
	return 0;
}

static const struct {
	uint16_t type;
	int (*parse)(struct stun_message *message, struct bytes_reader value);
} known_attributes[] = {
	{ATTRIBUTE_USERNAME, stun_parse_username},
	{ATTRIBUTE_ERROR, stun_parse_error},
	{ATTRIBUTE_XOR_MAPPED, stun_parse_mapped},
	{ATTRIBUTE_PRIORITY, stun_parse_priority},
	{ATTRIBUTE_USE_CANDIDATE, stun_parse_use_candidate},
	{ATTRIBUTE_CONTROLLED, stun_parse_controlled},
	{ATTRIBUTE_CONTROLLING, stun_parse_controlling},
	{ATTRIBUTE_UNKNOWN, stun_parse_nothing},
	{ATTRIBUTE_REALM, stun_parse_nothing},
	{ATTRIBUTE_NONCE, stun_parse_nothing},
	{ATTRIBUTE_INTEGRITY_SHA256, stun_parse_nothing},
};

static int stun_parse_attribute(struct stun_message *message, uint16_t type,
				struct bytes_reader value)
{
	for (size_t i = 0; i < ARRAY_COUNT(known_attributes); i++)
		if (known_attributes[i].type == type)
			return known_attributes[i].parse(message, value);
	if (type < 0x8000 && message->unknown_count < STUN_UNKNOWN_MAX)
		message->unknown[message->unknown_count++] = type;
	return 0;
}

static bool stun_fingerprint_is_right(const uint8_t *data, size_t at, struct bytes_reader value)
{
	return bytes_left(&value) == 4 &&
	       bytes_get_be32(&value) == (crc32_of(data, at) ^ STUN_FINGERPRINT_XOR);
}

static int stun_parse_attributes(const uint8_t *data, struct bytes_reader reader,
				 struct stun_message *message)
{
	while (bytes_left(&reader)) {
		size_t at = (size_t)(reader.at - data);
		uint16_t type = bytes_get_be16(&reader);
		uint16_t size = bytes_get_be16(&reader);
		const uint8_t *value = bytes_get(&reader, (size_t)(size + 3) & ~(size_t)3);
		int r = 0;

		/* FINGERPRINT must be the last one. */
		if (!value || message->has_fingerprint)
			return -EBADMSG;
		if (type == ATTRIBUTE_FINGERPRINT) {
			if (!stun_fingerprint_is_right(data, at, bytes_read(value, size)))
				return -EBADMSG;
			message->has_fingerprint = true;
		} else if (message->integrity_at) {
			continue;
		} else if (type == ATTRIBUTE_INTEGRITY) {
			if (size != STUN_MAC_SIZE)
				return -EBADMSG;
			message->integrity_at = at;
		} else {
			r = stun_parse_attribute(message, type, bytes_read(value, size));
		}
		if (r < 0)
			return r;
	}
	return reader.failed ? -EBADMSG : 0;
}

int stun_parse(const uint8_t *data, size_t size, struct stun_message *ret_message)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct stun_message message = {0};

	if (size > STUN_SIZE_MAX)
		return -EMSGSIZE;
	if (!stun_is_message(data, size))
		return -EBADMSG;
	message.type = bytes_get_be16(&reader);
	if (bytes_get_be16(&reader) != size - HEADER_SIZE || size % 4)
		return -EBADMSG;
	bytes_get_be32(&reader);
	memcpy(message.transaction, bytes_get(&reader, STUN_TRANSACTION_SIZE),
	       STUN_TRANSACTION_SIZE);
	int r = stun_parse_attributes(data, reader, &message);

	if (r < 0)
		return r;
	*ret_message = message;
	return 0;
}

/* In constant time: the attacker may measure. */
static bool mac_is_equal(const uint8_t one[STUN_MAC_SIZE], const uint8_t other[STUN_MAC_SIZE])
{
	volatile uint8_t difference = 0;

	for (size_t i = 0; i < STUN_MAC_SIZE; i++)
		difference = difference | (uint8_t)(one[i] ^ other[i]);
	return difference == 0;
}

bool stun_check_integrity(const uint8_t *data, const struct stun_message *message, struct bytes key,
			  stun_hmac_fn *hmac)
{
	uint8_t copy[STUN_SIZE_MAX], mac[STUN_MAC_SIZE];
	size_t covered = message->integrity_at;

	if (covered < HEADER_SIZE || covered > STUN_SIZE_MAX)
		return false;
	/* The header's length ends with the integrity itself (RFC 8489 §14.5). */
	struct bytes_writer length = bytes_write(copy + 2, 2);

	memcpy(copy, data, covered);
	bytes_put_be16(&length, (uint16_t)(covered - HEADER_SIZE + INTEGRITY_SIZE));
	hmac(key, (struct bytes){copy, covered}, mac);
	return mac_is_equal(mac, data + covered + 4);
}

static void stun_put_header(struct bytes_writer *writer, uint16_t type, uint16_t size)
{
	bytes_put_be16(writer, type);
	bytes_put_be16(writer, size);
}

static void stun_set_length(uint8_t *data, size_t size)
{
	struct bytes_writer length = bytes_write(data + 2, 2);

	bytes_put_be16(&length, (uint16_t)(size - HEADER_SIZE));
}

static void stun_put_mapped(struct bytes_writer *writer, const struct stun_message *message)
{
	bool is_v4 = ice_address_is_v4(&message->mapped);
	size_t size = is_v4 ? 4 : 16;
	uint8_t ip[16];

	memcpy(ip, message->mapped.ip + 16 - size, size);
	stun_xor_address(message->transaction, ip, size);
	stun_put_header(writer, ATTRIBUTE_XOR_MAPPED, (uint16_t)(4 + size));
	bytes_put_be16(writer, is_v4 ? FAMILY_V4 : FAMILY_V6);
	bytes_put_be16(writer, (uint16_t)(message->mapped.port ^ (STUN_COOKIE >> 16)));
	bytes_put(writer, ip, size);
}

static void stun_put_padded(struct bytes_writer *writer, uint16_t type, struct bytes value)
{
	stun_put_header(writer, type, (uint16_t)value.size);
	bytes_put(writer, value.data, value.size);
	bytes_put_be(writer, 0, (4 - value.size % 4) % 4);
}

static void stun_put_unknown(struct bytes_writer *writer, const struct stun_message *message)
{
	stun_put_header(writer, ATTRIBUTE_UNKNOWN, (uint16_t)(2 * message->unknown_count));
	for (uint32_t i = 0; i < message->unknown_count; i++)
		bytes_put_be16(writer, message->unknown[i]);
	if (message->unknown_count % 2)
		bytes_put_be16(writer, 0);
}

static void stun_put_attributes(struct bytes_writer *writer, const struct stun_message *message)
{
	if (message->username.size)
		stun_put_padded(writer, ATTRIBUTE_USERNAME, message->username);
	if (message->has_mapped)
		stun_put_mapped(writer, message);
	if (message->error_code) {
		stun_put_header(writer, ATTRIBUTE_ERROR, 4);
		bytes_put_be16(writer, 0);
		bytes_put_u8(writer, (uint8_t)(message->error_code / 100));
		bytes_put_u8(writer, (uint8_t)(message->error_code % 100));
	}
	if (message->unknown_count)
		stun_put_unknown(writer, message);
	if (message->has_priority) {
		stun_put_header(writer, ATTRIBUTE_PRIORITY, 4);
		bytes_put_be32(writer, message->priority);
	}
	if (message->role != STUN_ROLE_NONE) {
		stun_put_header(writer,
				message->role == STUN_ROLE_CONTROLLED ? ATTRIBUTE_CONTROLLED
								      : ATTRIBUTE_CONTROLLING,
				8);
		bytes_put_be64(writer, message->tie_breaker);
	}
	if (message->has_use_candidate)
		stun_put_header(writer, ATTRIBUTE_USE_CANDIDATE, 0);
}

int stun_build(const struct stun_message *message, struct bytes key, stun_hmac_fn *hmac,
	       uint8_t ret_data[STUN_SIZE_MAX])
{
	struct bytes_writer writer = bytes_write(ret_data, STUN_SIZE_MAX);
	uint8_t mac[STUN_MAC_SIZE];

	stun_put_header(&writer, message->type, 0);
	bytes_put_be32(&writer, STUN_COOKIE);
	bytes_put(&writer, message->transaction, STUN_TRANSACTION_SIZE);
	stun_put_attributes(&writer, message);
	if (writer.failed)
		return -EMSGSIZE;
	stun_set_length(ret_data, bytes_written(&writer) + INTEGRITY_SIZE);
	hmac(key, (struct bytes){ret_data, bytes_written(&writer)}, mac);
	stun_put_padded(&writer, ATTRIBUTE_INTEGRITY, (struct bytes){mac, sizeof(mac)});

	stun_set_length(ret_data, bytes_written(&writer) + FINGERPRINT_SIZE);
	uint32_t crc = crc32_of(ret_data, bytes_written(&writer)) ^ STUN_FINGERPRINT_XOR;

	stun_put_header(&writer, ATTRIBUTE_FINGERPRINT, 4);
	bytes_put_be32(&writer, crc);
	return writer.failed ? -EMSGSIZE : (int)bytes_written(&writer);
}
