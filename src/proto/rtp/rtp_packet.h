/* RTP data packets (RFC 3550 §5.1).
 *
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *	|                           timestamp                           |
 *	|                             SSRC                              |
 *	|                 CSRC, 4 bytes each, CC times                  |
 */
#ifndef PROTO_RTP_RTP_PACKET_H
#define PROTO_RTP_RTP_PACKET_H

#include "base/attr.h"
#include "base/bytes.h"

enum { RTP_HEAD_SIZE = 12 };

struct rtp_packet {
	bool marker;
	uint8_t payload_type;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
	struct bytes payload; /* borrowed, without padding; may be empty */
};

/* -EBADMSG if it is no RTP packet. */
NODISCARD int rtp_packet_parse(const void *data, size_t size, struct rtp_packet *ret_packet);

/* Whether the bytes are RTCP, on whatever channel they came (RFC 5761 §4). */
bool rtp_packet_is_rtcp(const void *data, size_t size);

#endif
