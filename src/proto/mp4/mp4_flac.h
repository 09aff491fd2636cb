/* Recorded G.711 as players take it: the same init segments and fragments with FLAC in them. Times
 * and the number of samples stay, and how long each gets follows from its count of bytes. */
#ifndef PROTO_MP4_MP4_FLAC_H
#define PROTO_MP4_MP4_FLAC_H

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/flac/flac.h"
#include "proto/mp4/mp4_read.h"

/* Of an entry of `stsd`; G711_NONE: it is none, or none of one channel, at most 48 kHz. */
enum g711_law mp4_flac_law(struct bytes entry);
/* The rate of such an entry. */
uint32_t mp4_flac_hz(struct bytes entry);

/* Bytes of the samples from `first` on that are before `end`, once they are FLAC. -EBADMSG: one of
 * them has no bytes, or too many for a frame. */
NODISCARD int64_t mp4_flac_size(const struct mp4_fragment *fragment, uint32_t first, uint32_t end);

/* An init segment; at most FLAC_ENTRY_SIZE bytes longer than `init`. -EBADMSG: it is none of
 * G.711, or there is no room. */
NODISCARD int mp4_flac_put_init(struct bytes_writer *writer, struct bytes init);

/* How long a whole fragment gets. -EBADMSG. */
NODISCARD int64_t mp4_flac_fragment_size(struct bytes data);
NODISCARD int mp4_flac_put_fragment(struct bytes_writer *writer, struct bytes data,
				    enum g711_law law);

/* Writes `count` samples of the whole fragment `data`, beginning with the one at its byte `skip`.
 * -EBADMSG: there are no such ones. */
NODISCARD int mp4_flac_put_samples(struct bytes_writer *writer, struct bytes data,
				   enum g711_law law, uint32_t skip, uint32_t count);

#endif
