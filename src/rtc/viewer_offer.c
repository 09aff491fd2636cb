#include "rtc/viewer_offer.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "proto/rtc/sdp_answer.h"
#include "proto/rtc/sdp_frag.h"
#include "rtc/viewer_media.h"
#include "rtc/viewer_net.h"

enum {
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_ACCEPTABLE = 406,
	HTTP_CONFLICT = 409,
	HTTP_PRECONDITION_FAILED = 412,
	HTTP_INTERNAL = 500,
};

static const enum sdp_codec codec_names[CODEC_COUNT] = {
	[CODEC_H264] = SDP_CODEC_H264, [CODEC_H265] = SDP_CODEC_H265, [CODEC_OPUS] = SDP_CODEC_OPUS,
	[CODEC_PCMU] = SDP_CODEC_PCMU, [CODEC_PCMA] = SDP_CODEC_PCMA,
};

static uint32_t track_codec(const struct viewer *viewer, enum media_track track)
{
	const struct feed_track *feed = feed_track(viewer->rtc->feed, viewer->grant.camera, track);

	if (!(viewer->grant.tracks & TRACK_BIT(track)) || !feed)
		return CODEC_NONE;
	return feed->info.codec;
}

static void choose_video(struct viewer *viewer)
{
	viewer->video_track = TRACK_VIDEO;
	viewer->video_codec = track_codec(viewer, TRACK_VIDEO);
	if (viewer->video_codec == CODEC_NONE) {
		viewer->video_track = TRACK_SUB;
		viewer->video_codec = track_codec(viewer, TRACK_SUB);
	}
}

/* The microphone as it is, where browsers can play it; else what transcode makes of it, which is
 * Opus even before its first frame is here. */
static void choose_audio(struct viewer *viewer)
{
	viewer->audio_track = TRACK_MIC;
	viewer->audio_codec = track_codec(viewer, TRACK_MIC);
	if (codec_names[viewer->audio_codec] != SDP_CODEC_OTHER)
		return;
	viewer->audio_track = TRACK_LISTEN;
	viewer->audio_codec =
		viewer->grant.tracks & TRACK_BIT(TRACK_LISTEN) ? (uint32_t)CODEC_OPUS : CODEC_NONE;
}

static uint32_t audio_channels(const struct viewer *viewer)
{
	const struct feed_track *feed =
		feed_track(viewer->rtc->feed, viewer->grant.camera, viewer->audio_track);

	return feed ? feed->info.channels : 1;
}

static uint32_t random_ssrc(void)
{
	uint32_t ssrc = 0;

	while (ssrc == 0)
		if (getrandom(&ssrc, sizeof(ssrc), 0) != sizeof(ssrc))
			fatal("no randomness");
	return ssrc;
}

static int start_stream(struct rtp_stream *stream, struct sdp_stream *agreed, uint32_t clock_hz,
			bool is_video)
{
	agreed->ssrc = random_ssrc();
	agreed->rtx_ssrc = random_ssrc();
	struct rtp_stream_setup setup = {
		.ssrc = agreed->ssrc,
		.rtx_ssrc = agreed->rtx_ssrc,
		.payload_type = agreed->format->payload_type,
		.has_rtx = agreed->rtx != NULL,
		.rtx_payload_type = agreed->rtx ? agreed->rtx->payload_type : 0,
		.abs_send_time_id = agreed->abs_send_time_id,
		.marks_last = is_video,
		.clock_hz = clock_hz,
	};

	return rtp_stream_init(stream, &setup);
}

static int start_streams(struct viewer *viewer, struct sdp_agreement *agreement)
{
	int r = 0;

	if (agreement->video >= 0)
		r = start_stream(&viewer->video, &agreement->stream[agreement->video], 90000, true);
	if (r == 0 && agreement->audio >= 0)
		r = start_stream(&viewer->audio, &agreement->stream[agreement->audio],
				 viewer->audio_codec == CODEC_OPUS ? 48000 : 8000, false);
	return r;
}

/* Reports come from what is sent as well, or (nothing is sent) from a source of their own. */
static void start_talk(struct viewer *viewer, const struct sdp_agreement *agreement)
{
	struct talk_in *talk = &viewer->talk;

	talk->is_agreed = agreement->talk >= 0;
	if (!talk->is_agreed)
		return;
	talk->payload_type = agreement->stream[agreement->talk].format->payload_type;
	talk->own_ssrc = viewer->video.is_set_up   ? viewer->video.setup.ssrc
			 : viewer->audio.is_set_up ? viewer->audio.setup.ssrc
						   : random_ssrc();
}

/* A grant without tracks is a talk's own (WHIP): one line, which is the voice. */
static bool is_acceptable(const struct viewer *viewer, const struct sdp_agreement *agreement)
{
	if (viewer->grant.tracks == 0)
		return agreement->talk >= 0 && agreement->media_count == 1;
	return agreement->video >= 0 || agreement->audio >= 0;
}

