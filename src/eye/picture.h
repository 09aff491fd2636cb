/* One camera's pictures, from what it sends to a small picture of a fixed size, by libavcodec and
 * libswscale. What is decoded comes from strangers. */
#ifndef EYE_PICTURE_H
#define EYE_PICTURE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "proto/see/box.h"
#include "proto/see/motion.h"

enum {
	PICTURE_SIDE_MIN = 16,
	PICTURE_SIDE_MAX = 8192,
	PICTURE_PIXELS_MAX = 4096 * 2304,
	PICTURE_CONFIG_MAX = 4096,
};

struct AVFrame;
struct SwsContext;
struct picture_decoder;

/* Opens every decoder and scaler once, before the sandbox closes. */
NODISCARD int picture_warm_up(void);

/* `config` as enum media_codec says; pictures of more than `pixels_max` cannot be decoded.
 * -EPROTONOSUPPORT, -EBADMSG, -ENOMEM. */
NODISCARD int picture_decoder_create(uint32_t codec, struct bytes config, uint32_t pixels_max,
				     struct picture_decoder **ret_decoder);
void picture_decoder_destroy(struct picture_decoder *decoder);
AUTO_DEFINE(picture_decoder)

/* A frame that is looked at alone: the decoder gives its picture at once, and then begins anew. */
NODISCARD int picture_decode_alone(struct picture_decoder *decoder, struct bytes unit,
				   struct AVFrame **ret_frame);
/* One of a sequence. -EAGAIN: no picture yet. Both: -EBADMSG if it cannot be decoded; the frame is
 * the decoder's and valid until the next call. */
NODISCARD int picture_decode_next(struct picture_decoder *decoder, struct bytes unit,
				  struct AVFrame **ret_frame);
/* The next one is the first of a sequence. */
void picture_restart(struct picture_decoder *decoder);

/* A small copy: blue, green, red, by rows of fit.width pixels. */
struct picture {
	struct SwsContext *scaler;
	struct box_fit fit;
	int width, height, format; /* what the scaler was made for */
	uint8_t *pixels;           /* room for the whole input */
};

/* Zero-initialised before. -EBADMSG: no picture that can be scaled; -ENOMEM. */
NODISCARD int picture_take(struct picture *picture, const struct AVFrame *frame,
			   uint32_t input_width, uint32_t input_height);
void picture_finish(struct picture *picture);

/* As the network wants it: planes of floats, with grey around it. */
void picture_fill(const struct picture *picture, float *input);
void picture_grid(const struct picture *picture, struct motion_grid *ret_grid);

#endif
