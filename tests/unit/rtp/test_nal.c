#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/bits.h"
#include "proto/rtp/h264.h"
#include "proto/rtp/h265.h"
#include "proto/rtp/nal_params.h"
#include "proto/rtp/rtp_packet.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* x264: High, 638x358, cropped; 4:2:2 interlaced 720x576 */
#define SPS_HIGH                                                                                   \
	"\x67\x64\x00\x16\xac\xd9\x40\xa0\x2f\xea\x6c\x04\x40\x00\x00\x03\x00\x40\x00\x00\x03\x02" \
	"\x83\xc5\x8b\x65\x80"
#define SPS_422                                                                                    \
	"\x67\x7a\x00\x1e\xbc\xd9\x40\xb4\x24\xd8\x08\x80\x00\x00\x03\x00\x80\x00\x00\x19\x0f\x8a" \
	"\x14\xcb"
/* x265: Main, 1918x1078, cropped */
#define SPS_HEVC                                                                                   \
	"\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x78\xa0\x03\xc0\x80" \
	"\x10\xe7\x55\x96\x56\x69\x24\xca\xf0\x16\x80\x80\x00\x00\x03\x00\x80\x00\x00\x03\x02\x84"

static void reads_exp_golomb(void **state)
{
	(void)state;
	/* 1 010 011 00100 00111, and 00100 as se */
	struct bits bits = bits_read(BYTES("\xa6\x43\x90"), false);

	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(bits_get_ue(&bits), i);
	assert_int_equal(bits_get_ue(&bits), 6);
	assert_int_equal(bits_get_se(&bits), 2);
	assert_false(bits.failed);
	struct bits zeros = bits_read(BYTES("\0\0\0\0\0"), false);

	assert_int_equal(bits_get_ue(&zeros), 0);
	assert_true(zeros.failed);
}

static void leaves_emulation_prevention_out(void **state)
{
	(void)state;
	struct bits bits = bits_read(BYTES("\0\0\3\1\0\0\3"), true);

	assert_int_equal(bits_get(&bits, 24), 1);
	assert_int_equal(bits_get(&bits, 16), 0);
	assert_false(bits.failed);
	bits_get(&bits, 1);
	assert_true(bits.failed);
}

static void reads_sizes(void **state)
{
	(void)state;
	struct video_size size;

	assert_int_equal(h264_parse_sps(BYTES(SPS_HIGH), &size), 0);
	assert_int_equal(size.width, 638);
	assert_int_equal(size.height, 358);
	assert_int_equal(h264_parse_sps(BYTES(SPS_422), &size), 0);
	assert_int_equal(size.width, 720);
	assert_int_equal(size.height, 576);
	assert_int_equal(h265_parse_sps(BYTES(SPS_HEVC), &size), 0);
	assert_int_equal(size.width, 1918);
	assert_int_equal(size.height, 1078);
}

static void refuses_sets_that_are_cut(void **state)
{
	(void)state;
	struct video_size size;

	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(h264_parse_sps((const uint8_t *)SPS_HIGH, i, &size), -EBADMSG);
		assert_int_equal(h265_parse_sps((const uint8_t *)SPS_HEVC, i, &size), -EBADMSG);
	}
	assert_int_equal(h264_parse_sps(BYTES("\x68\xeb\xe3\xcb\x22\xc0"), &size), -EBADMSG);
}

static const struct {
	const char *what;
	const uint8_t *nal;
	size_t size;
	enum nal_class class;
	bool starts, key, intra, recovery;
} units[] = {
	{"IDR slice", BYTES("\x65\x88\x84\x00"), NAL_SLICE, true, true, true, false},
	{"P slice", BYTES("\x41\x9a\x23\x6c"), NAL_SLICE, true, false, false, false},
	{"I slice", BYTES("\x41\x88\xbb\x00"), NAL_SLICE, true, false, true, false},
	{"a later slice", BYTES("\x41\x45\x00\x00"), NAL_SLICE, false, false, true, false},
	{"recovery point", BYTES("\x06\x06\x01\xc4\x80"), NAL_EXTRA, true, false, false, true},
	{"recovery in 5 frames", BYTES("\x06\x06\x01\x34\x80"), NAL_EXTRA, true, false, false,
	 false},
	{"recovery behind another SEI", BYTES("\x06\x05\x02\xaa\xbb\x06\x01\xc4\x80"), NAL_EXTRA,
	 true, false, false, true},
	{"SPS", BYTES(SPS_HIGH), NAL_PARAMETERS, true, false, false, false},
	{"PPS", BYTES("\x68\xeb\xe3\xcb"), NAL_PARAMETERS, true, false, false, false},
	{"AUD", BYTES("\x09\x10"), NAL_DROP, true, false, false, false},
	{"filler", BYTES("\x0c\xff\xff\x80"), NAL_DROP, false, false, false, false},
	{"prefix of SVC", BYTES("\x6e\x00\x00\x00"), NAL_DROP, false, false, false, false},
	{"nothing", BYTES("\x65"), NAL_DROP, false, false, false, false},
};

