/* Pictures to H.264 that every browser plays, by libx264: one key frame, then pictures that need only
 * those before them. Always with the same parameter sets for the same format, so that one init
 * segment serves all fragments, each of which is made alone. */
#ifndef CONVERT_CODER_H
#define CONVERT_CODER_H

#include <libavcodec/avcodec.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	CODER_WIDTH_MAX = 1280,
	CODER_HEIGHT_MAX = 720,
	CODER_SIDE_MIN = 16,
	CODER_TIMESCALE = 90000,
	CODER_RATE_MAX = 4000000, /* bit/s */
};

struct coder;

struct coder_format {
	int width, height;            /* of the original; made smaller to fit, in proportion */
	const AVCodecContext *decoder; /* of which shape and colours are taken over */
	int64_t rate_max;             /* bit/s, at most CODER_RATE_MAX */
};

/* -EBADMSG: not a size that can be; -EPROTONOSUPPORT: there is no libx264; -ENOMEM. */
NODISCARD int coder_open(const struct coder_format *format, struct coder **ret_coder);
void coder_close(struct coder *coder);

/* What is made. */
int coder_width(const struct coder *coder);
int coder_height(const struct coder *coder);
/* SPS and PPS, each after its u32 size (as a track's config in ipc/messages_media.h). Borrowed. */
struct bytes coder_config(const struct coder *coder);

/* Appends the picture as NAL units, each after its u32 size; later pictures have a later `pts`. The
 * picture may be changed. 0; -EMSGSIZE: there is no more room; -EBADMSG; -ENOMEM. */
NODISCARD int coder_put(struct coder *coder, AVFrame *picture, int64_t pts,
			struct bytes_writer *writer);

#endif
