/* The parameter sets of one video track, as the track's config carries them: VPS, SPS, PPS in this
 * order and by number, each after its u32 big-endian size. They come from the SDP, from the
 * stream, or both; a set of the same kind and number replaces the old. */
#ifndef PROTO_RTP_NAL_PARAMS_H
#define PROTO_RTP_NAL_PARAMS_H

#include "base/attr.h"
#include "proto/rtp/nal.h"

enum { NAL_PARAMS_SIZE_MAX = 4096, NAL_PARAMS_COUNT_MAX = 32 };

struct nal_params_set {
	uint16_t key; /* rank and number: the order */
	uint16_t at;  /* of the NAL unit, after its size */
	uint16_t size;
};

/* Zero-initialised before use. */
struct nal_params {
	size_t size, count;
	struct nal_params_set sets[NAL_PARAMS_COUNT_MAX];
	uint8_t data[NAL_PARAMS_SIZE_MAX];
};

/* Puts one set in, as inspected. 1 if that changed anything, 0 if it was there, -EMSGSIZE if there
 * is no room (then nothing changed). */
NODISCARD int nal_params_put(struct nal_params *params, const struct nal_info *info,
			     const uint8_t *nal, size_t size);

/* The first set of that rank; NULL if there is none. */
const struct nal_params_set *nal_params_find(const struct nal_params *params, uint8_t rank);

#endif
