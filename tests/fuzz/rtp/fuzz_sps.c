#include <assert.h>
#include <string.h>

#include "proto/rtp/h264.h"
#include "proto/rtp/h265.h"
#include "proto/rtp/nal_params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int rc, const struct video_size *size)
{
	if (rc == 0)
		assert(size->width > 0 && size->width <= VIDEO_SIDE_MAX && size->height > 0 &&
		       size->height <= VIDEO_SIDE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nal_params params;
	struct video_size picture;

	memset(&params, 0, sizeof(params));
	check(h264_parse_sps(data, size, &picture), &picture);
	check(h265_parse_sps(data, size, &picture), &picture);
	for (size_t at = 0; at < size && at < 64; at++) {
		struct nal_info info = h264_inspect_nal(data + at, size - at);

		if (info.class == NAL_PARAMETERS &&
		    nal_params_put(&params, &info, data + at, size - at) >= 0)
			assert(params.size <= NAL_PARAMS_SIZE_MAX);
		info = h265_inspect_nal(data + at, size - at);
		if (info.class == NAL_PARAMETERS)
			assert(info.rank <= NAL_RANK_PPS);
	}
	return 0;
}
