/* An init segment of whatever bytes: codecs are read from it, or it is refused. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char codecs[24];
	int written = cmaf_parse_codecs((struct bytes){data, size}, codecs, sizeof(codecs));

	assert(written == -EBADMSG || written == -EMSGSIZE ||
	       (written >= 0 && strlen(codecs) == (size_t)written));
	return 0;
}
