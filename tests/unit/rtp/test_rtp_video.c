#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/rtp_depack.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* H.264 pieces */
#define SPS                                                                                        \
	"\x67\x64\x00\x16\xac\xd9\x40\xa0\x2f\xea\x6c\x04\x40\x00\x00\x03\x00\x40\x00\x00\x03\x02\x83\xc5\x8b\x65\x80"
#define PPS      "\x68\xeb\xe3\xcb\x22\xc0"
#define IDR      "\x65\x88\x84\x11"
#define IDR_NEXT "\x65\x45\x00\x22" /* not the first slice of its picture */
#define P        "\x41\x9a\x23\x6c"
#define P_NEXT   "\x41\x45\x11\x11"
#define I        "\x41\x88\xbb\x00"
#define RECOVERY "\x06\x06\x01\xc4\x80"
#define SEI      "\x06\x05\x02\xaa\xbb\x80"
#define AUD      "\x09\x10"
#define PARAMS   "\x78\x00\x1b" SPS "\x00\x06" PPS /* STAP-A */

struct packet {
	const char *data;
	size_t size;
	uint32_t timestamp;
	bool marker, after_gap;
};

struct stream {
	const char *what;
	struct packet packets[12];
	/* a letter a frame: K key, P other; '-' before it: after a gap; the size in digits */
	const char *frames;
	uint64_t broken;
};

static uint8_t picture[4096];

static const char *run(const struct stream *stream, struct rtp_depack *depack)
{
	static char out[256];
	size_t size = 0;

	out[0] = '\0';
	for (size_t i = 0; i < 12 && stream->packets[i].data; i++) {
		const struct packet *at = &stream->packets[i];
		const struct rtp_packet packet = {
			.marker = at->marker,
			.timestamp = at->timestamp,
			.payload = {(const uint8_t *)at->data, at->size},
		};
		struct rtp_frame frame;

		rtp_depack_push(depack, &packet, at->after_gap);
		while (rtp_depack_next(depack, &frame))
			size += (size_t)snprintf(out + size, sizeof(out) - size, "%s%c%zu",
						 frame.after_gap ? "-" : "",
						 frame.is_key ? 'K' : 'P', frame.size);
	}
	return out;
}

static void check(const struct stream *streams, size_t count,
		  const struct rtp_depack_options *options)
{
	for (size_t i = 0; i < count; i++) {
		static struct rtp_depack depack;

		assert_int_equal(rtp_depack_init(&depack, options, picture, sizeof(picture)), 0);
		const char *frames = run(&streams[i], &depack);

		if (strcmp(frames, streams[i].frames) != 0)
			fail_msg("%s: %s instead of %s", streams[i].what, frames,
				 streams[i].frames);
		if (rtp_depack_broken(&depack) != streams[i].broken)
			fail_msg("%s: %lu broken", streams[i].what,
				 (unsigned long)rtp_depack_broken(&depack));
	}
}

