/* Fragments as the store keeps them, of pictures whose left half is white and whose right half is
 * black: for tests of what makes small pictures of them. */
#ifndef UNIT_THUMB_FILM_H
#define UNIT_THUMB_FILM_H

#include <stdint.h>

#include "proto/cmaf/cmaf.h"

enum { FILM_SIZE_MAX = 4 << 20 };

#define FILM_H264 .encoder = "libx264", .codec = CODEC_H264
#define FILM_H265 .encoder = "libx265", .codec = CODEC_H265

struct film_spec {
	const char *encoder; /* libx264, libx265 */
	enum media_codec codec;
	int width, height;
	int shape; /* how many times as wide as high a pixel is; 0: square */
	uint32_t frames;
	bool begins_late; /* without the key frame */
	bool is_noisy;    /* white and black are not even */
};

struct film {
	uint8_t init[CMAF_INIT_MAX], fragment[FILM_SIZE_MAX];
	size_t init_size, fragment_size;
};

/* Fails the test if it cannot be made. */
void film_make(const struct film_spec *spec, struct film *ret_film);

/* A JPEG, decoded: luma of one pixel. */
struct film_picture {
	int width, height;
	uint8_t left, right; /* in the middle of each half */
};
struct film_picture film_look(const uint8_t *jpeg, size_t size);

#endif
