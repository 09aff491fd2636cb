#include <assert.h>

#include "proto/rtp/rtp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtp_packet packet;

	if (rtp_packet_is_rtcp(data, size))
		assert(size >= 4);
	if (rtp_packet_parse(data, size, &packet) < 0)
		return 0;
	assert(packet.payload.data >= data + RTP_HEAD_SIZE);
	assert(packet.payload.data + packet.payload.size <= data + size);
	return 0;
}
