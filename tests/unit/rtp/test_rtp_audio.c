#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/rtp_depack.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

struct packet {
	const char *data;
	size_t size;
	uint32_t timestamp;
	bool marker, after_gap;
};

/* What comes out: "[-]timestamp:bytes " each. */
static const char *run(struct rtp_depack *depack, const struct packet *packets, size_t count)
{
	static char out[1024];
	size_t size = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && packets[i].data; i++) {
		const struct rtp_packet packet = {
			.marker = packets[i].marker,
			.timestamp = packets[i].timestamp,
			.payload = {(const uint8_t *)packets[i].data, packets[i].size},
		};
		struct rtp_frame frame;

		rtp_depack_push(depack, &packet, packets[i].after_gap);
		while (rtp_depack_next(depack, &frame)) {
			assert_true(frame.is_key);
			size += (size_t)snprintf(out + size, sizeof(out) - size, "%s%u:%.*s ",
						 frame.after_gap ? "-" : "", frame.timestamp,
						 frame.size > 20 ? 0 : (int)frame.size,
						 (const char *)frame.data);
		}
	}
	return out;
}

static const struct {
	const char *what;
	struct packet packets[5];
	const char *frames;
	uint64_t broken;
} aac_streams[] = {
	{"one unit",
	 {{BYTES("\0\x10\0\x18"
		 "abc"),
	   1000, 1, 0}},
	 "1000:abc ",
	 0},
	{"three units",
	 {{BYTES("\0\x30\0\x08\0\x10\0\x18"
		 "abbccc"),
	   0, 1, 0}},
	 "0:a 1024:bb 2048:ccc ",
	 0},
	{"a unit over three packets",
	 {{BYTES("\0\x10\0\x38"
		 "abc"),
	   5, 0, 0},
	  {BYTES("\0\x10\0\x38"
		 "de"),
	   5, 0, 0},
	  {BYTES("\0\x10\0\x38"
		 "fg"),
	   5, 1, 0}},
	 "5:abcdefg ",
	 0},
	{"a piece is lost",
	 {{BYTES("\0\x10\0\x38"
		 "abc"),
	   5, 0, 0},
	  {BYTES("\0\x10\0\x38"
		 "fg"),
	   5, 1, 1},
	  {BYTES("\0\x10\0\x18"
		 "xyz"),
	   9, 1, 0}},
	 "-9:xyz ",
	 2},
	{"the rest of a unit never comes",
	 {{BYTES("\0\x10\0\x38"
		 "abc"),
	   5, 0, 0},
	  {BYTES("\0\x10\0\x18"
		 "xyz"),
	   9, 1, 0}},
	 "-9:xyz ",
	 1},
	{"a lost packet",
	 {{BYTES("\0\x10\0\x08"
		 "a"),
	   0, 1, 0},
	  {BYTES("\0\x10\0\x08"
		 "b"),
	   9, 1, 1}},
	 "0:a -9:b ",
	 0},
	{"sizes beyond the packet",
	 {{BYTES("\0\x20\0\x08\0\x38"
		 "abc"),
	   0, 1, 0},
	  {BYTES("\0\x10\0\x08"
		 "b"),
	   9, 1, 0}},
	 "0:a -9:b ",
	 1},
	{"no heads",
	 {{BYTES("\0\0"
		 "abc"),
	   0, 1, 0}},
	 "",
	 1},
	{"heads cut", {{BYTES("\0\x40\0\x08"), 0, 1, 0}}, "", 1},
	{"a unit of no bytes", {{BYTES("\0\x10\0\0"), 0, 1, 0}}, "", 1},
	{"interleaved units",
	 {{BYTES("\0\x20\0\x08\0\x09"
		 "ab"),
	   0, 1, 0}},
	 "0:a ",
	 1},
	{"nothing at all", {{BYTES(""), 0, 1, 0}}, "", 0},
};

static void takes_aac_apart(void **state)
{
	(void)state;
	const struct rtp_depack_options options = {.codec = CODEC_AAC, .aac = rtp_aac_hbr};

	for (size_t i = 0; i < ARRAY_COUNT(aac_streams); i++) {
		static struct rtp_depack depack;

		assert_int_equal(rtp_depack_init(&depack, &options, NULL, 0), 0);
		const char *frames = run(&depack, aac_streams[i].packets, 5);

		if (strcmp(frames, aac_streams[i].frames) != 0 ||
		    rtp_depack_broken(&depack) != aac_streams[i].broken)
			fail_msg("%s: %s(%lu)", aac_streams[i].what, frames,
				 (unsigned long)rtp_depack_broken(&depack));
	}
}

