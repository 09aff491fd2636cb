/* H.264 over RTP (RFC 6184): single NAL units, STAP-A and FU-A. The interleaved mode (STAP-B, MTAP,
 * FU-B) is refused: no camera uses it. */
#ifndef PROTO_RTP_RTP_H264_H
#define PROTO_RTP_RTP_H264_H

#include "proto/rtp/rtp_video.h"

NODISCARD int rtp_h264_unpack(struct rtp_video *video, struct bytes payload);

#endif
