#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "offers.h"
#include "proto/rtc/sdp_offer.h"

static int parse(const char *text, struct sdp_offer *ret_offer)
{
	return sdp_offer_parse(text, strlen(text), ret_offer);
}

static const struct sdp_format *format_of(const struct sdp_media *media, unsigned payload_type)
{
	for (uint32_t i = 0; i < media->format_count; i++)
		if (media->format[i].payload_type == payload_type)
			return &media->format[i];
	return NULL;
}

static void reads_a_browsers_offer(void **state)
{
	struct sdp_offer offer;

	(void)state;
	assert_int_equal(parse(OFFER_CHROMIUM, &offer), 0);
	assert_int_equal(offer.media_count, 2);
	assert_true(sdp_text_equal(offer.ufrag, "abcd"));
	assert_true(sdp_text_equal(offer.pwd, "0123456789abcdefghijklmn"));
	assert_int_equal(offer.fingerprint[0], 0x4a);
	assert_int_equal(offer.fingerprint[31], 0xdf);
	const struct sdp_media *video = &offer.media[0];

	assert_int_equal(video->direction, SDP_RECVONLY);
	assert_true(video->is_bundled && video->has_rtcp_mux && !video->is_rejected);
	assert_int_equal(video->abs_send_time_id, 2);
	assert_int_equal(format_of(video, 96)->codec, SDP_CODEC_OTHER);
	const struct sdp_format *h264 = format_of(video, 106);

	assert_int_equal(h264->codec, SDP_CODEC_H264);
	assert_int_equal(h264->profile_level_id, 0x42e01f);
	assert_int_equal(h264->packetization_mode, 1);
	assert_int_equal(h264->feedback, SDP_FB_NACK | SDP_FB_PLI | SDP_FB_FIR | SDP_FB_REMB);
	assert_int_equal(format_of(video, 107)->codec, SDP_CODEC_RTX);
	assert_int_equal(format_of(video, 107)->apt, 106);
	/* Static payload types need no rtpmap. */
	assert_int_equal(format_of(&offer.media[1], 8)->codec, SDP_CODEC_PCMA);
	assert_int_equal(format_of(&offer.media[1], 0)->codec, SDP_CODEC_PCMU);
	/* mDNS names and other components are left out. */
	assert_int_equal(offer.candidate_count, 1);
	assert_int_equal(offer.candidate[0].address.port, 50000);
}

#define HEAD  "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define ICE   "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl\r\n"
#define PRINT "a=fingerprint:sha-256 " OFFER_FINGERPRINT "\r\n"
#define LINE  "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"

static void refuses_bad_offers(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{HEAD LINE ICE PRINT, 0},
		{HEAD ICE PRINT LINE, 0},
		{HEAD LINE ICE PRINT "a=fingerprint:sha-1 00:11\r\n", 0},
		{"", -EBADMSG},
		{"v=1\r\n", -EBADMSG},
		{HEAD ICE PRINT, -EBADMSG},  /* no m-line */
		{HEAD LINE PRINT, -EBADMSG}, /* no credentials */
		{HEAD LINE ICE, -EBADMSG},   /* no fingerprint */
		{HEAD LINE ICE "a=fingerprint:sha-1 00:11\r\n", -EBADMSG},
		{HEAD LINE ICE "a=fingerprint:sha-256 00:11\r\n", -EBADMSG},
		{HEAD LINE ICE PRINT LINE "a=ice-ufrag:efgh\r\n", -EBADMSG},
		{HEAD LINE ICE PRINT "garbage\r\n", -EBADMSG},
		{HEAD LINE ICE PRINT "a=mid:with space\r\n", -EBADMSG},
		{HEAD LINE ICE PRINT "a=mid:\x01\r\n", -EBADMSG},
		{HEAD LINE ICE PRINT "a=rtpmap:200 H264/90000\r\n", -EBADMSG},
		{HEAD "m=video 9 UDP/TLS/RTP/SAVPF 128\r\n" ICE PRINT, -EBADMSG},
		{HEAD "m=video 9\r\n" ICE PRINT, -EBADMSG},
		{HEAD LINE LINE LINE LINE LINE LINE LINE LINE LINE ICE PRINT, -EMSGSIZE},
		{HEAD LINE "a=ice-ufrag:abc\r\na=ice-pwd:0123456789abcdefghijkl\r\n" PRINT,
		 -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct sdp_offer offer;

		assert_int_equal(parse(cases[i].text, &offer), cases[i].result);
	}
}

static void never_reads_past_the_end(void **state)
{
	static const char text[] = OFFER_CHROMIUM;
	struct sdp_offer offer;

	(void)state;
	for (size_t size = 0; size < sizeof(text); size += 7) {
		char *cut = malloc(size ? size : 1);

		assert_non_null(cut);
		memcpy(cut, text, size);
		(void)!sdp_offer_parse(cut, size, &offer);
		free(cut);
	}
}

static void finds_the_fingerprint_alone(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{OFFER_CHROMIUM, 0},
		{HEAD PRINT, 0},
		{HEAD LINE, -EBADMSG},
		{HEAD PRINT "a=fingerprint:sha-256 00"
			    "\r\n",
		 -EBADMSG},
		{HEAD PRINT "a=fingerprint:SHA-256 00:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:"
			    "19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF\r\n",
		 -EBADMSG}, /* differs */
		{PRINT "nonsense\r\n", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint8_t fingerprint[SDP_FINGERPRINT_SIZE] = {0};
		int r = sdp_offer_fingerprint(cases[i].text, strlen(cases[i].text), fingerprint);

		assert_int_equal(r, cases[i].result);
		assert_int_equal(fingerprint[0], r == 0 ? 0x4a : 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_browsers_offer),
		cmocka_unit_test(refuses_bad_offers),
		cmocka_unit_test(never_reads_past_the_end),
		cmocka_unit_test(finds_the_fingerprint_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
