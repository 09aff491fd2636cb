/* The head of a clip's file: `ftyp`, `moov` with all tables, and the head of `mdat`. */
#ifndef PROTO_MP4_MP4_MOVIE_H
#define PROTO_MP4_MP4_MOVIE_H

#include "proto/mp4/mp4_clip.h"

/* Room that is always enough for the head of this clip, bytes. */
size_t mp4_movie_room(const struct mp4_clip *clip);

/* The bytes written; the clip's data follow. The clip is finished. */
NODISCARD int64_t mp4_movie_build(const struct mp4_clip *clip, uint8_t *ret_data, size_t capacity);

#endif
