/* One outgoing RTP stream to one viewer (RFC 3550 §5): its numbers, its clock, what was sent lately
 * and can be sent again (RTX, RFC 4588). The payloads belong to shared frames. */
#ifndef RTC_RTP_STREAM_H
#define RTC_RTP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "proto/rtc/rtcp.h"
#include "rtc/frame.h"
#include "rtc/srtp.h"

enum {
	RTP_SENT_MAX = 256,      /* frames, or parts of frames, that can be sent again */
	RTP_PACKET_MAX = 1232,   /* a whole protected packet */
	RTP_SEND_CHUNK_MAX = 32, /* packets of one call */
};
#define RTP_HISTORY_NS (2 * CLOCK_NS_PER_S) /* longer than this nobody waits for a packet */

/* A run of packets of one frame. */
struct rtp_sent {
	struct frame *frame; /* a reference */
	uint64_t sequence;   /* of the first, extended */
	uint32_t first, count;
	uint32_t time;
	uint64_t at_ns;
};

struct rtp_stream_setup {
	uint32_t ssrc, rtx_ssrc;
	uint8_t payload_type;
	uint8_t rtx_payload_type; /* used if has_rtx */
	uint8_t abs_send_time_id; /* 0: none */
	bool has_rtx;
	bool marks_last; /* video: the marker ends a frame */
	uint32_t clock_hz;
};

struct rtp_stream {
	struct rtp_stream_setup setup;
	bool is_set_up;
	uint64_t sequence, rtx_sequence; /* of the next packet; the low 16 bits go out */
	uint32_t time_offset;
	uint32_t packets, octets; /* for sender reports */
	uint64_t bytes;           /* everything, with headers */
	uint64_t again;           /* packets sent again */
	struct rtp_sent *sent;    /* RTP_SENT_MAX of them, a ring; NULL without RTX */
	uint32_t sent_next;
};

/* Where finished packets go. */
struct rtp_output {
	struct srtp_session *srtp;
	/* Room for one packet of RTP_PACKET_MAX bytes; NULL: the way is blocked. */
	uint8_t *(*reserve)(void *owner);
	void (*commit)(void *owner, size_t size);
	void *owner;
};

/* -ENOMEM, -EIO without randomness. */
NODISCARD int rtp_stream_init(struct rtp_stream *stream, const struct rtp_stream_setup *setup);
void rtp_stream_finish(struct rtp_stream *stream);

/* The RTP time of a moment on Ward's clock. */
uint32_t rtp_stream_time(const struct rtp_stream *stream, uint64_t boot_ns);

/* Sends packets of a packed frame from `first` on, at most RTP_SEND_CHUNK_MAX of them. How many
 * went out: fewer if the way is blocked. -EIO if they could not be protected. */
NODISCARD int rtp_stream_send(struct rtp_stream *stream, const struct rtp_output *output,
			      struct frame *frame, uint32_t first, uint64_t now_ns);

/* Sends a lost packet again, on the RTX stream. 0 if it is not remembered, else its size. */
size_t rtp_stream_send_again(struct rtp_stream *stream, const struct rtp_output *output,
			     uint16_t sequence, uint64_t now_ns);

/* The figures of a sender report for now. */
void rtp_stream_report(const struct rtp_stream *stream, uint64_t now_ns, uint64_t real_us,
		       struct rtcp_sender *ret_sender);

#endif
