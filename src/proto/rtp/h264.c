#include "proto/rtp/h264.h"

#include <errno.h>

#include "proto/rtp/bits.h"

enum { SEI_RECOVERY_POINT = 6, SLICE_I = 2, SLICE_SI = 4, PARAMETERS_MAX = 256 };

static struct nal_info inspect_slice(const uint8_t *nal, size_t size)
{
	struct bits bits = bits_read(nal + 1, size - 1, true);
	uint32_t first_mb = bits_get_ue(&bits);
	uint32_t slice_type = bits_get_ue(&bits) % 5;

	if (bits.failed)
		return (struct nal_info){.class = NAL_DROP};
	return (struct nal_info){
		.class = NAL_SLICE,
		.starts_picture = first_mb == 0,
		.is_key = (nal[0] & 0x1f) == H264_NAL_IDR,
		.is_intra = slice_type == SLICE_I || slice_type == SLICE_SI,
	};
}

/* Whether a recovery point with no frames to wait for is among the messages (§D.1.8). */
static bool has_recovery_point(const uint8_t *nal, size_t size)
{
	struct bits bits = bits_read(nal + 1, size - 1, true);

	while (!bits.failed && bits.at / 8 + 2 < size) {
		uint32_t type = 0, length = 0, byte;

		do
			type += byte = bits_get(&bits, 8);
		while (byte == 255);
		do
			length += byte = bits_get(&bits, 8);
		while (byte == 255);
		if (type == SEI_RECOVERY_POINT)
			return bits_get_ue(&bits) == 0 && !bits.failed;
		if (length > size)
			return false;
		bits_skip(&bits, 8 * length);
	}
	return false;
}

static struct nal_info inspect_parameters(const uint8_t *nal, size_t size, uint8_t rank)
{
	/* profile, constraints and level stand before the number of an SPS */
	size_t skip = rank == NAL_RANK_SPS ? 4 : 1;
	struct bits bits = bits_read(nal + skip, size > skip ? size - skip : 0, true);
	uint32_t id = bits_get_ue(&bits);

	if (bits.failed || id >= PARAMETERS_MAX)
		return (struct nal_info){.class = NAL_DROP};
	return (struct nal_info){
		.class = NAL_PARAMETERS,
		.starts_picture = true,
		.rank = rank,
		.id = (uint8_t)id,
	};
}

struct nal_info h264_inspect_nal(const uint8_t *nal, size_t size)
{
	unsigned type = size ? nal[0] & 0x1fU : 0;

	if (size < 2)
		return (struct nal_info){.class = NAL_DROP, .starts_picture = type == H264_NAL_AUD};
	if (type >= H264_NAL_SLICE && type <= H264_NAL_IDR)
		return inspect_slice(nal, size);
	if (type == H264_NAL_SPS)
		return inspect_parameters(nal, size, NAL_RANK_SPS);
	if (type == H264_NAL_PPS)
		return inspect_parameters(nal, size, NAL_RANK_PPS);
	if (type == H264_NAL_SEI)
		return (struct nal_info){
			.class = NAL_EXTRA,
			.starts_picture = true,
			.is_recovery = has_recovery_point(nal, size),
		};
	return (struct nal_info){.class = NAL_DROP, .starts_picture = type == H264_NAL_AUD};
}

/* §7.3.2.1.1.1 */
static void skip_scaling_list(struct bits *bits, unsigned count)
{
	int32_t last = 8, next = 8;

	for (unsigned i = 0; i < count && !bits->failed; i++) {
		if (next != 0)
			next = (int32_t)((uint32_t)last + (uint32_t)bits_get_se(bits)) & 0xff;
		last = next == 0 ? last : next;
	}
}

/* The part that only High profiles have; returns chroma_format_idc. */
static uint32_t read_chroma(struct bits *bits, uint32_t profile)
{
	static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134};
	bool has_chroma = false;

	for (size_t i = 0; i < sizeof(profiles); i++)
		has_chroma = has_chroma || profiles[i] == profile;
	if (!has_chroma)
		return 1;
	uint32_t chroma = bits_get_ue(bits);

	if (chroma == 3)
		bits_skip(bits, 1);
	bits_get_ue(bits); /* bit depths */
	bits_get_ue(bits);
	bits_skip(bits, 1);
	if (bits_get_1(bits)) {
		for (unsigned i = 0; i < (chroma == 3 ? 12 : 8); i++)
			if (bits_get_1(bits))
				skip_scaling_list(bits, i < 6 ? 16 : 64);
	}
	return chroma;
}

static void skip_order_counts(struct bits *bits)
{
	uint32_t type = bits_get_ue(bits);

	if (type == 0) {
		bits_get_ue(bits);
	} else if (type == 1) {
		bits_skip(bits, 1);
		bits_get_se(bits);
		bits_get_se(bits);
		uint32_t count = bits_get_ue(bits);

		for (uint32_t i = 0; i < count && i < 256 && !bits->failed; i++)
			bits_get_se(bits);
	}
}

/* frame_crop_*_offset, in pixels */
static void crop(struct bits *bits, uint32_t chroma, bool is_frame, uint64_t sides[2])
{
	uint32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
	uint32_t unit_y = (chroma == 1 ? 2U : 1U) * (is_frame ? 1U : 2U);
	uint64_t width = unit_x * ((uint64_t)bits_get_ue(bits) + bits_get_ue(bits));
	uint64_t height = unit_y * ((uint64_t)bits_get_ue(bits) + bits_get_ue(bits));

	sides[0] = width < sides[0] ? sides[0] - width : 0;
	sides[1] = height < sides[1] ? sides[1] - height : 0;
}

int h264_parse_sps(const uint8_t *nal, size_t size, struct video_size *ret_size)
{
	if (size < 5 || (nal[0] & 0x1f) != H264_NAL_SPS)
		return -EBADMSG;
	struct bits bits = bits_read(nal + 1, size - 1, true);
	uint32_t profile = bits_get(&bits, 8);

	bits_skip(&bits, 16);
	bits_get_ue(&bits); /* id */
	uint32_t chroma = read_chroma(&bits, profile);

	bits_get_ue(&bits); /* log2_max_frame_num */
	skip_order_counts(&bits);
	bits_get_ue(&bits); /* max_num_ref_frames */
	bits_skip(&bits, 1);
	uint64_t width = 16 * ((uint64_t)bits_get_ue(&bits) + 1);
	uint64_t height = 16 * ((uint64_t)bits_get_ue(&bits) + 1);
	bool is_frame = bits_get_1(&bits);
	uint64_t sides[2] = {width, is_frame ? height : 2 * height};

	if (!is_frame)
		bits_skip(&bits, 1);
	bits_skip(&bits, 1); /* direct_8x8_inference */
	if (bits_get_1(&bits))
		crop(&bits, chroma, is_frame, sides);
	if (bits.failed || sides[0] == 0 || sides[1] == 0 || sides[0] > VIDEO_SIDE_MAX ||
	    sides[1] > VIDEO_SIDE_MAX)
		return -EBADMSG;
	*ret_size = (struct video_size){(uint32_t)sides[0], (uint32_t)sides[1]};
	return 0;
}
