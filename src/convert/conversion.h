/* One recorded fragment of H.265 to one of H.264, for browsers that have no H.265: the same pictures at
 * the same times, at most 1280 × 720 pixels large. A function of the fragment and its init segment
 * alone. What is read comes from strangers. */
#ifndef CONVERT_CONVERSION_H
#define CONVERT_CONVERSION_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum { CONVERSION_PIXELS_MAX = 4096 * 4096 };

struct conversion_source {
	struct bytes init;     /* as proto/cmaf builds it */
	struct bytes fragment; /* CONVERT_INIT: none */
	enum convert_what what;
	uint32_t pixels_max; /* larger pictures are refused; at most CONVERSION_PIXELS_MAX */
};

/* Before all else: opens every codec once, so that the libraries have made their tables before the
 * sandbox closes, and silences them. 0 or a negative errno. */
NODISCARD int conversion_warm_up(void);

/* Writes an init segment or a fragment of at most `capacity` bytes. -EBADMSG: no such segment or
 * fragment, or nothing in it can be decoded; -ENOENT: it does not begin with a key frame;
 * -EPROTONOSUPPORT: it is not H.265; -EMSGSIZE: out of bounds; -ENOMEM. */
NODISCARD int conversion_make(const struct conversion_source *source, uint8_t *ret_data,
			      size_t capacity, size_t *ret_size);

#endif
