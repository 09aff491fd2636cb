#include <assert.h>

#include "proto/rtc/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;
	struct bytes packet;
	int taken;

	while ((taken = framing_next(data + at, size - at, &packet)) > 0) {
		at += (size_t)taken;
		assert(at <= size && packet.size <= FRAMING_PACKET_MAX);
		assert(packet.data + packet.size == data + at);
	}
	return 0;
}
