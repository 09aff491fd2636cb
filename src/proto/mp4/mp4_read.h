/* Reading back what proto/cmaf wrote: init segments and the heads of fragments, as they come out of
 * a pack. A pack is a file on a disk, so nothing in it is believed: what has not exactly the form
 * that cmaf_build_init and cmaf_build_head give is refused. */
#ifndef PROTO_MP4_MP4_READ_H
#define PROTO_MP4_MP4_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	MP4_SALT_SIZE = 40, /* bytes of the `free` box before each fragment */
	MP4_SAMPLE_DURATION_MAX = 1 << 30,             /* units; also of a composition offset */
};

/* The only track of an init segment. */
struct mp4_init {
	bool is_video;
	uint32_t timescale; /* not 0 */
	uint16_t width, height;
	struct bytes entry; /* of `stsd`, with its size and type; borrowed */
};

struct mp4_fragment {
	uint64_t decode_time;   /* of the first sample, in units of the track's timescale */
	uint32_t sample_count;  /* at least 1 */
	uint32_t data_at;       /* of the first sample's bytes, from the fragment's start */
	uint32_t data_size;     /* of all samples */
	const uint8_t *samples; /* borrowed: see mp4_sample_of */
};

struct mp4_sample {
	uint32_t duration, size;
	int32_t composition; /* presentation time less decoding time */
	bool is_key;
};

/* How pictures are coded, out of a sample entry. Borrowed. */
struct mp4_coding {
	const uint8_t *entry, *box; /* four characters each: "avc1" and "avcC", "hvc1" and "hvcC" */
	struct bytes config;        /* what is in that box (14496-15 §5.3, §8.3) */
};

/* 0 or -EBADMSG. */
NODISCARD int mp4_read_init(struct bytes data, struct mp4_init *ret_init);

/* `entry` is an init segment's. 0 or -EBADMSG. */
NODISCARD int mp4_read_coding(struct bytes entry, struct mp4_coding *ret_coding);

/* `data` begins with the fragment's `free` box and reaches at least to its samples; CMAF_HEAD_MAX
 * bytes always do. 0 or -EBADMSG. */
NODISCARD int mp4_read_fragment(struct bytes data, struct mp4_fragment *ret_fragment);

/* `index` is below the fragment's sample_count. */
struct mp4_sample mp4_sample_of(const struct mp4_fragment *fragment, uint32_t index);

#endif
