/* The pictures of one recorded fragment of H.265, decoded by libavcodec, in the order in which they
 * are shown. What is decoded comes from strangers: what cannot be is left out. */
#ifndef CONVERT_PICTURES_H
#define CONVERT_PICTURES_H

#include <libavcodec/avcodec.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/mp4/mp4_read.h"

struct pictures;

/* A decoder for what the init segment describes; pictures of more pixels are left out. -EBADMSG,
 * -EPROTONOSUPPORT: it is not H.265; -ENOMEM. */
NODISCARD int pictures_open(const struct mp4_init *init, uint32_t pixels_max,
			    struct pictures **ret_pictures);
void pictures_close(struct pictures *pictures);

/* What the init segment says of all pictures: shape, colours. Borrowed. */
const AVCodecContext *pictures_format(const struct pictures *pictures);

/* The samples to decode, which must stay where they are; `only_first`: none but the first. -EBADMSG: they
 * lie outside `data`. */
NODISCARD int pictures_load(struct pictures *pictures, struct bytes data,
			    const struct mp4_fragment *fragment, bool only_first);
/* The next picture, borrowed until the next call, its `pts` in the track's timescale since the
 * fragment's first decoding time; NULL: there are no more. */
AVFrame *pictures_next(struct pictures *pictures);

#endif