static const struct stream h264_streams[] = {
	{"single units, then an aggregate",
	 {{BYTES(SPS), 0, 0, 0},
	  {BYTES(PPS), 0, 0, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES("\x78\x00\x04" P "\x00\x04" P_NEXT), 1, 1, 0}},
	 "K8P16",
	 0},
	{"fragments",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES("\x7c\x85\x88\x84"), 0, 0, 0},
	  {BYTES("\x7c\x05\x11\x12"), 0, 0, 0},
	  {BYTES("\x7c\x45\x13"), 0, 1, 0}},
	 "K10",
	 0},
	{"a fragment that is first and last",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES("\x7c\xc5\x88\x84"), 0, 1, 0}},
	 "K7",
	 0},
	{"delimiters and filler are left out, SEI is kept",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(AUD), 0, 0, 0},
	  {BYTES(SEI), 0, 0, 0},
	  {BYTES(IDR), 0, 0, 0},
	  {BYTES("\x0c\xff\x80"), 0, 1, 0}},
	 "K18",
	 0},
	{"nothing before the first key frame",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(P), 0, 1, 0},
	  {BYTES(P), 1, 1, 0},
	  {BYTES(IDR), 2, 1, 0}},
	 "K8",
	 0},
	{"nothing before the parameter sets",
	 {{BYTES(IDR), 0, 1, 0}, {BYTES(PARAMS), 1, 0, 0}, {BYTES(IDR), 1, 1, 0}},
	 "K8",
	 0},
	{"no markers: the timestamp ends a picture",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(IDR), 0, 0, 0},
	  {BYTES(P), 1, 0, 0},
	  {BYTES(P), 2, 0, 0},
	  {BYTES(P), 3, 0, 0}},
	 "K8P8P8",
	 0},
	{"a marker on the parameter sets alone",
	 {{BYTES(SPS), 0, 1, 0}, {BYTES(PPS), 0, 1, 0}, {BYTES(IDR), 0, 1, 0}, {BYTES(P), 1, 1, 0}},
	 "K8P8",
	 0},
	{"a marker on every slice: learnt once, then right",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES(IDR_NEXT), 0, 1, 0},
	  {BYTES(IDR), 1, 1, 0},
	  {BYTES(IDR_NEXT), 1, 1, 0},
	  {BYTES(P), 2, 1, 0},
	  {BYTES(P_NEXT), 2, 1, 0},
	  {BYTES(P), 3, 1, 0}},
	 "K8-K16P16",
	 1},
	{"an open group: recovery point and intra slices",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(P), 0, 1, 0},
	  {BYTES(RECOVERY), 1, 0, 0},
	  {BYTES(I), 1, 1, 0},
	  {BYTES(P), 2, 1, 0}},
	 "K17P8",
	 0},
	{"a recovery point before a P slice is no key frame",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES(RECOVERY), 0, 0, 0}, {BYTES(P), 0, 1, 0}},
	 "",
	 0},
	{"intra slices without a recovery point are no key frame",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES(I), 0, 1, 0}},
	 "",
	 0},
	/* losses */
	{"a lost packet within a picture takes it and all up to the next key frame",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES(P), 1, 0, 0},
	  {BYTES(P_NEXT), 1, 1, 1},
	  {BYTES(P), 2, 1, 0},
	  {BYTES(IDR), 3, 1, 0}},
	 "K8-K8",
	 2},
	{"a lost packet between pictures does so too",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES(P), 2, 1, 1},
	  {BYTES(P), 3, 1, 0},
	  {BYTES(IDR), 4, 1, 0}},
	 "K8-K8",
	 0},
	{"after a loss, a key frame whose beginning is there counts",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES(IDR), 0, 1, 0}, {BYTES(IDR), 2, 1, 1}},
	 "K8-K8",
	 0},
	{"... and one whose beginning may be lost does not",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES(IDR_NEXT), 2, 1, 1},
	  {BYTES(IDR), 3, 1, 0}},
	 "K8-K8",
	 1},
	{"the end of a fragment is lost",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES("\x7c\x85\x88\x84"), 0, 0, 0},
	  {BYTES("\x7c\x45\x13"), 0, 1, 1},
	  {BYTES(IDR), 1, 1, 0}},
	 "-K8",
	 2},
	{"a fragment never ends",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES("\x7c\x85\x88\x84"), 0, 1, 0}, {BYTES(IDR), 1, 1, 0}},
	 "-K8",
	 1},
	{"a fragment without a start",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES("\x7c\x05\x88\x84"), 0, 1, 0}, {BYTES(IDR), 1, 1, 0}},
	 "-K8",
	 1},
	{"a unit within a fragment",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES("\x7c\x85\x88\x84"), 0, 0, 0},
	  {BYTES(IDR), 0, 0, 0},
	  {BYTES("\x7c\x45\x88"), 0, 1, 0}},
	 "",
	 1},
	{"an aggregate that is cut",
	 {{BYTES(PARAMS), 0, 0, 0}, {BYTES("\x78\x00\x09" IDR), 0, 1, 0}, {BYTES(IDR), 1, 1, 0}},
	 "-K8",
	 1},
	{"STAP-B, MTAP and FU-B",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES("\x79\0\0\x00\x04" IDR), 0, 1, 0},
	  {BYTES("\x7a\0\0\x00\x04" IDR), 1, 1, 0},
	  {BYTES("\x7d\xc5\0\0\x88"), 2, 1, 0},
	  {BYTES("\x60\0\0"), 3, 1, 0}},
	 "",
	 4},
	{"empty packets say nothing",
	 {{BYTES(PARAMS), 0, 0, 0},
	  {BYTES(""), 0, 1, 0},
	  {BYTES(IDR), 0, 1, 0},
	  {BYTES(""), 5, 1, 0}},
	 "K8",
	 0},
};

