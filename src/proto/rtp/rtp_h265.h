/* H.265 over RTP (RFC 7798): single NAL units, aggregation packets and fragmentation units, with or
 * without decoding order numbers. PACI packets are refused. */
#ifndef PROTO_RTP_RTP_H265_H
#define PROTO_RTP_RTP_H265_H

#include "proto/rtp/rtp_video.h"

NODISCARD int rtp_h265_unpack(struct rtp_video *video, struct bytes payload);

#endif