static void inspects_h264(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		struct nal_info info = h264_inspect_nal(units[i].nal, units[i].size);

		if (info.class != units[i].class || info.starts_picture != units[i].starts ||
		    info.is_key != units[i].key || info.is_intra != units[i].intra ||
		    info.is_recovery != units[i].recovery)
			fail_msg("%s", units[i].what);
	}
}

static void inspects_h265(void **state)
{
	(void)state;
	struct nal_info idr = h265_inspect_nal(BYTES("\x26\x01\xaf\x09"));
	struct nal_info cra = h265_inspect_nal(BYTES("\x2a\x01\xaf\x09"));
	struct nal_info trail = h265_inspect_nal(BYTES("\x02\x01\x50\x09"));
	struct nal_info layer = h265_inspect_nal(BYTES("\x26\x09\xaf\x09"));
	struct nal_info sps = h265_inspect_nal(BYTES(SPS_HEVC));
	struct nal_info sei = h265_inspect_nal(BYTES("\x50\x01\x84\x00"));

	assert_true(idr.class == NAL_SLICE && idr.is_key && idr.starts_picture);
	assert_true(cra.class == NAL_SLICE && cra.is_key);
	assert_true(trail.class == NAL_SLICE && !trail.is_key && !trail.starts_picture);
	assert_int_equal(layer.class, NAL_DROP);
	assert_true(sps.class == NAL_PARAMETERS && sps.rank == NAL_RANK_SPS && sps.id == 0);
	assert_true(sei.class == NAL_EXTRA && !sei.starts_picture); /* suffix */
}

static int put(struct nal_params *params, uint8_t rank, uint8_t id, const char *nal)
{
	const struct nal_info info = {.class = NAL_PARAMETERS, .rank = rank, .id = id};

	return nal_params_put(params, &info, (const uint8_t *)nal, strlen(nal));
}

static void keeps_sets_in_order(void **state)
{
	(void)state;
	struct nal_params params = {0};

	assert_int_equal(put(&params, NAL_RANK_PPS, 0, "pps0"), 1);
	assert_int_equal(put(&params, NAL_RANK_SPS, 0, "sps"), 1);
	assert_int_equal(put(&params, NAL_RANK_PPS, 1, "pps1"), 1);
	assert_int_equal(put(&params, NAL_RANK_SPS, 0, "sps"), 0);
	assert_int_equal(put(&params, NAL_RANK_PPS, 0, "longer"), 1);
	assert_int_equal(params.size, 4 + 3 + 4 + 6 + 4 + 4);
	assert_memory_equal(params.data, "\0\0\0\3sps\0\0\0\6longer\0\0\0\4pps1", params.size);
	assert_int_equal(nal_params_find(&params, NAL_RANK_SPS)->size, 3);
	assert_null(nal_params_find(&params, NAL_RANK_VPS));
}

static void sets_are_bounded(void **state)
{
	(void)state;
	struct nal_params params = {0};
	static char large[NAL_PARAMS_SIZE_MAX];

	memset(large, 'a', sizeof(large) - 1);
	large[NAL_PARAMS_SIZE_MAX - 3] = '\0';
	assert_int_equal(put(&params, NAL_RANK_PPS, 0, large), -EMSGSIZE);
	large[NAL_PARAMS_SIZE_MAX - 4] = '\0';
	assert_int_equal(put(&params, NAL_RANK_PPS, 0, large), 1);
	assert_int_equal(put(&params, NAL_RANK_PPS, 1, "a"), -EMSGSIZE);
	assert_int_equal(put(&params, NAL_RANK_PPS, 0, "a"), 1);
	for (uint8_t i = 1; i < NAL_PARAMS_COUNT_MAX; i++)
		assert_int_equal(put(&params, NAL_RANK_PPS, i, "a"), 1);
	assert_int_equal(put(&params, NAL_RANK_PPS, NAL_PARAMS_COUNT_MAX, "a"), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_exp_golomb),
		cmocka_unit_test(leaves_emulation_prevention_out),
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(refuses_sets_that_are_cut),
		cmocka_unit_test(inspects_h264),
		cmocka_unit_test(inspects_h265),
		cmocka_unit_test(keeps_sets_in_order),
		cmocka_unit_test(sets_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