static void takes_low_bit_rate_aac_apart(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	const struct rtp_depack_options options = {.codec = CODEC_AAC, .aac = rtp_aac_lbr};
	const struct packet packets[] = {{BYTES("\0\x10\x04\x08"
						"abb"),
					  0, 1, 0}};

	assert_int_equal(rtp_depack_init(&depack, &options, NULL, 0), 0);
	assert_string_equal(run(&depack, packets, 1), "0:a 1024:bb ");
	const struct rtp_depack_options senseless = {.codec = CODEC_AAC, .aac = {0, 3, 3}};

	assert_int_equal(rtp_depack_init(&depack, &senseless, NULL, 0), -EINVAL);
}

static void reads_aac_configs(void **state)
{
	(void)state;
	struct aac_config config;

	assert_int_equal(aac_parse_config((const uint8_t *)"\x11\x90", 2, &config), 0);
	assert_int_equal(config.rate_hz, 48000);
	assert_int_equal(config.channels, 2);
	assert_int_equal(aac_parse_config((const uint8_t *)"\x14\x08", 2, &config), 0);
	assert_int_equal(config.rate_hz, 16000);
	assert_int_equal(config.channels, 1);
	/* the rate written out: 8 kHz */
	assert_int_equal(aac_parse_config((const uint8_t *)"\x17\x80\x0f\xa0\x08", 5, &config), 0);
	assert_int_equal(config.rate_hz, 8000);
	assert_int_equal(aac_parse_config((const uint8_t *)"\x11", 1, &config), -EBADMSG);
	assert_int_equal(aac_parse_config((const uint8_t *)"\x16\x88", 2, &config), -EBADMSG);
}

/* ---- G.711: any packets in, 20 ms out ---- */

static void check_g711(const size_t *sizes, size_t count, size_t frames_expected)
{
	static struct rtp_depack depack;
	static uint8_t samples[8000];
	uint32_t timestamp = 4000000000U;
	size_t frames = 0, at = 0;

	for (size_t i = 0; i < sizeof(samples); i++)
		samples[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(rtp_depack_init(&depack, &(struct rtp_depack_options){.codec = CODEC_PCMA},
					 NULL, 0),
			 0);
	for (size_t i = 0; i < count; i++) {
		const struct rtp_packet packet = {.timestamp = timestamp + (uint32_t)at,
						  .payload = {samples + at, sizes[i]}};
		struct rtp_frame frame;

		rtp_depack_push(&depack, &packet, false);
		while (rtp_depack_next(&depack, &frame)) {
			assert_int_equal(frame.size, RTP_G711_FRAME_SIZE);
			assert_int_equal(frame.timestamp, timestamp + frames * RTP_G711_FRAME_SIZE);
			assert_memory_equal(frame.data, samples + frames * RTP_G711_FRAME_SIZE,
					    RTP_G711_FRAME_SIZE);
			frames++;
		}
		at += sizes[i];
	}
	assert_int_equal(frames, frames_expected);
}

static void cuts_and_joins_g711(void **state)
{
	(void)state;
	const size_t exact[] = {160, 160}, longer[] = {1024, 1024}, shorter[] = {80, 80, 80, 80},
		     odd[] = {1, 159, 161, 400, 79, 1};

	check_g711(exact, ARRAY_COUNT(exact), 2);
	check_g711(longer, ARRAY_COUNT(longer), 12);
	check_g711(shorter, ARRAY_COUNT(shorter), 2);
	check_g711(odd, ARRAY_COUNT(odd), 5);
}

static void g711_does_not_join_over_a_gap(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	static const char half[80], whole[160];
	const struct packet jump[] = {{half, 80, 0, 0, 0}, {whole, 160, 1000, 0, 0}};
	const struct packet lost[] = {{half, 80, 0, 0, 0}, {whole, 160, 160, 0, 1}};

	assert_int_equal(rtp_depack_init(&depack, &(struct rtp_depack_options){.codec = CODEC_PCMU},
					 NULL, 0),
			 0);
	assert_string_equal(run(&depack, jump, 2), "1000: ");
	assert_string_equal(run(&depack, lost, 2), "-160: ");
}

static void opus_is_a_packet_a_frame(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	const struct packet packets[] = {
		{BYTES("abc"), 960, 0, 0}, {BYTES(""), 1, 0, 0}, {BYTES("d"), 2880, 0, 1}};

	assert_int_equal(rtp_depack_init(&depack, &(struct rtp_depack_options){.codec = CODEC_OPUS},
					 NULL, 0),
			 0);
	assert_string_equal(run(&depack, packets, 3), "960:abc -2880:d ");
}

static void refuses_no_codec(void **state)
{
	(void)state;
	static struct rtp_depack depack;
	const struct rtp_depack_options none = {.codec = CODEC_NONE};

	assert_int_equal(rtp_depack_init(&depack, &none, NULL, 0), -EPROTONOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_aac_apart),
		cmocka_unit_test(takes_low_bit_rate_aac_apart),
		cmocka_unit_test(reads_aac_configs),
		cmocka_unit_test(cuts_and_joins_g711),
		cmocka_unit_test(g711_does_not_join_over_a_gap),
		cmocka_unit_test(opus_is_a_packet_a_frame),
		cmocka_unit_test(refuses_no_codec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
