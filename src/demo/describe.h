/* The SDP (RFC 4566) of the camera's two addresses, /nursery and /nursery-sub. */
#ifndef DEMO_DESCRIBE_H
#define DEMO_DESCRIBE_H

#include "base/text.h"
#include "demo/studio.h"
#include "proto/rtsp/slice.h"

enum { DESCRIBE_SIZE_MAX = 2048, DESCRIBE_VIDEO_TYPE = 96, DESCRIBE_CLOCK_VIDEO = 90000 };
enum { DESCRIBE_TRACKS = 2 };  /* of one address: picture, sound */
enum { DESCRIBE_SPEAKER = 2 }; /* the back channel's track, behind them */

/* Which picture the address names, and which of its tracks (-1: all). -ENOENT. */
NODISCARD int describe_find(struct slice uri, enum studio_track *ret_picture, int *ret_track);

/* With the speaker for who asks for it (ONVIF Streaming §5.3.1). */
void describe_build(struct text *text, const struct studio *studio, enum studio_track picture,
		    bool with_speaker);

#endif
