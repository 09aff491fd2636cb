/* H.264 for one size of picture, by libavcodec's libx264: constrained baseline, no delay, a key
 * frame every two seconds or when asked. */
#ifndef DEMO_PICTURE_CODER_H
#define DEMO_PICTURE_CODER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "demo/film.h"

enum { PICTURE_FPS = 15, PICTURE_KEY_EVERY = 2 * PICTURE_FPS };

struct picture_size {
	int width, height;
	int64_t bits_per_s;
};

/* NAL units, each after its u32 big-endian size. */
struct picture_coded {
	struct bytes data; /* valid until the next call */
	bool is_key;
};

struct picture_coder;

NODISCARD int picture_coder_create(const struct picture_size *size,
				   struct picture_coder **ret_coder);
void picture_coder_destroy(struct picture_coder *coder);
AUTO_DEFINE(picture_coder)

/* SPS and PPS, framed in the same way; valid as long as the coder. */
struct bytes picture_coder_config(const struct picture_coder *coder);

/* The planes to fill before the next picture_coder_encode. 0 or a negative errno. */
NODISCARD int picture_coder_begin(struct picture_coder *coder, struct film_picture *ret_picture);

/* Codes what was filled in. 0 or a negative errno. */
NODISCARD int picture_coder_encode(struct picture_coder *coder, bool wants_key,
				   struct picture_coded *ret_coded);

#endif
