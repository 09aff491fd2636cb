#include "proto/mp4/mp4_read.h"

#include <errno.h>

enum {
	BOX_HEAD_SIZE = 8,
	FULL_BOX_HEAD_SIZE = 12,
	VISUAL_ENTRY_SIZE = 86, /* of a VisualSampleEntry before its boxes (14496-12 §12.1.3) */
	SAMPLE_SIZE = 16,
	TRUN_FLAGS = 0x01000f01, /* version 1: offset, durations, sizes, flags, compositions */
	TFHD_FLAGS = 0x00020000, /* offsets count from the moof */
	TFDT_FLAGS = 0x01000000, /* version 1: 64 bits */
	NOT_SYNC = 0x00010000,
};

static bool is_type(const uint8_t *type, const char *expected)
{
	return type && memcmp(type, expected, 4) == 0;
}

/* The next box, which must be of that type; what is in it. */
static struct bytes_reader enter(struct bytes_reader *outer, const char *type)
{
	uint32_t size = bytes_get_be32(outer);
	const uint8_t *found = bytes_get(outer, 4);

	if (size < BOX_HEAD_SIZE || !is_type(found, type))
		outer->failed = true;
	const uint8_t *content = outer->failed ? NULL : bytes_get(outer, size - BOX_HEAD_SIZE);
	struct bytes_reader inner = bytes_read(content, content ? size - BOX_HEAD_SIZE : 0);

	inner.failed = outer->failed;
	return inner;
}

/* The first box of that type among those that are left. */
static struct bytes_reader find(struct bytes_reader outer, const char *type)
{
	while (bytes_left(&outer) > 0) {
		struct bytes_reader peek = outer;
		uint32_t size = bytes_get_be32(&peek);

		if (is_type(bytes_get(&peek, 4), type))
			return enter(&outer, type);
		if (size < BOX_HEAD_SIZE || !bytes_get(&outer, size))
			break;
	}
	outer.failed = true;
	return outer;
}

/* ---- init segments ---- */

static void read_sizes(struct bytes_reader tkhd, struct mp4_init *init)
{
	bytes_get(&tkhd, FULL_BOX_HEAD_SIZE - BOX_HEAD_SIZE + 72);
	init->width = (uint16_t)(bytes_get_be32(&tkhd) >> 16);
	init->height = (uint16_t)(bytes_get_be32(&tkhd) >> 16);
}

static int read_entry(struct bytes_reader stsd, struct mp4_init *init)
{
	bytes_get(&stsd, 4);
	uint32_t count = bytes_get_be32(&stsd);
	const uint8_t *start = stsd.at;
	uint32_t size = bytes_get_be32(&stsd);

	if (stsd.failed || count != 1 || size < BOX_HEAD_SIZE + 8 || size != bytes_left(&stsd) + 4)
		return -EBADMSG;
	init->entry = (struct bytes){start, size};
	return 0;
}

int mp4_read_init(struct bytes data, struct mp4_init *ret_init)
{
	struct bytes_reader file = bytes_read(data.data, data.size);
	struct bytes_reader trak = find(find(file, "moov"), "trak");
	struct bytes_reader tkhd = find(trak, "tkhd"), mdia = find(trak, "mdia");
	struct bytes_reader mdhd = find(mdia, "mdhd"), hdlr = find(mdia, "hdlr");
	struct bytes_reader stsd = find(find(find(mdia, "minf"), "stbl"), "stsd");
	struct mp4_init init = {0};

	bytes_get(&mdhd, 12);
	init.timescale = bytes_get_be32(&mdhd);
	bytes_get(&hdlr, 8);
	const uint8_t *kind = bytes_get(&hdlr, 4);

	init.is_video = is_type(kind, "vide");
	if (tkhd.failed || mdhd.failed || !init.timescale ||
	    (!init.is_video && !is_type(kind, "soun")))
		return -EBADMSG;
	read_sizes(tkhd, &init);
	if (read_entry(stsd, &init) < 0)
		return -EBADMSG;
	*ret_init = init;
	return 0;
}

/* ---- fragments ---- */

struct mp4_sample mp4_sample_of(const struct mp4_fragment *fragment, uint32_t index)
{
	struct bytes_reader reader =
		bytes_read(fragment->samples + (size_t)index * SAMPLE_SIZE, SAMPLE_SIZE);
	struct mp4_sample sample = {.duration = bytes_get_be32(&reader),
				    .size = bytes_get_be32(&reader)};

