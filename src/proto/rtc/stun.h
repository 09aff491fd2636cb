/* STUN messages as ICE uses them (RFC 8489, RFC 8445 §7 and §16):
 *
 *	 0                   1                   2                   3
 *	|0 0|     type (14)             |         length                |
 *	|                         magic cookie                          |
 *	|                     transaction (96 bits)                     |
 *	|  attributes: type (16), length (16), value padded to 4 ...    |
 *
 * HMAC-SHA1 is the caller's: this module only says over which bytes. */
#ifndef PROTO_RTC_STUN_H
#define PROTO_RTC_STUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/rtc/ice_address.h"

enum {
	STUN_SIZE_MAX = 1280,
	STUN_TRANSACTION_SIZE = 12,
	STUN_MAC_SIZE = 20,
	STUN_UNKNOWN_MAX = 8,
};

enum stun_type {
	STUN_BINDING_REQUEST = 0x0001,
	STUN_BINDING_INDICATION = 0x0011,
	STUN_BINDING_SUCCESS = 0x0101,
	STUN_BINDING_ERROR = 0x0111,
};

enum stun_role { STUN_ROLE_NONE, STUN_ROLE_CONTROLLING, STUN_ROLE_CONTROLLED };

enum { STUN_ERROR_BAD_REQUEST = 400, STUN_ERROR_UNKNOWN = 420, STUN_ERROR_ROLE_CONFLICT = 487 };

struct stun_message {
	uint16_t type; /* enum stun_type, or another */
	uint8_t transaction[STUN_TRANSACTION_SIZE];
	struct bytes username; /* borrowed; size 0: none */
	uint32_t priority;
	bool has_priority, has_use_candidate, has_mapped, has_fingerprint;
	enum stun_role role;
	uint64_t tie_breaker;
	uint16_t error_code; /* 0: none */
	struct ice_address mapped;
	size_t integrity_at; /* offset of MESSAGE-INTEGRITY; 0: none */
	uint32_t unknown_count;
	uint16_t unknown[STUN_UNKNOWN_MAX]; /* comprehension-required ones (type < 0x8000) */
};

typedef void stun_hmac_fn(struct bytes key, struct bytes data, uint8_t ret_mac[STUN_MAC_SIZE]);

/* Could these bytes be STUN? (RFC 7983 §7 and the magic cookie.) */
bool stun_is_message(const uint8_t *data, size_t size);

/* -EBADMSG if it is malformed or its FINGERPRINT is wrong, -EMSGSIZE over the limit. Attributes
 * after MESSAGE-INTEGRITY count for nothing, except FINGERPRINT (RFC 8489 §14.5). */
NODISCARD int stun_parse(const uint8_t *data, size_t size, struct stun_message *ret_message);

/* Was the message, as parsed from `data`, made by someone who knows `key`? */
bool stun_check_integrity(const uint8_t *data, const struct stun_message *message, struct bytes key,
			  stun_hmac_fn *hmac);

/* The message without integrity; integrity and FINGERPRINT are added. Fields that are set are
 * written: username, priority, role, use-candidate, mapped, error, unknown. The size, or
 * -EMSGSIZE. */
NODISCARD int stun_build(const struct stun_message *message, struct bytes key, stun_hmac_fn *hmac,
			 uint8_t ret_data[STUN_SIZE_MAX]);

#endif
