#include "vault/store/fragment.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM_SIZE_KEPT = 4 << 20,
	ALONE_US = 2000000, /* how long a picture that is alone may last */
};

static const char plain_prefix[] = "ward/pt/1"; /* its NUL belongs to it */

uint64_t fragment_units(uint64_t us, uint32_t timescale)
{
	return us / 1000000 * timescale + us % 1000000 * timescale / 1000000;
}

static void gather_frame(const struct recorder *recorder, const struct track *track,
			 uint64_t number, struct fragment *fragment)
{
	const struct recorder_track *recorded = &recorder->tracks[track->format.track];
	const struct gop_frame *frame = gop_find(&track->gop, number);

	if (!frame || frame->config != recorded->config)
		return;
	uint64_t us = (uint64_t)((int64_t)(frame->pts_ns / 1000) + recorder->wall_offset_us);

	if (fragment->count == 0 || us < fragment->start_us)
		fragment->start_us = us;
	if (us > fragment->last_us)
		fragment->last_us = us;
	fragment->samples[fragment->count] =
		(struct cmaf_sample){.pts = fragment_units(us, recorded->timescale),
				     .size = frame->size,
				     .is_key = (frame->flags & FRAME_KEY) != 0};
	fragment->parts[2 + fragment->count++] =
		(struct bytes){gop_data(&track->gop, number), frame->size};
}

void fragment_gather(const struct recorder *recorder, const struct track *track, uint64_t last,
		     struct fragment *fragment)
{
	uint64_t first = recorder->tracks[track->format.track].first;

	fragment->count = 0;
	fragment->last_us = 0;
	for (uint64_t n = first; n <= last && fragment->count < FRAGMENT_FRAMES_MAX; n++)
		gather_frame(recorder, track, n, fragment);
}

uint64_t fragment_end(const struct fragment *fragment, uint64_t next_us)
{
	uint64_t span_us = fragment->last_us - fragment->start_us;
	uint64_t frame_us = fragment->count > 1 ? span_us / (fragment->count - 1) : 0;
	uint64_t hole_us = fragment->count > 1 ? 3 * frame_us : ALONE_US;

	if (hole_us < RECORDER_GAP_MS * UINT64_C(1000))
		hole_us = RECORDER_GAP_MS * UINT64_C(1000);
	if (next_us > fragment->last_us && next_us - fragment->last_us <= hole_us)
		return next_us;
	return fragment->last_us + (frame_us ? frame_us : 1000);
}

/* `free` box with the salt in it, so that what `age -d` gives still is a plain MP4 fragment. */
static void fill_free_box(struct fragment *fragment)
{
	struct bytes_writer writer = bytes_write(fragment->free_box, sizeof(fragment->free_box));

	bytes_put_be32(&writer, FRAGMENT_FREE_SIZE);
	bytes_put(&writer, "free", 4);
	randombytes_buf(fragment->free_box + 8, FRAGMENT_SALT_SIZE);
	fragment->parts[0] = (struct bytes){fragment->free_box, FRAGMENT_FREE_SIZE};
}

static void hash_plain(const struct fragment *fragment, struct block_piece *piece)
{
	static struct bytes hashed[3 + FRAGMENT_FRAMES_MAX]; /* 16 KB, and never nested */

	hashed[0] = (struct bytes){(const uint8_t *)plain_prefix, sizeof(plain_prefix)};
	hashed[1] = (struct bytes){fragment->free_box + 8, FRAGMENT_SALT_SIZE};
	memcpy(&hashed[2], &fragment->parts[1], (fragment->count + 1) * sizeof(*hashed));
	sha256_parts(hashed, fragment->count + 3, piece->plain_hash);
}

int fragment_finish(struct fragment *fragment, const struct recorder_track *recorded,
		    struct block_piece *piece)
{
	struct cmaf_fragment description = {
		.sequence = recorded->number + 1,
		.end = fragment_units(piece->end_us, recorded->timescale),
		.samples = fragment->samples,
		.sample_count = fragment->count,
	};
	int size = cmaf_build_head(&description, fragment->head, sizeof(fragment->head));

	if (size < 0)
		return size;
	fill_free_box(fragment);
	fragment->parts[1] = (struct bytes){fragment->head, (size_t)size};
	hash_plain(fragment, piece);
	return 0;
}

/* ---- sealing ---- */

int fragment_make_room(struct recorder_room *room, size_t size)
{
	if (room->size >= size && (room->size <= ROOM_SIZE_KEPT || size > ROOM_SIZE_KEPT))
		return 0;
	free(room->data);
	room->data = malloc(size);
	room->size = room->data ? size : 0;
	return room->data ? 0 : -ENOMEM;
}

static int seal(struct recorder *recorder, const struct bytes *parts, size_t count,
		size_t *ret_size)
{
	struct recorder_room *room = recorder->room;
	struct age_sealer sealer;
	size_t plain = 0;

	for (size_t i = 0; i < count; i++)
		plain += parts[i].size;
	int rc = fragment_make_room(room, age_sealed_size(plain));

	if (rc == 0)
		rc = age_seal_begin(&sealer, recorder->epoch.public_key, room->data, room->size);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		age_seal_add(&sealer, parts[i].data, parts[i].size);
	return age_seal_end(&sealer, ret_size);
}

int fragment_append(struct recorder *recorder, const struct bytes *parts, size_t count,
		    struct block_piece *piece)
{
	size_t size;
	int rc = seal(recorder, parts, count, &size);

	if (rc == 0)
		rc = pack_append(&recorder->pack, recorder->room->data, size, &piece->offset);
	if (rc < 0)
		return rc;
	piece->size = (uint32_t)size;
	sha256_parts(&(struct bytes){recorder->room->data, size}, 1, piece->cipher_hash);
	return 0;
}