	sample.is_key = !(bytes_get_be32(&reader) & NOT_SYNC);
	sample.composition = (int32_t)bytes_get_be32(&reader);
	return sample;
}

static int read_trun(struct bytes_reader trun, uint32_t moof_size, struct mp4_fragment *fragment)
{
	uint32_t flags = bytes_get_be32(&trun);

	fragment->sample_count = bytes_get_be32(&trun);
	uint32_t offset = bytes_get_be32(&trun);

	if (trun.failed || flags != TRUN_FLAGS || fragment->sample_count == 0 ||
	    offset != moof_size + BOX_HEAD_SIZE ||
	    bytes_left(&trun) != (uint64_t)fragment->sample_count * SAMPLE_SIZE)
		return -EBADMSG;
	fragment->samples = trun.at;
	return 0;
}

static int read_moof(struct bytes_reader moof, uint32_t moof_size, struct mp4_fragment *fragment)
{
	struct bytes_reader mfhd = enter(&moof, "mfhd"), traf = enter(&moof, "traf");
	struct bytes_reader tfhd = enter(&traf, "tfhd"), tfdt = enter(&traf, "tfdt");
	struct bytes_reader trun = enter(&traf, "trun");
	uint32_t tfhd_flags = bytes_get_be32(&tfhd), tfdt_flags = bytes_get_be32(&tfdt);

	fragment->decode_time = bytes_get_be64(&tfdt);
	if (mfhd.failed || tfhd.failed || tfdt.failed || trun.failed || bytes_left(&moof) ||
	    bytes_left(&traf) || tfhd_flags != TFHD_FLAGS || tfdt_flags != TFDT_FLAGS ||
	    fragment->decode_time > INT64_MAX)
		return -EBADMSG;
	return read_trun(trun, moof_size, fragment);
}

/* Sizes add up to what `mdat` holds, and no time is out of all proportion. */
static int check_samples(const struct mp4_fragment *fragment)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < fragment->sample_count; i++) {
		struct mp4_sample sample = mp4_sample_of(fragment, i);

		if (sample.duration > MP4_SAMPLE_DURATION_MAX ||
		    sample.composition > MP4_SAMPLE_DURATION_MAX ||
		    sample.composition < -MP4_SAMPLE_DURATION_MAX)
			return -EBADMSG;
		size += sample.size;
	}
	return size == fragment->data_size ? 0 : -EBADMSG;
}

int mp4_read_coding(struct bytes entry, struct mp4_coding *ret_coding)
{
	struct bytes_reader reader = bytes_read(entry.data, entry.size);
	const uint8_t *start = bytes_get(&reader, VISUAL_ENTRY_SIZE);
	uint32_t size = bytes_get_be32(&reader);
	const uint8_t *box = bytes_get(&reader, 4);
	const uint8_t *config =
		size > BOX_HEAD_SIZE ? bytes_get(&reader, size - BOX_HEAD_SIZE) : NULL;

	if (!config)
		return -EBADMSG;
	*ret_coding = (struct mp4_coding){start + 4, box, {config, size - BOX_HEAD_SIZE}};
	return 0;
}

int mp4_read_fragment(struct bytes data, struct mp4_fragment *ret_fragment)
{
	struct bytes_reader reader = bytes_read(data.data, data.size);
	struct bytes_reader salt = enter(&reader, "free");
	const uint8_t *start = reader.at;
	struct bytes_reader moof = enter(&reader, "moof");
	uint32_t moof_size = (uint32_t)(reader.at - start), mdat_size = bytes_get_be32(&reader);
	struct mp4_fragment fragment = {0};

	if (salt.failed || bytes_left(&salt) != MP4_SALT_SIZE - BOX_HEAD_SIZE || moof.failed ||
	    !is_type(bytes_get(&reader, 4), "mdat") || mdat_size < BOX_HEAD_SIZE)
		return -EBADMSG;
	fragment.data_at = (uint32_t)(reader.at - data.data);
	fragment.data_size = mdat_size - BOX_HEAD_SIZE;
	if (read_moof(moof, moof_size, &fragment) < 0 || check_samples(&fragment) < 0)
		return -EBADMSG;
	*ret_fragment = fragment;
	return 0;
}
