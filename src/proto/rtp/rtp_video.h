/* From RTP packets to whole pictures: what H.264 and H.265 have in common. A picture comes out as
 * its NAL units, each after its u32 big-endian size, without parameter sets (those go into
 * `params`), delimiters and filler.
 *
 * A picture of which any packet is missing never comes out, and none after it up to the next key
 * frame, because those refer to it. After a loss the first packet may stand within a picture whose
 * beginning is gone; it counts only if its first NAL unit is one that starts a picture. */
#ifndef PROTO_RTP_RTP_VIDEO_H
#define PROTO_RTP_RTP_VIDEO_H

#include "proto/rtp/nal_params.h"
#include "proto/rtp/rtp_frame.h"
#include "proto/rtp/rtp_packet.h"

struct rtp_video;

/* Takes one payload apart into NAL units (begin, put, end). -EBADMSG if it breaks its RFC. */
typedef int rtp_video_unpack_fn(struct rtp_video *video, struct bytes payload);

struct rtp_picture {
	bool is_open, is_broken, is_uncertain;
	bool has_slice, has_key, has_recovery, has_inter;
	uint32_t timestamp;
};

struct rtp_video {
	nal_inspect_fn *inspect;
	rtp_video_unpack_fn *unpack;
	bool has_donl; /* H.265 with sprop-max-don-diff > 0 */

	uint8_t *buffer; /* borrowed: one picture */
	size_t capacity, size;
	size_t nal_at; /* of the size before the NAL unit being put together */
	bool in_nal;

	struct rtp_packet packet; /* given, not yet taken apart */
	bool has_packet, packet_after_gap;

	struct rtp_picture picture;
	bool wants_key, has_gap, was_lost;
	bool ignores_marker; /* this camera sets it within pictures */
	bool has_last;
	uint32_t last_timestamp; /* of the last picture that came out */

	struct nal_params params;
	uint32_t params_version; /* counts up with each change of `params` */
	uint64_t broken;         /* pictures begun and lost */
	uint64_t dropped;        /* whole ones that no decoder could use */
};

/* Zeroes `video` and lends it `buffer`. */
void rtp_video_init(struct rtp_video *video, nal_inspect_fn *inspect, rtp_video_unpack_fn *unpack,
		    uint8_t *buffer, size_t capacity);

/* Parameter sets from the SDP: as if they had come in the stream. */
void rtp_video_add_params(struct rtp_video *video, const uint8_t *nal, size_t size);

/* Gives the next packet in order; `after_gap`: some before it are lost. Its payload is borrowed
 * until rtp_video_next has returned false. */
void rtp_video_push(struct rtp_video *video, const struct rtp_packet *packet, bool after_gap);

/* Takes the next picture out. False if more packets are needed. */
bool rtp_video_next(struct rtp_video *video, struct rtp_frame *ret_frame);

/* For the unpackers. -EBADMSG out of order, -EMSGSIZE over the buffer. */
NODISCARD int rtp_video_begin_nal(struct rtp_video *video, const void *head, size_t head_size);
NODISCARD int rtp_video_put_nal(struct rtp_video *video, const void *data, size_t size);
NODISCARD int rtp_video_end_nal(struct rtp_video *video);
/* All three. */
NODISCARD int rtp_video_add_nal(struct rtp_video *video, const void *data, size_t size);

#endif
