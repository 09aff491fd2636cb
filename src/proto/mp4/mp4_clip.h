/* One playable MP4 file made of recorded fragments: what `Save clip` gives to a person. A plain
 * file with its tables in front (ISO/IEC 14496-12), since that plays everywhere, also where
 * fragmented files do not, and since only its edit lists begin a clip at an exact picture.
 *
 * First each fragment's head is added, in order of time; then the file's head is built; then the
 * file is that head and, of each part in order, what mp4_clip_part gives. All follows
 * from the recording, the range and the tracks alone: a download that was cut goes on anywhere.
 *
 * Pure: the caller brings the memory, and reads the fragments. */
#ifndef PROTO_MP4_MP4_CLIP_H
#define PROTO_MP4_MP4_CLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "proto/mp4/mp4_read.h"

enum {
	MP4_CLIP_TRACKS_MAX = TRACK_COUNT,
	MP4_CLIP_ENTRIES_MAX = 16,        /* formats, of all tracks: cameras are reconfigured */
	MP4_CLIP_ENTRY_BYTES = 32 * 1024, /* of all of them together */
	MP4_CLIP_SAMPLES_MAX = 1200000,   /* about four hours of 25 pictures and sound */
	MP4_CLIP_PARTS_MAX = 64 * 1024,
	MP4_CLIP_HOLE_MS = 1000,    /* a picture is not seen for longer, unless it says so itself */
	MP4_CLIP_LEAD_MS = 200,     /* of sound before the first moment, for its decoder */
	MP4_CLIP_TIMESCALE = 90000, /* of the movie */
};

/* One run of samples out of one fragment. */
struct mp4_part {
	uint64_t fragment;   /* the caller's own number */
	uint64_t at;         /* in the file, behind its head */
	uint32_t skip; /* bytes of the fragment before it */
	uint32_t size; /* bytes in the file */
	uint32_t sample, sample_count;
	uint8_t track, entry;
};

struct mp4_clip_sample {
	uint32_t size;
	uint32_t duration;
	int32_t composition;
	bool is_key;
};

struct mp4_clip_track {
	bool is_used, is_video, has_samples;
	uint16_t width, height;
	uint32_t timescale;
	uint32_t last_sample; /* in `samples` */
	uint64_t first_dts, last_dts;
	uint64_t first_pts, end_pts;
	uint64_t shown_pts; /* of the picture that is seen at `from`, if has_shown */
	uint64_t shown_end; /* by its own duration */
	uint64_t after_pts; /* of the one after it; 0: none yet */
	bool has_shown;
	uint32_t advance; /* how far presentation is put off so that no composition is negative */
};

struct mp4_clip_entry {
	uint16_t at, size; /* in `entry_bytes` */
	uint8_t track;
	uint8_t law; /* enum g711_law: what it is made into FLAC from, since phones play no G.711 */
	uint32_t timescale;
};

struct mp4_clip {
	uint64_t from_us, to_us; /* wall clock */
	uint64_t start;          /* the first moment shown, in MP4_CLIP_TIMESCALE; after finish */
	uint64_t data_size;      /* of all parts */
	struct mp4_clip_sample *samples;
	struct mp4_part *parts;
	uint32_t sample_count, sample_capacity, part_count, part_capacity;
	struct mp4_clip_track tracks[MP4_CLIP_TRACKS_MAX];
	unsigned entry_count, entry_size;
	struct mp4_clip_entry entries[MP4_CLIP_ENTRIES_MAX];
	uint8_t entry_bytes[MP4_CLIP_ENTRY_BYTES];
};

/* `samples` and `parts` stay the caller's and hold that many. */
struct mp4_clip_room {
	struct mp4_clip_sample *samples;
	struct mp4_part *parts;
	uint32_t sample_capacity, part_capacity;
};

void mp4_clip_init(struct mp4_clip *clip, uint64_t from_us, uint64_t to_us,
		   const struct mp4_clip_room *room);

/* What the next fragments of a track are: an init segment. The format's number, the same one again
 * for the same format; -EBADMSG; -EMSGSIZE if there are too many; -EINVAL if the track was of
 * another kind before. */
NODISCARD int mp4_clip_add_init(struct mp4_clip *clip, unsigned track, struct bytes init);

struct mp4_clip_fragment {
	uint64_t number; /* the caller's own */
	unsigned entry;  /* as mp4_clip_add_init said */
	struct bytes head;
};

/* Takes those samples that the clip needs: from a key frame on, and none after the end. A track's
 * fragments come in order of time, video from the key frame on that precedes the clip's start.
 * 0, -EBADMSG, or -EMSGSIZE if there is no more room. */
NODISCARD int mp4_clip_add_fragment(struct mp4_clip *clip,
				    const struct mp4_clip_fragment *fragment);

/* After the last fragment: where the clip begins. -ENOENT: there is nothing in it. */
NODISCARD int mp4_clip_finish(struct mp4_clip *clip);

/* The part with that byte of the data; `at` is below data_size. */
const struct mp4_part *mp4_clip_find_part(const struct mp4_clip *clip, uint64_t at);

/* How many bytes of room mp4_clip_part needs; 0: none. */
size_t mp4_clip_part_room(const struct mp4_clip *clip, const struct mp4_part *part);
/* The part's bytes, out of its whole fragment: where they lie in it, or written into `room`. -EBADMSG: the fragment is not the one whose head was added. */
NODISCARD int mp4_clip_part(const struct mp4_clip *clip, const struct mp4_part *part,
			    struct bytes fragment, uint8_t *room, struct bytes *ret_bytes);

/* In another timescale, rounded down. */
uint64_t mp4_clip_rescale(uint64_t time, uint32_t from, uint32_t to);

#endif
