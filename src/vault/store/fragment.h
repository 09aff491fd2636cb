/* One fragment on its way from the frame store to the pack: its samples, and the parts it is sealed
 * from. Nothing is copied; the frames must stay where they are until it is written. */
#ifndef VAULT_STORE_FRAGMENT_H
#define VAULT_STORE_FRAGMENT_H

#include "vault/store/recorder.h"

enum {
	FRAGMENT_SALT_SIZE = 32,
	FRAGMENT_FREE_SIZE = 8 + FRAGMENT_SALT_SIZE, /* the box with the salt, before `moof` */
	FRAGMENT_FRAMES_MAX = CMAF_SAMPLES_MAX,
	FRAGMENT_HEAD_MAX = 32 * 1024,
};

struct fragment {
	struct cmaf_sample samples[FRAGMENT_FRAMES_MAX];
	struct bytes parts[2 + FRAGMENT_FRAMES_MAX]; /* free box, head, one for each frame */
	uint32_t count;
	uint64_t start_us,
		last_us; /* of the first and the last picture that is shown, wall clock */
	uint8_t free_box[FRAGMENT_FREE_SIZE];
	uint8_t head[FRAGMENT_HEAD_MAX];
};

/* µs → units of the timescale, without overflow in this millennium. */
uint64_t fragment_units(uint64_t us, uint32_t timescale);

/* Frames first..last of the recorder's track that are still kept. */
void fragment_gather(const struct recorder *recorder, const struct track *track, uint64_t last,
		     struct fragment *fragment);

/* Where it ends if the next frame is at `next_us` (0: unknown): there, or a frame's length behind
 * its last one if that is a hole. */
uint64_t fragment_end(const struct fragment *fragment, uint64_t next_us);

/* Head, salt and plaintext hash. -EINVAL: no fragment can be made of it. */
NODISCARD int fragment_finish(struct fragment *fragment, const struct recorder_track *recorded,
			      struct block_piece *piece);

/* Room for `size` bytes; more than 4 MB are not kept longer than needed. -ENOMEM. */
NODISCARD int fragment_make_room(struct recorder_room *room, size_t size);

/* Seals the parts as one age file at the pack's end: offset, size and hash of the piece. */
NODISCARD int fragment_append(struct recorder *recorder, const struct bytes *parts, size_t count,
			      struct block_piece *piece);

#endif
