#include <assert.h>

#include "proto/rtsp/rtsp_transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice value = {(const char *)data, size};
	struct rtsp_transport transport, again;
	struct rtsp_session session;
	char room[512];
	struct text text;

	uint32_t number;

	if (slice_parse_u32(value, 1000, &number) == 0)
		assert(number <= 1000);
	if (slice_parse_hex32(value, &number) == 0)
		assert(slice_trim(value).size <= 8);
	if (rtsp_session_parse(value, &session) == 0)
		assert(session.id.size <= RTSP_SESSION_ID_SIZE_MAX && session.timeout_s > 0);
	if (rtsp_transport_parse(value, &transport) < 0)
		return 0;
	text_init(&text, room, sizeof(room));
	rtsp_transport_build(&text, &transport);
	assert(!text.failed);
	assert(rtsp_transport_parse(slice_of(room), &again) == 0);
	assert(again.is_tcp == transport.is_tcp && again.ssrc == transport.ssrc);
	assert(again.interleaved[0] == transport.interleaved[0]);
	assert(again.server_port[1] == transport.server_port[1]);
	return 0;
}
