#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "offers.h"
#include "proto/rtc/sdp_answer.h"

struct answered {
	struct sdp_offer offer;
	struct sdp_agreement agreement;
	char text[SDP_ANSWER_SIZE_MAX];
};

static bool may_talk;

static void answer(const char *offer, enum sdp_codec video, enum sdp_codec audio,
		   struct answered *ret)
{
	struct ice_candidate candidate = {.component = 1, .priority = 1};
	struct text text;

	assert_int_equal(sdp_offer_parse(offer, strlen(offer), &ret->offer), 0);
	assert_int_equal(ice_address_parse("10.0.0.1", 8, &candidate.address), 0);
	candidate.address.port = 8555;
	sdp_answer_choose(&ret->offer, video, audio, may_talk, &ret->agreement);
	for (uint32_t i = 0; i < ret->agreement.media_count; i++) {
		ret->agreement.stream[i].ssrc = 1000 + i;
		ret->agreement.stream[i].rtx_ssrc = 2000 + i;
	}
	struct sdp_answer said = {.offer = &ret->offer,
				  .agreement = &ret->agreement,
				  .ufrag = "UFRAG",
				  .pwd = "PASSWORDPASSWORDPASSWORD",
				  .candidate = &candidate,
				  .candidate_count = 1};

	text_init(&text, ret->text, sizeof(ret->text));
	sdp_answer_build(&text, &said);
	assert_false(text.failed);
}

static unsigned count_of(const char *text, const char *word)
{
	unsigned count = 0;

	for (; (text = strstr(text, word)); text++)
		count++;
	return count;
}

static void answers_a_browser(void **state)
{
	static const char *const lines[] = {
		"m=video 9 UDP/TLS/RTP/SAVPF 106 107\r\n",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
		"a=group:BUNDLE 0 1\r\n",
		"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
		"a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n",
		"a=rtcp-fb:106 nack\r\n",
		"a=rtcp-fb:106 nack pli\r\n",
		"a=rtcp-fb:106 ccm fir\r\n",
		"a=rtcp-fb:106 goog-remb\r\n",
		"a=fmtp:107 apt=106\r\n",
		"a=ssrc-group:FID 1000 2000\r\n",
		"a=rtpmap:111 opus/48000/2\r\n",
		"a=setup:passive\r\n",
		"a=rtcp-mux\r\n",
		"a=sendonly\r\n",
	};
	static struct answered said;

	(void)state;
	answer(OFFER_CHROMIUM, SDP_CODEC_H264, SDP_CODEC_OPUS, &said);
	assert_int_equal(said.agreement.video, 0);
	assert_int_equal(said.agreement.audio, 1);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
		if (!strstr(said.text, lines[i]))
			fail_msg("missing: %s in\n%s", lines[i], said.text);
	assert_null(strstr(said.text, "transport-cc"));
	assert_null(strstr(said.text, "recvonly"));
	assert_null(strstr(said.text, "ice-lite"));
	assert_int_equal(count_of(said.text, "m="), 2);
}

static void takes_only_what_the_camera_sends(void **state)
{
	static const struct {
		enum sdp_codec video, audio;
		const char *has;
		int video_line, audio_line;
	} cases[] = {
		{SDP_CODEC_H265, SDP_CODEC_PCMA, "m=video 9 UDP/TLS/RTP/SAVPF 45 46\r\n", 0, 1},
		{SDP_CODEC_H265, SDP_CODEC_PCMA, "a=fmtp:45 level-id=93;profile-id=1\r\n", 0, 1},
		{SDP_CODEC_H264, SDP_CODEC_PCMU, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 0, 1},
		{SDP_CODEC_H264, SDP_CODEC_OTHER, "a=inactive\r\n", 0, -1},
		{SDP_CODEC_OTHER, SDP_CODEC_OPUS, "a=inactive\r\n", -1, 1},
	};
	static struct answered said;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		answer(OFFER_CHROMIUM, cases[i].video, cases[i].audio, &said);
		assert_int_equal(said.agreement.video, cases[i].video_line);
		assert_int_equal(said.agreement.audio, cases[i].audio_line);
		assert_non_null(strstr(said.text, cases[i].has));
	}
}

#define SMALL(direction)                                                                           \
	"v=0\r\na=group:BUNDLE a\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" OFFER_TRANSPORT            \
	"a=mid:a\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\na=" direction "\r\n"

