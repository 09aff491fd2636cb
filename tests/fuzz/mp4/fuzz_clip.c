/* Whatever a disk holds in place of init segments and fragments is refused, or becomes the head of
 * a file whose boxes add up and whose parts lie within the fragments' samples.
 * Input: pieces, each after its u16 size: an init segment for track `size` modulo 4 if it begins
 * with `ftyp`, else a fragment of the newest format. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "proto/mp4/mp4_movie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES = 3000, PARTS = 16 };

static struct mp4_clip clip;
static struct mp4_clip_sample samples[SAMPLES];
static struct mp4_part parts[PARTS];
static uint8_t head[512 * 1024];

static void check_boxes(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);

	for (unsigned i = 0; i < 2; i++) { /* ftyp, moov; mdat's bytes are not here */
		uint32_t box = bytes_get_be32(&reader);

		assert(box >= 8);
		assert(bytes_get(&reader, box - 4));
	}
	assert(bytes_left(&reader) == 8 || bytes_left(&reader) == 16);
}

static void check_clip(void)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < clip.part_count; i++) {
		assert(parts[i].at == at);
		at += parts[i].size;
	}
	assert(at == clip.data_size);
	if (mp4_clip_finish(&clip) < 0)
		return;
	size_t room = mp4_movie_room(&clip);

	assert(room <= sizeof(head));
	int64_t size = mp4_movie_build(&clip, head, room);

	assert(size > 0);
	check_boxes(head, (size_t)size);
}

static int add(struct bytes piece, unsigned track, int newest)
{
	if (piece.size > 8 && memcmp(piece.data + 4, "ftyp", 4) == 0) {
		int entry = mp4_clip_add_init(&clip, track, piece);

		return entry < 0 ? newest : entry;
	}
	if (newest < 0)
		return newest;

	struct mp4_clip_fragment fragment = {.entry = (unsigned)newest, .head = piece};
	int r = mp4_clip_add_fragment(&clip, &fragment);

	assert(r == 0 || r == -EBADMSG || r == -EMSGSIZE);
	return newest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mp4_clip_room room = {samples, parts, SAMPLES, PARTS};
	struct bytes_reader reader = bytes_read(data, size);
	uint64_t from = bytes_get_be64(&reader) >> 2, length = bytes_get_be32(&reader);
	int newest = -1;

	mp4_clip_init(&clip, from, from + length, &room);
	while (bytes_left(&reader) > 2) {
		uint16_t piece = bytes_get_be16(&reader);
		const uint8_t *at = bytes_get(&reader, piece);

		if (at)
			newest =
				add((struct bytes){at, piece}, piece % MP4_CLIP_TRACKS_MAX, newest);
	}
	check_clip();
	return 0;
}
