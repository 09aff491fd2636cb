#include <assert.h>
#include <string.h>

#include "proto/rtc/ice_candidate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read can be written, and reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data;
	struct ice_candidate read, again;
	struct ice_address address;
	char built[256];
	struct text text;

	if (ice_address_parse(value, size, &address) == 0) {
		ice_address_build(&address, built);
		assert(ice_address_parse(built, strlen(built), &read.address) == 0);
		assert(memcmp(address.ip, read.address.ip, sizeof(address.ip)) == 0);
	}
	if (ice_candidate_parse((struct sdp_span){value, size}, &read) < 0)
		return 0;
	text_init(&text, built, sizeof(built));
	ice_candidate_add(&text, &read);
	assert(!text.failed && text.size > 14);
	struct sdp_span span = {built + 12, text.size - 14};

	assert(ice_candidate_parse(span, &again) == 0);
	assert(again.transport == read.transport && again.type == read.type);
	assert(ice_address_equal(&again.address, &read.address));
	return 0;
}
