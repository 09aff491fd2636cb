/* What one RTSP connection carries: messages, and between them RTP and RTCP packets behind
 * `$ channel size` (RFC 2326 §10.12). Cameras cut packets short or send too much; the splitter then
 * finds its way back to the next `$` with a known channel, or the next message.
 *
 *	 0        1        2                 4
 *	+--------+--------+--------+--------+----------------- - -
 *	|  '$'   |channel |  size, big endian| size bytes
 *	+--------+--------+--------+--------+----------------- - -
 */
#ifndef PROTO_RTSP_RTSP_STREAM_H
#define PROTO_RTSP_RTSP_STREAM_H

#include "base/bytes.h"
#include "proto/rtsp/rtsp_message.h"

enum {
	RTSP_FRAME_HEAD_SIZE = 4,
	RTSP_FRAME_SIZE_MAX = 65535, /* without its head */
	/* A buffer of this size always holds one whole item. */
	RTSP_STREAM_BUFFER_SIZE = RTSP_MESSAGE_SIZE_MAX + RTSP_FRAME_SIZE_MAX,
};

/* The set of channels that a peer may use. */
struct rtsp_channels {
	uint64_t bits[4];
};

static inline void rtsp_channels_add(struct rtsp_channels *channels, uint8_t channel)
{
	channels->bits[channel / 64] |= UINT64_C(1) << channel % 64;
}

static inline bool rtsp_channels_has(const struct rtsp_channels *channels, uint8_t channel)
{
	return channels->bits[channel / 64] >> channel % 64 & 1;
}

enum rtsp_item_kind {
	RTSP_ITEM_MESSAGE,
	RTSP_ITEM_FRAME,
	RTSP_ITEM_SKIPPED, /* bytes that made no sense: something was lost */
};

struct rtsp_item {
	enum rtsp_item_kind kind;
	uint8_t channel;    /* RTSP_ITEM_FRAME */
	struct bytes frame; /* RTSP_ITEM_FRAME: borrowed from the buffer */
};

/* Splits the next item off the start of the buffer. Returns the bytes it takes (at least 1; those
 * before it included), -EAGAIN if more are needed, -EMSGSIZE for a message over the maxima: drop
 * the connection. A frame that is not followed by the start of another item was cut short by the
 * sender: it is skipped, and the search goes on inside it. `*ret_message` is scratch for other
 * kinds. */
NODISCARD int rtsp_stream_next(const uint8_t *data, size_t size,
			       const struct rtsp_channels *channels, struct rtsp_item *ret_item,
			       struct rtsp_message *ret_message);

/* Writes the head of an interleaved frame of `frame_size` (<= RTSP_FRAME_SIZE_MAX) bytes. */
void rtsp_stream_build_head(uint8_t ret_head[RTSP_FRAME_HEAD_SIZE], uint8_t channel,
			    size_t frame_size);

#endif
