/* A salted commitment to a personal value: the entry carries the hash for ever, the opening (salt
 * and value) is kept apart under the person's key, and forgetting the person destroys that key. */
#ifndef PROTO_LOG_COMMITMENT_H
#define PROTO_LOG_COMMITMENT_H

#include <stddef.h>
#include <stdint.h>

enum { COMMITMENT_SALT_SIZE = 32, COMMITMENT_VALUE_MAX = 1024 };

/* SHA-256("ward/commit/1\0" || u8 size of name || name || salt || value). `name` holds at most
 * ENTRY_NAME_MAX letters. */
void commitment_hash(const char *name, const uint8_t salt[COMMITMENT_SALT_SIZE], const void *value,
		     size_t value_size, uint8_t ret_hash[32]);

#endif
