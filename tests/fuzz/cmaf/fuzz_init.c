/* What a camera's process says of its tracks becomes an init segment whose boxes add up, or is
 * refused. Input: codec, timescale, width, height, channels as in struct ipc_track, then the
 * config. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_boxes(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);

	while (bytes_left(&reader) > 0) {
		uint32_t box = bytes_get_be32(&reader);

		assert(box >= 8);
		assert(bytes_get(&reader, box - 4));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct cmaf_track track = {.codec = bytes_get_u8(&reader),
				   .timescale = bytes_get_be32(&reader),
				   .width = bytes_get_be32(&reader),
				   .height = bytes_get_be32(&reader),
				   .channels = bytes_get_be32(&reader)};
	uint8_t init[CMAF_INIT_MAX];
	char codecs[64];

	if (reader.failed)
		return 0;
	track.config = (struct bytes){reader.at, bytes_left(&reader)};
	int init_size = cmaf_build_init(&track, init, sizeof(init));

	if (init_size <= 0) {
		assert(init_size == -EBADMSG || init_size == -ENOTSUP);
		return 0;
	}
	check_boxes(init, (size_t)init_size);
	int codecs_size =
		cmaf_parse_codecs((struct bytes){init, (size_t)init_size}, codecs, sizeof(codecs));

	assert(codecs_size >= 0 && (size_t)codecs_size == strlen(codecs));
	return 0;
}
