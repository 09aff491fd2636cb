/* One recorded fragment to one small JPEG, by libavcodec: the key frame that it begins with. What
 * is decoded comes from strangers. */
#ifndef THUMB_PICTURE_H
#define THUMB_PICTURE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	PICTURE_SIDE_MAX = 8192,
	PICTURE_PIXELS_MAX = PICTURE_SIDE_MAX * PICTURE_SIDE_MAX,
	PICTURE_WIDTH_MAX = 240, /* of what is made; it keeps the proportions */
	PICTURE_HEIGHT_MAX = 180,
	/* Bytes that must be there to write to behind the fragment's: libavcodec reads past the
	   end. */
	PICTURE_PADDING = 64,
};

struct picture_source {
	struct bytes init; /* as proto/cmaf builds it */
	uint8_t *fragment; /* with PICTURE_PADDING bytes behind it; is written to */
	size_t fragment_size;
	uint32_t pixels_max; /* larger pictures are refused; at most PICTURE_PIXELS_MAX */
};

/* Opens every codec once and makes a picture of nothing, so that the libraries have made their
 * tables before the sandbox closes. 0 or a negative errno. */
NODISCARD int picture_warm_up(void);

/* Writes the JPEG, of at most `capacity` bytes. -EBADMSG: no such segment or fragment, or what it
 * holds cannot be decoded; -ENOENT: it does not begin with a key frame; -EPROTONOSUPPORT: no codec
 * for it; -EMSGSIZE: out of bounds; -ENOMEM. */
NODISCARD int picture_make(const struct picture_source *source, uint8_t *ret_jpeg, size_t capacity,
			   size_t *ret_size);

#endif
