#include <assert.h>

#include "proto/rtsp/rtsp_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct slice slice, const uint8_t *data, size_t size)
{
	const uint8_t *at = (const uint8_t *)slice.data;

	assert(slice.size == 0 || (at >= data && at + slice.size <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rtsp_message message;
	int used = rtsp_message_parse((const char *)data, size, &message);

	if (used < 0)
		return 0;
	assert(used > 0 && (size_t)used <= size);
	assert(message.header_count <= RTSP_HEADERS_MAX);
	check_inside(message.body, data, size);
	check_inside(message.uri, data, size);
	for (size_t i = 0; i < message.header_count; i++) {
		check_inside(message.headers[i].name, data, size);
		check_inside(message.headers[i].value, data, size);
	}
	return 0;
}
