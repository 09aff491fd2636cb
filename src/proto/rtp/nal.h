/* What Ward must know of a NAL unit of H.264 or H.265 without decoding it. */
#ifndef PROTO_RTP_NAL_H
#define PROTO_RTP_NAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nal_class {
	NAL_DROP,       /* filler, delimiters and layers that browsers cannot use */
	NAL_SLICE,      /* a piece of the picture */
	NAL_PARAMETERS, /* a VPS, SPS or PPS: goes into the track's config, not into frames */
	NAL_EXTRA,      /* SEI: travels with the frame */
};

struct nal_info {
	enum nal_class class;
	bool starts_picture; /* nothing of this access unit that a decoder needs stands before it */
	bool is_key;         /* slice of a picture that a decoder may start at */
	bool is_intra;       /* slice that refers to no other picture */
	bool is_recovery;    /* SEI: exact pictures from this one on */
	uint8_t rank, id;    /* parameters: VPS 0, SPS 1, PPS 2, and its number */
};

enum { NAL_RANK_VPS, NAL_RANK_SPS, NAL_RANK_PPS };

/* Looks at one NAL unit (header included). A unit that cannot be read is NAL_DROP. */
typedef struct nal_info nal_inspect_fn(const uint8_t *nal, size_t size);

#endif
