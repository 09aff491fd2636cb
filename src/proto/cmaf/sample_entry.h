/* The sample description of a track: what a decoder must know before the first sample. */
#ifndef PROTO_CMAF_SAMPLE_ENTRY_H
#define PROTO_CMAF_SAMPLE_ENTRY_H

#include "proto/cmaf/cmaf.h"

/* One entry of `stsd` (ISO/IEC 14496-15 avc1/avcC, hvc1/hvcC; 14496-14 mp4a/esds; Opus in ISOBMFF
 * Opus/dOps; ulaw, alaw). 0, -EBADMSG, -ENOTSUP. */
NODISCARD int sample_entry_put(struct bytes_writer *writer, const struct cmaf_track *track);

#endif
