/* H.265 (ITU-T H.265) NAL units. Key frames are the intra random access points (types 16 to 21);
 * pictures that lead a CRA and refer back past it are left to the decoder, which drops them. */
#ifndef PROTO_RTP_H265_H
#define PROTO_RTP_H265_H

#include "proto/rtp/h264.h"

enum {
	H265_NAL_SLICE_MAX = 31,
	H265_NAL_KEY_MIN = 16,
	H265_NAL_KEY_MAX = 21,
	H265_NAL_VPS = 32,
	H265_NAL_SPS = 33,
	H265_NAL_PPS = 34,
	H265_NAL_AUD = 35,
	H265_NAL_SEI = 39,
	H265_NAL_SEI_SUFFIX = 40,
	H265_NAL_HEAD_SIZE = 2,
};

static inline unsigned h265_nal_type(const uint8_t *nal)
{
	return nal[0] >> 1 & 0x3f;
}

struct nal_info h265_inspect_nal(const uint8_t *nal, size_t size);

/* The size in a sequence parameter set (§7.3.2.2), header included. -EBADMSG as h264_parse_sps. */
NODISCARD int h265_parse_sps(const uint8_t *nal, size_t size, struct video_size *ret_size);

#endif
