#include <assert.h>

#include "proto/rtp/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct rtcp_packet packet;
	size_t left = size;
	int rc;

	while ((rc = rtcp_next(&reader, &packet)) == 1) {
		assert(bytes_left(&reader) < left);
		left = bytes_left(&reader);
		if (packet.type == RTCP_SR)
			assert(rtcp_ntp_ns(packet.ntp) < UINT64_C(1) << 62);
	}
	return 0;
}