static void takes_h264_apart(void **state)
{
	(void)state;
	check(h264_streams, ARRAY_COUNT(h264_streams),
	      &(struct rtp_depack_options){.codec = CODEC_H264});
}

/* H.265 pieces */
#define H_VPS                                                                                      \
	"\x40\x01\x0c\x01\xff\xff\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x78\x95" \
	"\x98\x09"
#define H_SPS                                                                                      \
	"\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x78\xa0\x03\xc0\x80" \
	"\x10\xe7\x55\x96\x56\x69\x24\xca\xf0\x16\x80\x80\x00\x00\x03\x00\x80\x00\x00\x03\x02\x84"
#define H_PPS   "\x44\x01\xc1\x72\xb4\x62\x40"
#define H_IDR   "\x26\x01\xaf\x09"
#define H_TRAIL "\x02\x01\xd0\x09"
#define H_NEXT  "\x02\x01\x50\x09"
#define H_SETS                                                                                     \
	{BYTES(H_VPS), 0, 0, 0}, {BYTES(H_SPS), 0, 0, 0},                                          \
	{                                                                                          \
		BYTES(H_PPS), 0, 0, 0                                                              \
	}

static const struct stream h265_streams[] = {
	{"single units", {H_SETS, {BYTES(H_IDR), 0, 1, 0}, {BYTES(H_TRAIL), 1, 1, 0}}, "K8P8", 0},
	{"an aggregate",
	 {H_SETS, {BYTES("\x60\x01\x00\x02\x46\x01\x00\x04" H_IDR), 0, 1, 0}},
	 "K8",
	 0},
	{"fragments",
	 {H_SETS,
	  {BYTES("\x62\x01\x93\xaf"), 0, 0, 0},
	  {BYTES("\x62\x01\x13\x09\x0a"), 0, 0, 0},
	  {BYTES("\x62\x01\x53\x0b"), 0, 1, 0}},
	 "K10",
	 0},
	{"a lost packet",
	 {H_SETS,
	  {BYTES(H_IDR), 0, 1, 0},
	  {BYTES(H_TRAIL), 1, 0, 0},
	  {BYTES(H_NEXT), 1, 1, 1},
	  {BYTES(H_TRAIL), 2, 1, 0},
	  {BYTES(H_IDR), 3, 1, 0}},
	 "K8-K8",
	 2},
	{"an aggregate that is cut",
	 {H_SETS, {BYTES("\x60\x01\x00\x09" H_IDR), 0, 1, 0}, {BYTES(H_IDR), 1, 1, 0}},
	 "-K8",
	 1},
	{"PACI", {H_SETS, {BYTES("\x64\x01\x00\x00\x00"), 0, 1, 0}}, "", 1},
};

