#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_sdp.h"

static struct rtsp_sdp sdp;

static int parse(const char *text)
{
	return rtsp_sdp_parse(slice_of(text), &sdp);
}

static void reads_what_a_camera_sends(void **state)
{
	(void)state;
	const struct rtsp_sdp_media *media = sdp.media;
	struct slice value;

	assert_int_equal(parse("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=Media\r\na=control:*\r\n"
			       "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
			       "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IA,aM4=\r\n"
			       "a=control:trackID=0\r\n"
			       "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\n"
			       "a=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;config=1190\r\n"
			       "a=control:rtsp://h/x/trackID=1\r\n"
			       "m=audio 0 RTP/AVP 0\r\na=sendonly\r\na=control:back\r\n"
			       "m=application 0 RTP/AVP 107\r\n"
			       "a=rtpmap:107 vnd.onvif.metadata/90000\r\n"),
			 0);
	assert_int_equal(sdp.media_count, 4);
	assert_true(slice_equals(sdp.name, "Media"));
	assert_true(slice_equals(sdp.control, "*"));
	assert_int_equal(media[0].media, RTSP_MEDIA_VIDEO);
	assert_int_equal(media[0].codec, CODEC_H264);
	assert_int_equal(media[0].payload_type, 96);
	assert_int_equal(media[0].clock_hz, 90000);
	assert_true(slice_equals(media[0].control, "trackID=0"));
	assert_true(rtsp_sdp_parameter(media[0].fmtp, "sprop-parameter-sets", &value));
	assert_true(slice_equals(value, "Z0IA,aM4="));
	assert_int_equal(media[1].codec, CODEC_AAC);
	assert_int_equal(media[1].clock_hz, 48000);
	assert_int_equal(media[1].channels, 2);
	assert_true(slice_equals(media[1].control, "rtsp://h/x/trackID=1"));
	assert_false(media[1].is_backchannel);
	assert_int_equal(media[2].codec, CODEC_PCMU); /* a static payload type */
	assert_true(media[2].is_backchannel);
	assert_int_equal(media[3].media, RTSP_MEDIA_OTHER);
	assert_int_equal(media[3].codec, CODEC_NONE);
}

/* Each is broken in a way some camera is; all mean H.264 and, where there is sound, G.711. */
static const char *const broken[] = {
	/* no v=, o=, t=; a c= that makes no sense; several s= */
	"s=\r\ns=a\r\ns=b\r\nc=IN IP4\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
	/* bare LF, blanks, an empty line, a line without `=` */
	"v=0\n\nnonsense\n m=video 0 RTP/AVP 96 \n a=rtpmap:96  H264/90000 \n",
	/* CR alone */
	"v=0\rm=video 0 RTP/AVP 96\ra=rtpmap:96 H264/90000\r",
	/* lower case, no clock */
	"m=video 0 RTP/AVP 96\r\na=rtpmap:96 h264\r\n",
	/* RTP/SAVP, a port, a fraction of ports */
	"m=video 49170/2 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n",
	/* the first format is unknown */
	"m=video 0 RTP/AVP 95 96\r\na=rtpmap:95 VP8/90000\r\na=rtpmap:96 H264/90000\r\n",
	/* attributes in any order */
	"m=video 0 RTP/AVP 96\r\na=control:1\r\na=fmtp:96 x=y\r\nb=AS:1\r\na=rtpmap:96 H264/90000\r\n",
};

static void reads_broken_descriptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(broken); i++) {
		assert_int_equal(parse(broken[i]), 0);
		if (sdp.media_count != 1 || sdp.media[0].codec != CODEC_H264 ||
		    sdp.media[0].clock_hz != 90000 || sdp.media[0].payload_type != 96)
			fail_msg("case %zu", i);
	}
}

static void finds_an_fmtp_under_the_wrong_media(void **state)
{
	(void)state;
	struct slice value;

	assert_int_equal(parse("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
			       "m=audio 0 RTP/AVP 8\r\na=fmtp:96 packetization-mode=1\r\n"),
			 0);
	assert_true(rtsp_sdp_parameter(sdp.media[0].fmtp, "packetization-mode", &value));
	assert_int_equal(sdp.media[1].codec, CODEC_PCMA);
	assert_int_equal(sdp.media[1].fmtp.size, 0);
}

static void names_what_it_does_not_take(void **state)
{
	(void)state;
	assert_int_equal(parse("m=video 0 RTP/AVP 26\r\nm=audio 0 RTP/AVP 98\r\n"
			       "a=rtpmap:98 G726-32/8000\r\n"),
			 0);
	assert_int_equal(sdp.media[0].codec, CODEC_NONE);
	assert_int_equal(sdp.media[0].payload_type, 26);
	assert_int_equal(sdp.media[1].codec, CODEC_NONE);
	assert_true(slice_equals(sdp.media[1].encoding, "G726-32"));
}

static void is_bounded(void **state)
{
	(void)state;
	static char text[RTSP_SDP_MEDIA_MAX * 64];
	size_t size = 0;

	for (int i = 0; i < RTSP_SDP_MEDIA_MAX + 4; i++) {
		memcpy(text + size, "m=audio 0 RTP/AVP 0\r\n", 21);
		size += 21;
	}
	assert_int_equal(parse(text), 0);
	assert_int_equal(sdp.media_count, RTSP_SDP_MEDIA_MAX);
	assert_int_equal(parse(""), -EBADMSG);
	assert_int_equal(parse("v=0\r\ns=x\r\n"), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_camera_sends),
		cmocka_unit_test(reads_broken_descriptions),
		cmocka_unit_test(finds_an_fmtp_under_the_wrong_media),
		cmocka_unit_test(names_what_it_does_not_take),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
