/* What comes out of every depacketizer. */
#ifndef PROTO_RTP_RTP_FRAME_H
#define PROTO_RTP_RTP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtp_frame {
	uint32_t timestamp;  /* in the stream's clock */
	bool is_key;         /* a decoder may start here; always true for sound */
	bool after_gap;      /* frames before this one were lost */
	const uint8_t *data; /* borrowed until the next call of the depacketizer */
	size_t size;         /* never 0 */
};

#endif
