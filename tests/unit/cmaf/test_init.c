#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"

#define NAL(size, ...) 0, 0, 0, size, __VA_ARGS__

/* Parameter sets of x264 (640x360, High 3.0 and Constrained Baseline 3.1) and x265 (Main 2.1). */
static const uint8_t h264_high[] = {NAL(8, 0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0),
				    NAL(4, 0x68, 0xeb, 0xe3, 0xcb)};
static const uint8_t h264_baseline[] = {NAL(6, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0x00),
					NAL(4, 0x68, 0xce, 0x3c, 0x80)};
static const uint8_t h265[] = {NAL(6, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff),
			       NAL(20, 0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90,
				   0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x3f, 0xa0, 0x05),
			       NAL(5, 0x44, 0x01, 0xc0, 0x72, 0xb0)};
static const uint8_t aac[] = {0x11, 0x90}; /* AAC-LC, 48 kHz, stereo */

#define TRACK(kind, rate, bytes)                                                                   \
	{                                                                                          \
		.codec = (kind), .timescale = (rate), .width = 640, .height = 360, .channels = 2,  \
		.config = {                                                                        \
			(bytes),                                                                   \
			sizeof(bytes)                                                              \
		}                                                                                  \
	}

static uint8_t init[CMAF_INIT_MAX];

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Walks down `path`, a list of box types; `skip` bytes stand before the children of each. */
static const uint8_t *descend(const uint8_t *at, size_t size, const char *const *path)
{
	const uint8_t *end = at + size, *found = NULL;

	for (; *path; path++) {
		for (found = NULL; at < end; at += be32(at)) {
			assert_true(be32(at) >= 8 && be32(at) <= (size_t)(end - at));
			if (memcmp(at + 4, *path, 4) == 0)
				found = at;
		}
		assert_ptr_equal(at, end); /* the sizes add up */
		assert_non_null(found);
		end = found + be32(found);
		at = found + (strcmp(*path, "stsd") == 0 ? 16 : 8);
	}
	return found;
}

static const uint8_t *entry_of(const struct cmaf_track *track, const char *type)
{
	const char *const path[] = {"moov", "trak", "mdia", "minf", "stbl", "stsd", type, NULL};
	int size = cmaf_build_init(track, init, sizeof(init));

	assert_true(size > 0);
	assert_memory_equal(init + 4, "ftyp", 4);
	return descend(init, (size_t)size, path);
}

