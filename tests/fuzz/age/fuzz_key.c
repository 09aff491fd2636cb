/* A key as a person typed it: whatever is accepted is written again as it was. */
#include <stdlib.h>
#include <string.h>

#include "proto/age/age.h"
#include "proto/age/bech32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[AGE_KEY_SIZE];
	char text[AGE_TEXT_SIZE];

	int rc = bech32_parse("age", (const char *)data, size, key);

	if (age_parse_public((const char *)data, size, key) != rc)
		abort();
	if (rc < 0)
		return 0;
	age_print_public(key, text);
	if (strlen(text) != size || memcmp(text, data, size) != 0)
		abort();
	return 0;
}
