#include <assert.h>
#include <string.h>

#include "proto/rtc/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_hmac(struct bytes key, struct bytes data, uint8_t ret_mac[STUN_MAC_SIZE])
{
	(void)key;
	memset(ret_mac, data.size ? data.data[0] : 0, STUN_MAC_SIZE);
}

/* What was read can be written, and reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stun_message read, again;
	uint8_t built[STUN_SIZE_MAX];
	struct bytes key = {(const uint8_t *)"key", 3};

	if (stun_parse(data, size, &read) < 0)
		return 0;
	(void)stun_check_integrity(data, &read, key, no_hmac);
	int built_size = stun_build(&read, key, no_hmac, built);

	if (built_size < 0)
		return 0;
	assert(stun_parse(built, (size_t)built_size, &again) == 0);
	assert(again.type == read.type && again.priority == read.priority);
	assert(again.role == read.role && again.tie_breaker == read.tie_breaker);
	assert(again.error_code == read.error_code && again.has_mapped == read.has_mapped);
	assert(again.username.size == read.username.size);
	return 0;
}