static void etag_renew(struct viewer *viewer)
{
	uint8_t random[8];
	struct text text;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		fatal("no randomness");
	text_init(&text, viewer->etag, sizeof(viewer->etag));
	text_add_hex(&text, random, sizeof(random));
}

static void add_candidates(struct viewer *viewer, const struct ice_candidate *candidate,
			   uint32_t count)
{
	uint64_t now_ns = loop_now_ns(viewer->rtc->loop);

	for (uint32_t i = 0; i < count; i++)
		if (viewer->rtc->udp_family == AF_INET6 || ice_address_is_v4(&candidate[i].address))
			ice_agent_add(&viewer->ice, &candidate[i], now_ns);
	viewer_wake(viewer);
}

static int start_transport(struct viewer *viewer, struct sdp_span ufrag, struct sdp_span pwd)
{
	int r = ice_agent_start(&viewer->ice, ufrag, pwd, loop_now_ns(viewer->rtc->loop));

	if (r == 0)
		r = viewer_net_start(viewer);
	if (r < 0)
		return r;
	viewer_register(viewer);
	etag_renew(viewer);
	return 0;
}

static void build_answer(struct viewer *viewer, const struct sdp_offer *offer,
			 const struct sdp_agreement *agreement, struct text *text)
{
	struct rtc *rtc = viewer->rtc;
	struct sdp_answer answer = {
		.offer = offer,
		.agreement = agreement,
		.ufrag = viewer->ice.ufrag,
		.pwd = viewer->ice.pwd,
		.session_id = (uint64_t)random_ssrc() << 32 | random_ssrc(),
		.channels = audio_channels(viewer),
		.candidate_count = rtc->candidate_count,
		.candidate = rtc->candidate,
	};

	memcpy(answer.fingerprint, dtls_identity_fingerprint(rtc->identity),
	       sizeof(answer.fingerprint));
	sdp_answer_build(text, &answer);
}

int viewer_offer_accept(struct viewer *viewer, const char *text, size_t size, struct text *answer)
{
	struct sdp_offer offer;
	struct sdp_agreement agreement;

	if (viewer->state != VIEWER_GRANTED)
		return HTTP_CONFLICT;
	if (sdp_offer_parse(text, size, &offer) < 0 || offer.is_setup_passive ||
	    memcmp(offer.fingerprint, viewer->grant.dtls_fingerprint, sizeof(offer.fingerprint)) !=
		    0)
		return HTTP_BAD_REQUEST;
	choose_video(viewer);
	choose_audio(viewer);
	sdp_answer_choose(&offer, codec_names[viewer->video_codec],
			  codec_names[viewer->audio_codec], viewer->grant.may_talk != 0,
			  &agreement);
	if (!is_acceptable(viewer, &agreement))
		return HTTP_NOT_ACCEPTABLE;
	if (start_streams(viewer, &agreement) < 0 ||
	    start_transport(viewer, offer.ufrag, offer.pwd) < 0)
		return HTTP_INTERNAL;
	start_talk(viewer, &agreement);
	viewer->state = VIEWER_ANSWERED;
	viewer->since_ns = loop_now_ns(viewer->rtc->loop);
	add_candidates(viewer, offer.candidate, offer.candidate_count);
	build_answer(viewer, &offer, &agreement, answer);
	return answer->failed ? HTTP_INTERNAL : 0;
}

static bool is_restart(const struct viewer *viewer, const struct sdp_frag *frag)
{
	const char *known = viewer->ice.remote_ufrag;

	return frag->ufrag.size && !sdp_text_equal(frag->ufrag, known);
}

static int restart(struct viewer *viewer, const struct sdp_frag *frag, struct text *answer)
{
	if (start_transport(viewer, frag->ufrag, frag->pwd) < 0)
		return HTTP_INTERNAL;
	struct sdp_frag_answer said = {
		.ufrag = viewer->ice.ufrag,
		.pwd = viewer->ice.pwd,
		.mid = frag->mid,
		.candidate_count = viewer->rtc->candidate_count,
		.candidate = viewer->rtc->candidate,
	};

	sdp_frag_build(answer, &said);
	return answer->failed ? HTTP_INTERNAL : 0;
}

int viewer_offer_patch(struct viewer *viewer, const char *text, size_t size, const char *etag,
		       struct text *answer)
{
	struct sdp_frag frag;
	bool says_etag = etag[0] && strcmp(etag, "*") != 0;

	if (viewer->state != VIEWER_ANSWERED && viewer->state != VIEWER_CONNECTED)
		return HTTP_CONFLICT;
	if (says_etag && strcmp(etag, viewer->etag) != 0)
		return HTTP_PRECONDITION_FAILED;
	if (sdp_frag_parse(text, size, &frag) < 0)
		return HTTP_BAD_REQUEST;
	if (is_restart(viewer, &frag)) {
		int status = restart(viewer, &frag, answer);

		if (status)
			return status;
	}
	add_candidates(viewer, frag.candidate, frag.candidate_count);
	return 0;
}
