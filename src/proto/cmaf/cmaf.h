/* One track as CMAF (ISO/IEC 23000-19): an init segment, then fragments of one `moof` and one
 * `mdat` each. Samples are stored as Ward carries them: video as NAL units each after its u32 size,
 * with the parameter sets in the init segment; audio as raw access units.
 *
 * Pure: times are in units of the track's timescale, and the samples' bytes are the caller's to put
 * behind the head. */
#ifndef PROTO_CMAF_CMAF_H
#define PROTO_CMAF_CMAF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	CMAF_INIT_MAX = 8192,    /* bytes of an init segment */
	CMAF_SAMPLES_MAX = 1024, /* in one fragment */
	CMAF_TIMESCALE_VIDEO = 90000,
	CMAF_MDAT_HEAD_SIZE = 8,
	CMAF_HEAD_MAX = 17 * 1024, /* no fragment has more bytes before its samples */
};

struct cmaf_track {
	uint32_t codec;     /* enum media_codec */
	uint32_t timescale; /* video: CMAF_TIMESCALE_VIDEO; audio: its sample rate */
	uint32_t width, height;
	uint32_t channels;
	struct bytes config; /* as in struct ipc_track's tail */
};

struct cmaf_sample {
	uint64_t pts;
	uint32_t size; /* bytes */
	bool is_key;
};

struct cmaf_fragment {
	uint32_t sequence; /* counts up from 1 */
	uint64_t end; /* where the next fragment begins, if known; 0: the last sample lasts as long
			 as the one before it */
	const struct cmaf_sample *samples; /* in decoding order */
	uint32_t sample_count;             /* 1..CMAF_SAMPLES_MAX */
};

/* The timescale that cmaf_track needs for a track as the camera described it. */
uint32_t cmaf_timescale(const struct ipc_track *track);

/* `ftyp` and `moov`. The bytes written, or -EBADMSG if the config lacks a parameter set or
 * anything is out of bounds, -ENOTSUP for a codec that has no box. */
NODISCARD int cmaf_build_init(const struct cmaf_track *track, uint8_t *ret_data, size_t capacity);

/* The `codecs` parameter of RFC 6381 for MediaSource, out of an init segment that cmaf_build_init made:
 * "avc1.42E01F", "mp4a.40.2", "opus"; "ulaw" and "alaw", which no browser plays (proto/flac), empty
 * for G.711 at another rate. The letters written; -EBADMSG, -EMSGSIZE. */
NODISCARD int cmaf_parse_codecs(struct bytes init, char *ret_text, size_t capacity);

size_t cmaf_head_size(uint32_t sample_count);

/* `moof` and the head of `mdat`; the samples' bytes follow in order. Decoding times are the sorted
 * presentation times, so that pictures may be reordered (B frames). The bytes written, or -EINVAL.
 */
NODISCARD int cmaf_build_head(const struct cmaf_fragment *fragment, uint8_t *ret_data,
			      size_t capacity);

#endif
