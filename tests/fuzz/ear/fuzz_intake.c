/* A microphone as hostile as it likes: codec, config and frames all come from the input, and what
 * they decode to is listened to. Layout: codec (1 byte), channels (1), config size (1), config,
 * then frames: size (2), bytes. */
#include <string.h>

#include "base/bytes.h"
#include "ear/intake.h"
#include "ear/weights.h"
#include "proto/hear/hear.h"

enum { FRAMES_MAX = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void listen_to(const struct intake_output *output)
{
	static struct hear_kit kit;
	static struct hear hear;
	static bool is_ready;
	bool answered;

	if (!is_ready)
		is_ready = hear_prepare(&kit, weights_cry()) == 0;
	for (size_t at = 0; at < output->count;)
		at += hear_take(&hear, &kit, output->samples + at, output->count - at, &answered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t codecs[] = {CODEC_AAC, CODEC_PCMU, CODEC_PCMA, CODEC_OPUS};
	struct bytes_reader reader = bytes_read(data, size);
	struct ipc_track track = {.codec = codecs[bytes_get_u8(&reader) % 4]};
	struct ipc_frame about = {.pts_ns = 1000000000};
	AUTO(intake) intake = NULL;
	struct intake_output output;

	track.channels = bytes_get_u8(&reader);
	size_t config_size = bytes_get_u8(&reader);
	const uint8_t *config = bytes_get(&reader, config_size);

	if (!config || intake_create(&track, (struct bytes){config, config_size}, &intake) < 0)
		return 0;
	for (int i = 0; i < FRAMES_MAX && bytes_left(&reader) > 2; i++) {
		uint16_t head = bytes_get_be16(&reader);
		size_t frame_size = head & 0x3fff;

		if (frame_size > bytes_left(&reader))
			frame_size = bytes_left(&reader);
		about.flags = head & 0x8000 ? FRAME_AFTER_GAP : 0;
		if (intake_feed(intake, (struct bytes){bytes_get(&reader, frame_size), frame_size},
				&about, &output) == 0)
			listen_to(&output);
		about.pts_ns += head & 0x4000 ? UINT64_C(3000000000) : UINT64_C(21333333);
	}
	return 0;
}
