/* Cuts one frame into RTP payloads (H.264: RFC 6184 §5, single NAL units, STAP-A, FU-A; H.265: RFC
 * 7798 §4.4, single, AP, FU; sound: the frame is the payload). It is done once; what is sent to a
 * viewer is only numbered and encrypted.
 *
 * All fragments of a NAL unit but its last have the same size, so that the kernel can cut one large
 * datagram into them (UDP GSO). */
#ifndef PROTO_RTC_PACKER_H
#define PROTO_RTC_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	/* 1200 bytes pass everywhere; less the RTP header (12), abs-send-time (8), the number of a
	 * repeated packet (2), the GCM tag (16) and two to spare. */
	PACKER_PAYLOAD_MAX = 1160,
	PACKER_PACKETS_MAX = 16384, /* of one frame */
};

enum packer_kind { PACKER_H264, PACKER_H265, PACKER_WHOLE };

struct packer_packet {
	uint32_t offset; /* into the bytes */
	uint16_t size;
	bool is_last; /* of its frame: the RTP marker of video */
};

struct packer_source {
	enum packer_kind kind;
	struct bytes config; /* parameter sets that go before a key frame; size 0: none */
	struct bytes frame;  /* NAL units, each after its u32 big-endian size; sound: as it is */
};

/* What the caller must provide, at most, for `source`. -EBADMSG if sizes do not add up, -EMSGSIZE
 * over PACKER_PACKETS_MAX or if sound does not fit one packet. */
NODISCARD int packer_measure(const struct packer_source *source, uint32_t *ret_packets,
			     size_t *ret_bytes);

/* Fills both; they have the room that packer_measure asked for. The number of packets. */
NODISCARD int packer_run(const struct packer_source *source, uint8_t *ret_bytes,
			 struct packer_packet *ret_packets);

#endif
