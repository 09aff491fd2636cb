/* G.711 over RTP (RFC 3551 §4.5.14): packets of any length, cut and joined to frames of 20 ms. Long
 * packets as some cameras send them would hold back the picture for lip sync. */
#ifndef PROTO_RTP_RTP_G711_H
#define PROTO_RTP_RTP_G711_H

#include "proto/rtp/rtp_frame.h"
#include "proto/rtp/rtp_packet.h"

enum { RTP_G711_FRAME_SIZE = 160 }; /* 20 ms at 8 kHz, one byte a sample */

/* Zero-initialised before use. */
struct rtp_g711 {
	struct bytes_reader samples; /* of the packet, not yet taken */
	uint32_t timestamp;          /* of the first sample held or to take */
	bool has_gap;
	size_t held; /* samples in `buffer`, less than a frame */
	uint8_t buffer[RTP_G711_FRAME_SIZE];
};

/* As rtp_video_push and rtp_video_next. A jump of the timestamp starts a new frame. */
void rtp_g711_push(struct rtp_g711 *g711, const struct rtp_packet *packet, bool after_gap);
bool rtp_g711_next(struct rtp_g711 *g711, struct rtp_frame *ret_frame);

#endif
