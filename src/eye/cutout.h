/* The part of a picture in which a face is looked for, as an image of a bounded size; and pictures
 * that come as files, which strangers may have made. By libavcodec and libswscale. */
#ifndef EYE_CUTOUT_H
#define EYE_CUTOUT_H

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/see/box.h"
#include "proto/see/face.h"

enum {
	CUTOUT_SIDE_MAX = 640, /* pixels: a larger part is shrunk */
	CUTOUT_SIDE_MIN = 24,
	CUTOUT_FILE_PIXELS_MAX =
		4 << 20, /* a file of FACE_PICTURE_MAX bytes says nothing with more */
};

struct AVFrame;
struct SwsContext;

/* Zero-initialised before. */
struct cutout {
	struct SwsContext *scaler;
	struct AVFrame *part;
	uint8_t *pixels;
};

/* Also opens what cutout_decode_file uses, once: later nothing can be opened. -ENOMEM. */
NODISCARD int cutout_init(struct cutout *cutout);
void cutout_finish(struct cutout *cutout);

/* The image is the cutout's, until the next call. -ENOENT: the part is too small; -EBADMSG: so is
 * the picture, or it cannot be scaled; -ENOMEM. */
NODISCARD int cutout_take(struct cutout *cutout, const struct AVFrame *frame,
			  const struct box *region, struct face_image *ret_image);

/* The picture in a JPEG or PNG file, the caller's. -EBADMSG: none, or one of more pixels. */
NODISCARD int cutout_decode_file(struct bytes file, uint32_t pixels_max,
				 struct AVFrame **ret_frame);

#endif
