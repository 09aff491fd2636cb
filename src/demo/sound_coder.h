/* Codes the nursery's sound for RTP: Opus, AAC or G.711. */
#ifndef DEMO_SOUND_CODER_H
#define DEMO_SOUND_CODER_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum sound_kind { SOUND_OPUS, SOUND_AAC, SOUND_PCMU, SOUND_KIND_COUNT };

enum { SOUND_BLOCK_MAX = 1024 };

/* What differs between the kinds. */
struct sound_format {
	const char *name;	 /* of the option */
	uint32_t block_samples;	 /* at SOUND_HZ, for one packet */
	uint32_t clock_hz;	 /* of its RTP time */
	uint8_t payload_type;
	const char *rtpmap;	 /* without "a=rtpmap:<type> " */
};

struct sound_coded {
	struct bytes data; /* valid until the next call; size 0: nothing yet */
	/* Samples at SOUND_HZ by which the packet's first sample lies before the block's. */
	uint32_t delay_samples;
};

struct sound_coder;

const struct sound_format *sound_format_of(enum sound_kind kind);

NODISCARD int sound_coder_create(enum sound_kind kind, struct sound_coder **ret_coder);
void sound_coder_destroy(struct sound_coder *coder);
AUTO_DEFINE(sound_coder)

/* AAC: the AudioSpecificConfig; else empty. */
struct bytes sound_coder_config(const struct sound_coder *coder);

/* Codes one block of block_samples. 0 or a negative errno. */
NODISCARD int sound_coder_encode(struct sound_coder *coder, const int16_t *samples,
				 struct sound_coded *ret_coded);

#endif
