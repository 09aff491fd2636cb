/* One depacketizer for any codec that Ward takes: the right one behind two functions. */
#ifndef PROTO_RTP_RTP_DEPACK_H
#define PROTO_RTP_RTP_DEPACK_H

#include "ipc/messages.h"
#include "proto/rtp/rtp_aac.h"
#include "proto/rtp/rtp_g711.h"
#include "proto/rtp/rtp_video.h"

struct rtp_depack_options {
	enum media_codec codec;
	bool has_donl;              /* H.265 */
	struct rtp_aac_options aac; /* AAC */
};

struct rtp_depack {
	enum media_codec codec;
	struct rtp_video video;
	union {
		struct rtp_aac aac;
		struct rtp_g711 g711;
		struct {
			struct rtp_packet packet;
			bool has_packet, has_gap;
		} opus;
	};
};

/* `buffer` (one picture) is borrowed, and used for video only. -EPROTONOSUPPORT for CODEC_NONE,
 * -EINVAL for options that make no sense. */
NODISCARD int rtp_depack_init(struct rtp_depack *depack, const struct rtp_depack_options *options,
			      uint8_t *buffer, size_t capacity);

/* Gives the next packet in order; `after_gap`: some before it are lost. Its payload is borrowed
 * until rtp_depack_next has returned false. */
void rtp_depack_push(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap);

/* Takes the next frame out; false if more packets are needed. */
bool rtp_depack_next(struct rtp_depack *depack, struct rtp_frame *ret_frame);

/* Frames begun and lost. */
uint64_t rtp_depack_broken(const struct rtp_depack *depack);

#endif
