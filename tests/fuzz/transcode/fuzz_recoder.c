/* A camera's sound, as hostile as it likes: codec, config and frames all come from the input.
 * Layout: codec (1 byte), channels (1), config size (1), config, then frames: size (2), bytes. */
#include <string.h>

#include "base/bytes.h"
#include "sound/decoder.h"
#include "transcode/recoder.h"

enum { FRAMES_MAX = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void swallow(void *context, const struct recoder_output *output)
{
	uint64_t *sum = context;

	for (size_t i = 0; i < output->data.size; i++)
		*sum += output->data.data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t codecs[] = {CODEC_AAC, CODEC_PCMU, CODEC_PCMA, CODEC_OPUS};
	struct bytes_reader reader = bytes_read(data, size);
	struct ipc_track track = {.codec = codecs[bytes_get_u8(&reader) % 4]};
	AUTO(recoder) recoder = NULL;
	uint64_t sum = 0, pts_ns = 1000000000;

	track.channels = bytes_get_u8(&reader);
	size_t config_size = bytes_get_u8(&reader);
	const uint8_t *config = bytes_get(&reader, config_size);

	if (!config || recoder_create(&track, (struct bytes){config, config_size}, &recoder) < 0)
		return 0;
	for (int i = 0; i < FRAMES_MAX && bytes_left(&reader) > 2; i++) {
		uint16_t head = bytes_get_be16(&reader);
		size_t frame_size = head & 0x3fff;

		if (frame_size > bytes_left(&reader))
			frame_size = bytes_left(&reader);
		struct recoder_input input = {
			.data = {bytes_get(&reader, frame_size), frame_size},
			.pts_ns = pts_ns,
			.after_gap = head & 0x8000,
		};

		(void)!recoder_feed(recoder, &input, swallow, &sum);
		pts_ns += head & 0x4000 ? UINT64_C(3000000000) : UINT64_C(21333333);
	}
	return 0;
}
