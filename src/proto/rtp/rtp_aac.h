/* AAC over RTP (RFC 3640, modes AAC-hbr and AAC-lbr and what cameras make of them): several access
 * units in a packet, or one unit over several packets. Interleaved units and the optional header
 * fields of other modes are refused. */
#ifndef PROTO_RTP_RTP_AAC_H
#define PROTO_RTP_RTP_AAC_H

#include "proto/rtp/bits.h"
#include "proto/rtp/rtp_frame.h"
#include "proto/rtp/rtp_packet.h"

enum {
	RTP_AAC_UNIT_SIZE_MAX = 8192, /* what 13 bits can say */
	RTP_AAC_UNIT_SAMPLES = 1024,
};

/* From the fmtp line: sizelength, indexlength, indexdeltalength. */
struct rtp_aac_options {
	uint8_t size_bits, index_bits, delta_bits;
};
static const struct rtp_aac_options rtp_aac_hbr = {13, 3, 3};
static const struct rtp_aac_options rtp_aac_lbr = {6, 2, 2};

struct rtp_aac {
	struct rtp_aac_options options;
	struct bits heads; /* of the units still in the packet */
	size_t heads_end;  /* in bits */
	struct bytes_reader units;
	uint32_t timestamp; /* of the next unit */
	unsigned unit;      /* its place in the packet */
	bool has_gap;
	size_t wanted; /* size of the unit being put together; 0: none */
	bool is_last;  /* the packet's marker: its (last) unit ends here */
	size_t size;
	uint8_t buffer[RTP_AAC_UNIT_SIZE_MAX];
	uint64_t broken;
};

/* Zeroes `aac`. -EINVAL for bit counts that no unit size fits. */
NODISCARD int rtp_aac_init(struct rtp_aac *aac, const struct rtp_aac_options *options);

/* As rtp_video_push and rtp_video_next. */
void rtp_aac_push(struct rtp_aac *aac, const struct rtp_packet *packet, bool after_gap);
bool rtp_aac_next(struct rtp_aac *aac, struct rtp_frame *ret_frame);

/* What an AudioSpecificConfig (ISO 14496-3 §1.6.2.1) says. */
struct aac_config {
	uint32_t rate_hz;
	uint32_t channels;
};
NODISCARD int aac_parse_config(const uint8_t *config, size_t size, struct aac_config *ret_config);

#endif
