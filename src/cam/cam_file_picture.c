#include "cam/cam_file_picture.h"

#include <errno.h>

#include "proto/rtp/h265.h"

enum { START_CODE_SIZE = 3 };

static int put_slice(struct cam_file_picture *picture, const struct nal_info *info,
		     const uint8_t *nal, size_t size)
{
	struct bytes_writer writer =
		bytes_write(picture->buffer + picture->size, picture->capacity - picture->size);

	bytes_put_be32(&writer, (uint32_t)size);
	bytes_put(&writer, nal, size);
	if (writer.failed)
		return -EMSGSIZE;
	picture->size += bytes_written(&writer);
	if (info->class == NAL_SLICE) {
		picture->has_slice = true;
		picture->has_key = picture->has_key || info->is_key;
		picture->has_inter = picture->has_inter || !info->is_intra;
	}
	picture->has_recovery = picture->has_recovery || info->is_recovery;
	return 0;
}

static int put_nal(struct cam_file_picture *picture, const uint8_t *nal, size_t size)
{
	if (size == 0 || size > picture->capacity)
		return size ? -EMSGSIZE : 0;
	struct nal_info info = picture->inspect(nal, size);

	if (info.class == NAL_DROP)
		return 0;
	if (info.class != NAL_PARAMETERS)
		return put_slice(picture, &info, nal, size);
	int r = nal_params_put(&picture->params, &info, nal, size);

	if (r > 0)
		picture->params_version++;
	return r < 0 ? r : 0;
}

/* Where the next start code begins at or after `from`; the end if there is none. */
static size_t find_start_code(struct bytes unit, size_t from)
{
	for (size_t i = from; i + START_CODE_SIZE <= unit.size; i++)
		if (unit.data[i] == 0 && unit.data[i + 1] == 0 && unit.data[i + 2] == 1)
			return i;
	return unit.size;
}

static int put_annex_b(struct cam_file_picture *picture, struct bytes unit)
{
	size_t at = find_start_code(unit, 0);

	while (at < unit.size) {
		size_t from = at + START_CODE_SIZE, next = find_start_code(unit, from), end = next;

		/* Zeros before a start code belong to it. */
		while (end > from && unit.data[end - 1] == 0)
			end--;
		int r = put_nal(picture, unit.data + from, end - from);

		if (r < 0)
			return r;
		at = next;
	}
	return 0;
}

static int put_sized(struct cam_file_picture *picture, struct bytes unit)
{
	struct bytes_reader reader = bytes_read(unit.data, unit.size);

	while (bytes_left(&reader) > 0) {
		size_t size = (size_t)bytes_get_be(&reader, picture->length_size);
		const uint8_t *nal = bytes_get(&reader, size);

		if (!nal)
			return -EBADMSG;
		int r = put_nal(picture, nal, size);

		if (r < 0)
			return r;
	}
	return 0;
}

/* `count` parameter sets, each after a u16 size. */
static int put_sets(struct cam_file_picture *picture, struct bytes_reader *reader, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t size = bytes_get_be16(reader);
		const uint8_t *nal = bytes_get(reader, size);
		int r = nal ? put_nal(picture, nal, size) : -EBADMSG;

		if (r < 0)
			return r;
	}
	return 0;
}

/* ISO 14496-15 §5.3.3.1: AVCDecoderConfigurationRecord. */
static int read_avcc(struct cam_file_picture *picture, struct bytes_reader *reader)
{
	bytes_get(reader, 4); /* version, profile, compatibility, level */
	picture->length_size = (bytes_get_u8(reader) & 3u) + 1;
	int r = put_sets(picture, reader, bytes_get_u8(reader) & 31u);

	return r < 0 ? r : put_sets(picture, reader, bytes_get_u8(reader));
}

/* ISO 14496-15 §8.3.3.1: HEVCDecoderConfigurationRecord. */
static int read_hvcc(struct cam_file_picture *picture, struct bytes_reader *reader)
{
	bytes_get(reader, 21);
	picture->length_size = (bytes_get_u8(reader) & 3u) + 1;

	unsigned arrays = bytes_get_u8(reader);

	for (unsigned i = 0; i < arrays; i++) {
		bytes_get_u8(reader); /* kind: the NAL units say it themselves */
		int r = put_sets(picture, reader, bytes_get_be16(reader));

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_setup(struct cam_file_picture *picture, enum media_codec codec, struct bytes setup)
{
	struct bytes_reader reader = bytes_read(setup.data, setup.size);

	if (setup.size == 0)
		return 0;
	if (setup.data[0] != 1)
		return put_annex_b(picture, setup);
	int r = codec == CODEC_H264 ? read_avcc(picture, &reader) : read_hvcc(picture, &reader);

	return r == 0 && reader.failed ? -EBADMSG : r;
}

int cam_file_picture_init(struct cam_file_picture *picture, enum media_codec codec,
			  struct bytes setup, struct bytes_writer buffer)
{
	static nal_inspect_fn *const inspect[CODEC_COUNT] = {
		[CODEC_H264] = h264_inspect_nal,
		[CODEC_H265] = h265_inspect_nal,
	};

	*picture = (struct cam_file_picture){
		.inspect = inspect[codec],
		.buffer = buffer.start,
		.capacity = (size_t)(buffer.end - buffer.start),
	};
	return picture->inspect ? read_setup(picture, codec, setup) : -EPROTONOSUPPORT;
}

int cam_file_picture_convert(struct cam_file_picture *picture, struct bytes unit)
{
	picture->size = 0;
	picture->has_slice = picture->has_key = picture->has_recovery = picture->has_inter = false;
	int r = picture->length_size ? put_sized(picture, unit) : put_annex_b(picture, unit);

	if (r < 0)
		return r;
	return picture->has_slice ? 0 : -EBADMSG;
}

struct video_size cam_file_picture_size(const struct cam_file_picture *picture)
{
	const struct nal_params_set *sps = nal_params_find(&picture->params, NAL_RANK_SPS);
	struct video_size size = {0};
	int r = -ENOENT;

	if (sps && picture->inspect == h264_inspect_nal)
		r = h264_parse_sps(picture->params.data + sps->at, sps->size, &size);
	else if (sps)
		r = h265_parse_sps(picture->params.data + sps->at, sps->size, &size);
	return r < 0 ? (struct video_size){0} : size;
}
