/* RTP packets of sound on their way to a camera's speaker (RFC 3550 §5.1): one frame, one packet.
 * AAC stands behind the AU header of RFC 3640 §3.3.6; G.711 stands bare (RFC 3551 §4.5.14). */
#ifndef PROTO_RTP_RTP_BUILD_H
#define PROTO_RTP_RTP_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum { RTP_BUILD_GROWTH_MAX = 12 + 4 };

struct rtp_build {
	uint32_t codec; /* enum media_codec: PCMU, PCMA or AAC */
	uint8_t payload_type;
	uint16_t sequence; /* of the next packet */
	uint32_t ssrc;
	uint32_t time; /* of the first sample */
	bool is_begun; /* the first packet of a spurt carries the marker (RFC 3551 §4.1) */
};

/* Can sound of this codec be sent? */
bool rtp_build_knows(uint32_t codec);

/* Writes the packet of a frame that begins `sample` samples after the first, and counts it. The
 * size; -EMSGSIZE if `capacity` is too small, or the frame too large for its header. */
NODISCARD int rtp_build_sound(struct rtp_build *build, uint64_t sample, struct bytes frame,
			      uint8_t *ret_packet, size_t capacity);

#endif