static void assert_codecs(const struct cmaf_track *track, const char *expected)
{
	char text[64];
	int size = cmaf_build_init(track, init, sizeof(init));
	struct bytes whole = {init, (size_t)size};

	assert_true(size > 0);
	assert_int_equal(cmaf_parse_codecs(whole, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
	if (*expected)
		assert_int_equal(cmaf_parse_codecs(whole, text, strlen(expected)), -EMSGSIZE);
	whole.size -= whole.size / 2;
	assert_int_equal(cmaf_parse_codecs(whole, text, sizeof(text)), -EBADMSG);
}

static void h264_has_its_parameter_sets(void **state)
{
	struct cmaf_track high = TRACK(CODEC_H264, 90000, h264_high);
	struct cmaf_track baseline = TRACK(CODEC_H264, 90000, h264_baseline);
	const uint8_t *avcc = entry_of(&high, "avc1") + 86;

	(void)state;
	assert_memory_equal(avcc + 4, "avcC", 4);
	assert_int_equal(be32(avcc), 8 + 6 + 2 + 8 + 1 + 2 + 4 + 4);
	assert_memory_equal(avcc + 8, "\x01\x64\x00\x1e\xff\xe1\x00\x08\x67", 9);
	assert_codecs(&high, "avc1.64001E");
	avcc = entry_of(&baseline, "avc1") + 86;
	assert_int_equal(be32(avcc), 8 + 6 + 2 + 6 + 1 + 2 + 4);
	assert_codecs(&baseline, "avc1.42C01F");
}

static void h265_has_its_profile_without_emulation_bytes(void **state)
{
	struct cmaf_track track = TRACK(CODEC_H265, 90000, h265);
	const uint8_t *hvcc = entry_of(&track, "hvc1") + 86;

	(void)state;
	assert_memory_equal(hvcc + 4, "hvcC", 4);
	assert_memory_equal(hvcc + 8, "\x01\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x3f", 13);
	assert_codecs(&track, "hvc1.1.6.L63.90");
}

static void sound_has_its_rate(void **state)
{
	struct cmaf_track mp4a = TRACK(CODEC_AAC, 48000, aac), fast = TRACK(CODEC_AAC, 96000, aac);
	struct cmaf_track opus = {.codec = CODEC_OPUS, .timescale = 48000, .channels = 2};
	struct cmaf_track ulaw = {.codec = CODEC_PCMU, .timescale = 8000, .channels = 1};
	struct cmaf_track alaw = {.codec = CODEC_PCMA, .timescale = 8000, .channels = 1};

	(void)state;
	assert_int_equal(be32(entry_of(&mp4a, "mp4a") + 32), 48000U << 16);
	assert_memory_equal(entry_of(&mp4a, "mp4a") + 36 + 4, "esds", 4);
	assert_int_equal(be32(entry_of(&fast, "mp4a") + 32), 0); /* 16 bits do not hold it */
	assert_int_equal(be32(entry_of(&opus, "Opus") + 32), 48000U << 16);
	assert_int_equal(be32(entry_of(&ulaw, "ulaw") + 32), 8000U << 16);
	assert_int_equal(be32(entry_of(&alaw, "alaw") + 32), 8000U << 16);
	assert_codecs(&mp4a, "mp4a.40.2");
	assert_codecs(&opus, "opus");
	assert_codecs(&ulaw, "ulaw");
	assert_codecs(&alaw, "alaw");
}

static void a_bad_config_is_refused(void **state)
{
	static const uint8_t no_pps[] = {NAL(4, 0x67, 0x42, 0xc0, 0x1f)};
	static const uint8_t cut[] = {0, 0, 0, 200, 0x67, 0x42};
	static const uint8_t short_sps[] = {NAL(2, 0x67, 0x42), NAL(2, 0x68, 0xce)};
	static const uint8_t short_h265[] = {NAL(6, 0x42, 0x01, 0x01, 0x01, 0x60, 0x00)};
	static const uint8_t crowd[17 * 6] = {0};
	static const uint8_t long_aac[65] = {0x11, 0x90};
	const struct cmaf_track tracks[] = {
		TRACK(CODEC_H264, 90000, no_pps),          TRACK(CODEC_H264, 90000, cut),
		TRACK(CODEC_H264, 90000, short_sps),       TRACK(CODEC_H265, 90000, short_h265),
		TRACK(CODEC_H264, 90000, crowd),           TRACK(CODEC_H265, 90000, h264_high),
		TRACK(CODEC_AAC, 48000, long_aac),         {.codec = CODEC_AAC, .timescale = 48000},
		{.codec = CODEC_H264, .timescale = 90000}, {.codec = CODEC_OPUS, .channels = 2},
	};
	struct cmaf_track none = {.codec = CODEC_NONE, .timescale = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(tracks); i++)
		assert_int_equal(cmaf_build_init(&tracks[i], init, sizeof(init)), -EBADMSG);
	assert_int_equal(cmaf_build_init(&none, init, sizeof(init)), -ENOTSUP);
	none.codec = CODEC_COUNT;
	assert_int_equal(cmaf_build_init(&none, init, sizeof(init)), -ENOTSUP);
}

static void too_small_a_room_is_refused(void **state)
{
	struct cmaf_track track = TRACK(CODEC_H264, 90000, h264_high);
	int size = cmaf_build_init(&track, init, sizeof(init));

	(void)state;
	for (size_t room = 0; room < (size_t)size; room++)
		assert_int_equal(cmaf_build_init(&track, init, room), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h264_has_its_parameter_sets),
		cmocka_unit_test(h265_has_its_profile_without_emulation_bytes),
		cmocka_unit_test(sound_has_its_rate),
		cmocka_unit_test(a_bad_config_is_refused),
		cmocka_unit_test(too_small_a_room_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
