/* H.264 (ITU-T H.264) NAL units.
 *
 * A picture is a key frame if it has an IDR slice, or if a recovery point SEI with
 * recovery_frame_cnt 0 stands before it and all its slices are intra (open GOP: some cameras send
 * one IDR at power-up and never again). Rolling intra refresh, without whole pictures, is none. */
#ifndef PROTO_RTP_H264_H
#define PROTO_RTP_H264_H

#include "base/attr.h"
#include "proto/rtp/nal.h"

enum {
	H264_NAL_SLICE = 1,
	H264_NAL_IDR = 5,
	H264_NAL_SEI = 6,
	H264_NAL_SPS = 7,
	H264_NAL_PPS = 8,
	H264_NAL_AUD = 9,
};

struct nal_info h264_inspect_nal(const uint8_t *nal, size_t size);

struct video_size {
	uint32_t width, height; /* as shown, after cropping */
};

enum { VIDEO_SIDE_MAX = 16384 };

/* The size in a sequence parameter set (§7.3.2.1), header included. -EBADMSG if it cannot be read
 * or is over VIDEO_SIDE_MAX. */
NODISCARD int h264_parse_sps(const uint8_t *nal, size_t size, struct video_size *ret_size);

#endif