/* With decoding order numbers before each unit (sprop-max-don-diff > 0). */
static const struct stream donl_streams[] = {
	{"single units",
	 {{BYTES("\x40\x01\x00\x00"
		 "\x0c\x01\xff\xff"),
	   0, 0, 0},
	  {BYTES("\x42\x01\x00\x01"
		 "\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x78"
		 "\xa0\x03\xc0\x80\x10\xe7\x55"),
	   0, 0, 0},
	  {BYTES("\x44\x01\x00\x02"
		 "\xc1\x72\xb4\x62\x40"),
	   0, 0, 0},
	  {BYTES("\x60\x01\x00\x03\x00\x04" H_IDR "\x00\x00\x04" H_NEXT), 0, 0, 0},
	  {BYTES("\x62\x01\x81\x00\x05\x50"), 0, 0, 0},
	  {BYTES("\x62\x01\x41\x11\x12"), 0, 1, 0}},
	 "K25",
	 0},
};

static void takes_h265_apart(void **state)
{
	(void)state;
	check(h265_streams, ARRAY_COUNT(h265_streams),
	      &(struct rtp_depack_options){.codec = CODEC_H265});
	check(donl_streams, ARRAY_COUNT(donl_streams),
	      &(struct rtp_depack_options){.codec = CODEC_H265, .has_donl = true});
}

static void a_unit_is_put_together_byte_for_byte(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	struct rtp_depack_options options = {.codec = CODEC_H264};
	const struct stream stream = {
		.packets = {{BYTES(PARAMS), 0, 0, 0},
			    {BYTES("\x7c\x85\x88\x84"), 0, 0, 0},
			    {BYTES("\x7c\x45\x11\x22"), 0, 1, 0}},
	};

	assert_int_equal(rtp_depack_init(&depack, &options, picture, sizeof(picture)), 0);
	assert_string_equal(run(&stream, &depack), "K9");
	assert_memory_equal(picture, "\0\0\0\5\x65\x88\x84\x11\x22", 9);
}

static void new_parameter_sets_are_a_new_config(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	struct rtp_depack_options options = {.codec = CODEC_H264};
	const struct stream same = {.packets = {{BYTES(PARAMS), 0, 0, 0}, {BYTES(IDR), 0, 1, 0}}};
	const struct stream other = {
		.packets = {{BYTES("\x68\xeb\xe3\xcb\x22\xc1"), 2, 0, 0}, {BYTES(IDR), 2, 1, 0}}};

	assert_int_equal(rtp_depack_init(&depack, &options, picture, sizeof(picture)), 0);
	/* from the SDP, before any packet */
	rtp_video_add_params(&depack.video, (const uint8_t *)SPS, sizeof(SPS) - 1);
	rtp_video_add_params(&depack.video, (const uint8_t *)PPS, sizeof(PPS) - 1);
	uint32_t version = depack.video.params_version;

	assert_string_equal(run(&same, &depack), "K8");
	assert_int_equal(depack.video.params_version, version);
	assert_string_equal(run(&other, &depack), "K8");
	assert_int_equal(depack.video.params_version, version + 1);
}

static void a_picture_over_the_buffer_is_broken(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	struct rtp_depack_options options = {.codec = CODEC_H264};

	assert_int_equal(rtp_depack_init(&depack, &options, picture, 40), 0);
	const struct stream stream = {
		.packets = {{BYTES(SPS), 0, 0, 0},
			    {BYTES(PPS), 0, 0, 0},
			    {BYTES(IDR), 0, 1, 0},
			    {BYTES("\x41\x9a" SPS SPS), 1, 1, 0},
			    {BYTES(IDR), 2, 1, 0}},
	};

	assert_string_equal(run(&stream, &depack), "K8-K8");
	assert_int_equal(rtp_depack_broken(&depack), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_h264_apart),
		cmocka_unit_test(takes_h265_apart),
		cmocka_unit_test(a_unit_is_put_together_byte_for_byte),
		cmocka_unit_test(new_parameter_sets_are_a_new_config),
		cmocka_unit_test(a_picture_over_the_buffer_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
