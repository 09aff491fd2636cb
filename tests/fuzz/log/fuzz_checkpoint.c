/* What parses as a checkpoint's text is exactly what would be built from it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/log/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct checkpoint checkpoint;
	char origin[4096], again[8192];
	struct text text;

	if (checkpoint_parse((struct bytes){data, size}, &checkpoint) < 0)
		return 0;
	if (checkpoint.origin.size >= sizeof(origin) ||
	    memchr(checkpoint.origin.data, '\0', checkpoint.origin.size))
		return 0;
	memcpy(origin, checkpoint.origin.data, checkpoint.origin.size);
	origin[checkpoint.origin.size] = '\0';
	text_init(&text, again, sizeof(again));
	checkpoint_build(origin, &checkpoint.head, &text);
	assert(!text.failed && text.size == size && memcmp(again, data, size) == 0);
	return 0;
}
