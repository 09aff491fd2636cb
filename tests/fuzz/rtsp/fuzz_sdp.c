#include <assert.h>

#include "proto/rtsp/rtsp_sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"sprop-parameter-sets", "config", "sizelength"};
	struct rtsp_sdp sdp;
	uint8_t decoded[64];

	if (rtsp_sdp_parse((struct slice){(const char *)data, size}, &sdp) < 0)
		return 0;
	assert(sdp.media_count > 0 && sdp.media_count <= RTSP_SDP_MEDIA_MAX);
	for (size_t i = 0; i < sdp.media_count; i++) {
		const struct rtsp_sdp_media *media = &sdp.media[i];
		struct slice value;

		assert(media->codec < CODEC_COUNT && media->payload_type < 128);
		assert(media->codec == CODEC_NONE || media->media != RTSP_MEDIA_OTHER);
		for (size_t j = 0; j < ARRAY_COUNT(names); j++) {
			if (!rtsp_sdp_parameter(media->fmtp, names[j], &value))
				continue;
			int count = slice_decode_base64(value, decoded, sizeof(decoded));

			assert(count <= (int)sizeof(decoded));
			count = slice_decode_hex(value, decoded, sizeof(decoded));
			assert(count <= (int)sizeof(decoded));
		}
	}
	return 0;
}
