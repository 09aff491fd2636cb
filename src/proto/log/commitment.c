#include "proto/log/commitment.h"

#include <assert.h>
#include <string.h>

#include "proto/log/entry.h"
#include "proto/log/sha256.h"

void commitment_hash(const char *name, const uint8_t salt[COMMITMENT_SALT_SIZE], const void *value,
		     size_t value_size, uint8_t ret_hash[32])
{
	static const uint8_t label[] = "ward/commit/1"; /* with its NUL */
	size_t name_size = strlen(name);
	uint8_t name_size_byte = (uint8_t)name_size;
	struct bytes parts[] = {
		{label, sizeof(label)},
		{&name_size_byte, 1},
		{(const uint8_t *)name, name_size},
		{salt, COMMITMENT_SALT_SIZE},
		{value, value_size},
	};

	assert(name_size > 0 && name_size <= ENTRY_NAME_MAX);
	sha256_parts(parts, ARRAY_COUNT(parts), ret_hash);
}
