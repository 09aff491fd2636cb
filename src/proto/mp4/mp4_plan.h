/* What must be read of a play to make a clip of it, one thing after the other: the list of
 * fragments in order of time, each format when it first comes, each fragment's head. Whoever asks
 * the vault, in whichever way, makes the same file. Pure: it says what to ask next, and takes the
 * answer. */
#ifndef PROTO_MP4_MP4_PLAN_H
#define PROTO_MP4_MP4_PLAN_H

#include "ipc/messages.h"
#include "proto/mp4/mp4_clip.h"

enum {
	MP4_PLAN_INITS_MAX = 256, /* each pack has its own */
	MP4_PLAN_SPAN_MAX_S = 4 * 3600,
};

struct mp4_plan {
	struct mp4_clip *clip;
	struct ipc_segment *segments; /* the caller's, for MP4_CLIP_PARTS_MAX */
	uint32_t count, next;
	uint32_t tracks; /* set of TRACK_BIT that the clip is to have */
	unsigned init_count;
	struct {
		uint64_t epoch_us, number;
		unsigned track, entry;
	} inits[MP4_PLAN_INITS_MAX];
};

/* `clip` is initialised. */
void mp4_plan_init(struct mp4_plan *plan, struct mp4_clip *clip, struct ipc_segment *segments,
		   uint32_t tracks);

/* Rows of the list, in any order. -EMSGSIZE: too many. */
NODISCARD int mp4_plan_list(struct mp4_plan *plan, struct bytes rows);
/* The list is whole. What was told twice, since a list is cut between blocks and not between
 * fragments, is there once. */
void mp4_plan_sort(struct mp4_plan *plan);

/* What is to be read next: fills in `what`, track and name. False: nothing, the clip can be
 * finished. */
bool mp4_plan_next(const struct mp4_plan *plan, struct ipc_play_read *ret_ask);
/* Its bytes. Errors as of mp4_clip_add_init and mp4_clip_add_fragment, -EMSGSIZE: too many formats.
 */
NODISCARD int mp4_plan_take(struct mp4_plan *plan, struct bytes data);
/* It was erased or damaged: the clip has a hole there. */
void mp4_plan_skip(struct mp4_plan *plan);

/* The whole fragment that a part is of. */
void mp4_plan_name_part(const struct mp4_plan *plan, const struct mp4_part *part,
			struct ipc_play_read *ret_ask);

#endif