static void mirrors_each_line(void **state)
{
	static const struct {
		const char *offer, *has;
		int video;
	} cases[] = {
		{SMALL("recvonly"), "a=sendonly\r\n", 0},
		{SMALL("sendrecv"), "a=sendonly\r\n", 0},
		{SMALL("sendonly"), "a=inactive\r\n", -1},
		{SMALL("inactive"), "a=inactive\r\n", -1},
		/* one that nobody can use, before the one that counts */
		{"v=0\r\na=group:BUNDLE d a\r\n"
		 "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" OFFER_TRANSPORT
		 "a=mid:d\r\n"
		 "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" OFFER_TRANSPORT
		 "a=mid:a\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\n",
		 "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", 1},
		/* rejected by the offerer */
		{"v=0\r\na=group:BUNDLE a\r\nm=video 0 UDP/TLS/RTP/SAVPF 99 98\r\na=mid:x\r\n"
		 "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" OFFER_TRANSPORT
		 "a=mid:a\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\n",
		 "m=video 0 UDP/TLS/RTP/SAVPF 99 98\r\n", 1},
		/* bundle-only lines have port 0 too, and are meant */
		{"v=0\r\na=group:BUNDLE a\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\n" OFFER_TRANSPORT
		 "a=mid:a\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\n",
		 "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", 0},
	};
	static struct answered said;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		answer(cases[i].offer, SDP_CODEC_H264, SDP_CODEC_OPUS, &said);
		assert_int_equal(said.agreement.video, cases[i].video);
		if (!strstr(said.text, cases[i].has))
			fail_msg("case %zu: missing %s in\n%s", i, cases[i].has, said.text);
		assert_int_equal(count_of(said.text, "\nm="), said.offer.media_count);
	}
}

static void offers_no_nack_without_rtx(void **state)
{
	static struct answered said;

	(void)state;
	answer("v=0\r\na=group:BUNDLE a\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" OFFER_TRANSPORT
	       "a=mid:a\r\na=rtcp-mux\r\na=recvonly\r\na=rtpmap:96 H264/90000\r\n"
	       "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n",
	       SDP_CODEC_H264, SDP_CODEC_OTHER, &said);
	assert_null(strstr(said.text, "a=rtcp-fb:96 nack\r\n"));
	assert_non_null(strstr(said.text, "a=rtcp-fb:96 nack pli\r\n"));
	assert_null(strstr(said.text, "ssrc-group"));
}

/* A line that only sends is taken from whoever may talk, in Opus, whatever the camera sends. */
static void takes_a_voice_from_those_who_may_talk(void **state)
{
	static const char voice[] =
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n" OFFER_TRANSPORT
		"a=mid:2\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";
	static char offer[sizeof(OFFER_CHROMIUM) + sizeof(voice) + 8];
	static struct answered answered;
	const char *group;

	(void)state;
	/* In the bundle with the others. */
	group = strstr(OFFER_CHROMIUM, "BUNDLE 0 1");
	assert_non_null(group);
	size_t head = (size_t)(group - OFFER_CHROMIUM) + strlen("BUNDLE 0 1");

	snprintf(offer, sizeof(offer), "%.*s 2%s%s", (int)head, OFFER_CHROMIUM,
		 &OFFER_CHROMIUM[head], voice);
	answer(offer, SDP_CODEC_H264, SDP_CODEC_PCMA, &answered);
	assert_int_equal(answered.agreement.talk, -1);
	assert_int_equal(count_of(answered.text, "a=recvonly\r\n"), 0);
	may_talk = true;
	answer(offer, SDP_CODEC_H264, SDP_CODEC_PCMA, &answered);
	may_talk = false;
	assert_int_equal(answered.agreement.talk, 2);
	assert_int_equal(answered.agreement.audio, 1);
	assert_int_equal(answered.agreement.stream[2].format->payload_type, 111);
	assert_int_equal(count_of(answered.text, "a=recvonly\r\n"), 1);
	assert_int_equal(count_of(answered.text, "a=sendonly\r\n"), 2);
	assert_non_null(strstr(answered.text, "useinbandfec=1"));
}

/* A talker who offers both ways is answered with one; who only hears is not taken. */
static void takes_a_voice_alone(void **state)
{
	static const char head[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
				   "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n" OFFER_TRANSPORT
				   "a=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 OPUS/48000\r\n";
	static const struct {
		const char *direction;
		int talk;
	} cases[] = {{"a=sendonly\r\n", 0}, {"a=sendrecv\r\n", 0}, {"", 0}, {"a=recvonly\r\n", -1},
		     {"a=inactive\r\n", -1}};
	static char offer[sizeof(head) + 32];
	static struct answered answered;

	(void)state;
	may_talk = true;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		snprintf(offer, sizeof(offer), "%s%s", head, cases[i].direction);
		answer(offer, SDP_CODEC_OTHER, SDP_CODEC_OTHER, &answered);
		assert_int_equal(answered.agreement.talk, cases[i].talk);
		assert_int_equal(answered.agreement.audio, -1);
		assert_int_equal(count_of(answered.text, "a=recvonly\r\n"), cases[i].talk == 0);
		assert_null(strstr(answered.text, "a=ssrc:"));
	}
	may_talk = false;
	snprintf(offer, sizeof(offer), "%s", head);
	answer(offer, SDP_CODEC_OTHER, SDP_CODEC_OTHER, &answered);
	assert_int_equal(answered.agreement.talk, -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_a_browser),
		cmocka_unit_test(takes_only_what_the_camera_sends),
		cmocka_unit_test(mirrors_each_line),
		cmocka_unit_test(offers_no_nack_without_rtx),
		cmocka_unit_test(takes_a_voice_from_those_who_may_talk),
		cmocka_unit_test(takes_a_voice_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
