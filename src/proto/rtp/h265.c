#include "proto/rtp/h265.h"

#include <errno.h>

#include "proto/rtp/bits.h"

enum { SUB_LAYERS_MAX = 7, PARAMETERS_MAX = 64 };

/* profile_tier_level (§7.3.3) */
static void skip_profile(struct bits *bits, unsigned sub_layers)
{
	bool has_profile[SUB_LAYERS_MAX] = {0}, has_level[SUB_LAYERS_MAX] = {0};

	bits_skip(bits, 88 + 8);
	for (unsigned i = 0; i < sub_layers; i++) {
		has_profile[i] = bits_get_1(bits);
		has_level[i] = bits_get_1(bits);
	}
	if (sub_layers > 0)
		bits_skip(bits, 2 * (8 - sub_layers));
	for (unsigned i = 0; i < sub_layers; i++)
		bits_skip(bits, (has_profile[i] ? 88U : 0U) + (has_level[i] ? 8U : 0U));
}

/* Reads an SPS up to and including its number. */
static uint32_t read_sps_id(struct bits *bits)
{
	bits_skip(bits, 4);
	unsigned sub_layers = bits_get(bits, 3);

	bits_skip(bits, 1);
	if (sub_layers >= SUB_LAYERS_MAX)
		bits->failed = true;
	else
		skip_profile(bits, sub_layers);
	return bits_get_ue(bits);
}

static struct nal_info inspect_parameters(const uint8_t *nal, size_t size, unsigned type)
{
	struct bits bits = bits_read(nal + H265_NAL_HEAD_SIZE, size - H265_NAL_HEAD_SIZE, true);
	uint32_t id = 0;

	if (type == H265_NAL_VPS)
		id = bits_get(&bits, 4);
	else if (type == H265_NAL_SPS)
		id = read_sps_id(&bits);
	else
		id = bits_get_ue(&bits);
	if (bits.failed || id >= PARAMETERS_MAX)
		return (struct nal_info){.class = NAL_DROP};
	return (struct nal_info){
		.class = NAL_PARAMETERS,
		.starts_picture = true,
		.rank = (uint8_t)(type - H265_NAL_VPS),
		.id = (uint8_t)id,
	};
}

struct nal_info h265_inspect_nal(const uint8_t *nal, size_t size)
{
	struct nal_info info = {.class = NAL_DROP};

	/* Layers above the base (nuh_layer_id) are for scalable and multi-view decoders. */
	if (size <= H265_NAL_HEAD_SIZE || nal[0] & 1 || nal[1] >> 3)
		return info;
	unsigned type = h265_nal_type(nal);

	info.starts_picture = type == H265_NAL_AUD || type == H265_NAL_SEI;
	if (type == H265_NAL_SEI || type == H265_NAL_SEI_SUFFIX)
		info.class = NAL_EXTRA;
	if (type >= H265_NAL_VPS && type <= H265_NAL_PPS)
		return inspect_parameters(nal, size, type);
	if (type > H265_NAL_SLICE_MAX)
		return info;
	info.class = NAL_SLICE;
	info.starts_picture = nal[H265_NAL_HEAD_SIZE] >> 7; /* first_slice_segment_in_pic_flag */
	info.is_key = type >= H265_NAL_KEY_MIN && type <= H265_NAL_KEY_MAX;
	info.is_intra = info.is_key;
	return info;
}

int h265_parse_sps(const uint8_t *nal, size_t size, struct video_size *ret_size)
{
	if (size <= H265_NAL_HEAD_SIZE || h265_nal_type(nal) != H265_NAL_SPS)
		return -EBADMSG;
	struct bits bits = bits_read(nal + H265_NAL_HEAD_SIZE, size - H265_NAL_HEAD_SIZE, true);

	read_sps_id(&bits);
	uint32_t chroma = bits_get_ue(&bits);

	if (chroma == 3)
		bits_skip(&bits, 1);
	uint64_t width = bits_get_ue(&bits), height = bits_get_ue(&bits);

	if (bits_get_1(&bits)) {
		uint32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
		uint32_t unit_y = chroma == 1 ? 2 : 1;
		uint64_t cut_x = unit_x * ((uint64_t)bits_get_ue(&bits) + bits_get_ue(&bits));
		uint64_t cut_y = unit_y * ((uint64_t)bits_get_ue(&bits) + bits_get_ue(&bits));

		width = cut_x < width ? width - cut_x : 0;
		height = cut_y < height ? height - cut_y : 0;
	}
	if (bits.failed || width == 0 || height == 0 || width > VIDEO_SIDE_MAX ||
	    height > VIDEO_SIDE_MAX)
		return -EBADMSG;
	*ret_size = (struct video_size){(uint32_t)width, (uint32_t)height};
	return 0;
}
