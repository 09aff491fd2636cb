/* G.711 (ITU-T) as FLAC (RFC 9639) in MP4 ("Encapsulation of FLAC in ISO Base Media File Format").
 * One channel, 16 bits, verbatim subframes: the size of a frame follows from its count of
 * samples, and a frame needs no other one to be decoded. Pure. */
#ifndef PROTO_FLAC_FLAC_H
#define PROTO_FLAC_FLAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum g711_law { G711_NONE, G711_ALAW, G711_ULAW };

enum {
	FLAC_HZ_MAX = 48000,
	FLAC_SAMPLES_MAX = 65535, /* of one frame */
	FLAC_ENTRY_SIZE = 86,     /* of the sample description */
	FLAC_FRAME_ROOM = 18,     /* no frame has more bytes besides its samples */
};

/* The loudness that a byte stands for. */
int16_t g711_expand(enum g711_law law, uint8_t byte);

/* Bytes of a frame of `count` samples, 1..FLAC_SAMPLES_MAX; `first` is the number of its first
 * sample in the stream, below 2^36. */
size_t flac_frame_size(uint64_t first, size_t count);
void flac_put_frame(struct bytes_writer *writer, enum g711_law law, struct bytes samples,
		    uint64_t first);

/* One entry of `stsd`: fLaC with its dfLa; `hz` at most FLAC_HZ_MAX. */
void flac_put_entry(struct bytes_writer *writer, uint32_t hz);

#endif
