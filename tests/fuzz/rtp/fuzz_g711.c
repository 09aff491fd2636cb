#include <assert.h>

#include "packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rtp_depack depack;
	const struct rtp_depack_options options = {.codec = CODEC_PCMU};
	struct bytes_reader reader = bytes_read(data, size);
	struct rtp_packet packet = {0};
	size_t in = 0, out = 0;
	bool after_gap;

	assert(rtp_depack_init(&depack, &options, NULL, 0) == 0);
	while (packets_next(&reader, &packet, &after_gap)) {
		struct rtp_frame frame;

		rtp_depack_push(&depack, &packet, after_gap);
		in += packet.payload.size;
		packet.timestamp += (uint32_t)packet.payload.size;
		while (rtp_depack_next(&depack, &frame)) {
			assert(frame.size == RTP_G711_FRAME_SIZE);
			out += frame.size;
		}
		assert(out <= in);
	}
	return 0;
}
