/* The sample tables of one track of a clip: `stbl` (ISO/IEC 14496-12 §8.5 to §8.7). */
#ifndef PROTO_MP4_MP4_TABLES_H
#define PROTO_MP4_MP4_TABLES_H

#include "proto/mp4/mp4_clip.h"

struct mp4_tables_place {
	uint64_t data_at; /* where the clip's data begin in the file */
	bool is_large;    /* offsets take 64 bits */
};

void mp4_tables_put(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned track,
		    const struct mp4_tables_place *place);

#endif
