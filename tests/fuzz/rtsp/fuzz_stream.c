#include <assert.h>
#include <errno.h>

#include "proto/rtsp/rtsp_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rtsp_message message;
	const struct rtsp_channels channels = {{0xf}};
	struct rtsp_item item;
	int used;

	while ((used = rtsp_stream_next(data, size, &channels, &item, &message)) > 0) {
		assert((size_t)used <= size);
		if (item.kind == RTSP_ITEM_FRAME) {
			assert(rtsp_channels_has(&channels, item.channel));
			assert(item.frame.data >= data);
			assert(item.frame.data + item.frame.size == data + used);
		}
		data += used;
		size -= (size_t)used;
	}
	assert(used < 0);
	/* more bytes always lead on: a full buffer never waits */
	assert(used != -EAGAIN || size < RTSP_STREAM_BUFFER_SIZE);
	return 0;
}
