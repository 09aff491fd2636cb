#include "proto/mp4/mp4_flac.h"

#include <errno.h>

enum {
	BOX_HEAD_SIZE = 8,
	CHANNELS_AT = 24, /* in a sample entry, before sample size and rate */
	RATE_AT = 32,
	TRUN_SAMPLE_SIZE = 16,
	TRUN_SIZE_AT = 4, /* in such a sample */
};

uint32_t mp4_flac_hz(struct bytes entry)
{
	struct bytes_reader reader = bytes_read(entry.data, entry.size);

	bytes_get(&reader, RATE_AT);
	return bytes_get_be32(&reader) >> 16;
}

enum g711_law mp4_flac_law(struct bytes entry)
{
	struct bytes_reader reader = bytes_read(entry.data, entry.size);

	bytes_get(&reader, CHANNELS_AT);
	uint16_t channels = bytes_get_be16(&reader);
	uint32_t hz = mp4_flac_hz(entry);

	if (reader.failed || channels != 1 || hz == 0 || hz > FLAC_HZ_MAX)
		return G711_NONE;
	if (memcmp(entry.data + 4, "alaw", 4) == 0)
		return G711_ALAW;
	return memcmp(entry.data + 4, "ulaw", 4) == 0 ? G711_ULAW : G711_NONE;
}

static void overwrite_be32(uint8_t *at, uint32_t value)
{
	struct bytes_writer writer = bytes_write(at, 4);

	bytes_put_be32(&writer, value);
}

/* ---- init segments ---- */

/* The box of that type that begins within `size` bytes at `data` and holds the byte `inner`. */
static uint8_t *box_around(uint8_t *data, size_t size, const char *type, const uint8_t *inner)
{
	struct bytes_reader reader = bytes_read(data, size);

	while (bytes_left(&reader) >= BOX_HEAD_SIZE) {
		uint8_t *start = data + (reader.at - data);
		uint32_t box_size = bytes_get_be32(&reader);
		const uint8_t *found = bytes_get(&reader, 4);

		if (box_size < BOX_HEAD_SIZE || !bytes_get(&reader, box_size - BOX_HEAD_SIZE))
			return NULL;
		if (memcmp(found, type, 4) == 0 && inner >= start && inner < start + box_size)
			return start;
	}
	return NULL;
}

static uint32_t size_of_box(const uint8_t *box)
{
	struct bytes_reader reader = bytes_read(box, 4);

	return bytes_get_be32(&reader);
}

/* All boxes around the entry at `inner` become longer or shorter by as much as it does. */
static int resize_around(uint8_t *data, size_t size, uint8_t *inner, int change)
{
	static const char *const path[] = {"moov", "trak", "mdia", "minf", "stbl", "stsd"};
	uint8_t *boxes[ARRAY_COUNT(path)];

	for (size_t i = 0; i < ARRAY_COUNT(path); i++) {
		boxes[i] = box_around(data, size, path[i], inner);
		if (!boxes[i])
			return -EBADMSG;
		data = boxes[i] + BOX_HEAD_SIZE;
		size = size_of_box(boxes[i]) - BOX_HEAD_SIZE;
	}
	for (size_t i = 0; i < ARRAY_COUNT(path); i++)
		overwrite_be32(boxes[i], (uint32_t)((int64_t)size_of_box(boxes[i]) + change));
	return 0;
}

int mp4_flac_put_init(struct bytes_writer *writer, struct bytes init)
{
	struct mp4_init parsed;

	if (mp4_read_init(init, &parsed) < 0 || mp4_flac_law(parsed.entry) == G711_NONE)
		return -EBADMSG;
	size_t before = (size_t)(parsed.entry.data - init.data);
	size_t after = init.size - before - parsed.entry.size;
	uint8_t *whole = writer->at;

	/* First as it is, so that the boxes can be found; then with the other entry. */
	bytes_put(writer, init.data, init.size);
	if (writer->failed ||
	    resize_around(whole, init.size, whole + before,
			  FLAC_ENTRY_SIZE - (int)parsed.entry.size) < 0)
		return -EBADMSG;
	writer->at = whole + before;
	flac_put_entry(writer, mp4_flac_hz(parsed.entry));
	bytes_put(writer, init.data + init.size - after, after);
	return writer->failed ? -EBADMSG : 0;
}

/* ---- fragments ---- */

int64_t mp4_flac_size(const struct mp4_fragment *fragment, uint32_t first, uint32_t end)
{
	uint64_t at = 0;
	int64_t size = 0;

	for (uint32_t i = 0; i < end; i++) {
		struct mp4_sample sample = mp4_sample_of(fragment, i);

		if (sample.size == 0 || sample.size > FLAC_SAMPLES_MAX)
			return -EBADMSG;
		if (i >= first)
			size += (int64_t)flac_frame_size(at, sample.size);
		at += sample.size;
	}
	return size;
}

int64_t mp4_flac_fragment_size(struct bytes data)
{
	struct mp4_fragment fragment;

	if (mp4_read_fragment(data, &fragment) < 0)
		return -EBADMSG;
	int64_t size = mp4_flac_size(&fragment, 0, fragment.sample_count);

	return size < 0 ? size : size + fragment.data_at;
}

int mp4_flac_put_samples(struct bytes_writer *writer, struct bytes data, enum g711_law law,
			 uint32_t skip, uint32_t count)
{
	struct mp4_fragment fragment;
	uint64_t at = 0;

	if (mp4_read_fragment(data, &fragment) < 0 ||
	    (uint64_t)fragment.data_at + fragment.data_size > data.size ||
	    mp4_flac_size(&fragment, 0, fragment.sample_count) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < fragment.sample_count && count > 0; i++) {
		struct mp4_sample sample = mp4_sample_of(&fragment, i);

		if (fragment.data_at + at >= skip) {
			flac_put_frame(writer, law,
				       (struct bytes){data.data + fragment.data_at + at,
						      sample.size},
				       at);
			count--;
		}
		at += sample.size;
	}
	return count > 0 || writer->failed ? -EBADMSG : 0;
}

int mp4_flac_put_fragment(struct bytes_writer *writer, struct bytes data, enum g711_law law)
{
	struct mp4_fragment fragment;

	if (mp4_read_fragment(data, &fragment) < 0)
		return -EBADMSG;
	int64_t size = mp4_flac_size(&fragment, 0, fragment.sample_count);
	uint8_t *head = writer->at;
	uint64_t at = 0;

	bytes_put(writer, data.data, fragment.data_at);
	if (size < 0 || size > INT32_MAX || writer->failed)
		return -EBADMSG;
	for (uint32_t i = 0; i < fragment.sample_count; i++) {
		uint8_t *place = head + (fragment.samples - data.data) +
				 (size_t)i * TRUN_SAMPLE_SIZE + TRUN_SIZE_AT;
		uint32_t bytes = mp4_sample_of(&fragment, i).size;

		overwrite_be32(place, (uint32_t)flac_frame_size(at, bytes));
		at += bytes;
	}
	overwrite_be32(head + fragment.data_at - BOX_HEAD_SIZE, (uint32_t)size + BOX_HEAD_SIZE);
	return mp4_flac_put_samples(writer, data, law, fragment.data_at, fragment.sample_count);
}
