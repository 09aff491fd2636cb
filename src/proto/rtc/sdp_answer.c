#include "proto/rtc/sdp_answer.h"

static const char cname[] = "ward";
static const char transport_protocol[] = "UDP/TLS/RTP/SAVPF";

/* Higher is better; 0: not usable. */
static int format_rank(const struct sdp_format *format, enum sdp_codec codec)
{
	if (format->codec != codec)
		return 0;
	if (codec != SDP_CODEC_H264)
		return 1;
	/* Mode 0 forbids fragments (RFC 6184 §5.4); a line that says nothing is taken at last, for
	 * players that leave the mode out and take fragments all the same. */
	if (format->has_packetization_mode && format->packetization_mode != 1)
		return 0;
	int rank = format->has_packetization_mode ? 8 : 1;

	if (format->profile_level_id == 0x42e01f)
		return rank + 4;
	return format->profile_level_id >> 8 == 0x42e0 ? rank + 2 : rank + 1;
}

static const struct sdp_format *media_best_format(const struct sdp_media *media,
						  enum sdp_codec codec)
{
	const struct sdp_format *best = NULL;
	int best_rank = 0;

	for (uint32_t i = 0; i < media->format_count; i++) {
		int rank = format_rank(&media->format[i], codec);

		if (rank > best_rank) {
			best = &media->format[i];
			best_rank = rank;
		}
	}
	return best;
}

static const struct sdp_format *media_rtx_of(const struct sdp_media *media,
					     const struct sdp_format *format)
{
	for (uint32_t i = 0; i < media->format_count; i++) {
		const struct sdp_format *rtx = &media->format[i];

		if (rtx->codec == SDP_CODEC_RTX && rtx->has_apt &&
		    rtx->apt == format->payload_type && (format->feedback & SDP_FB_NACK))
			return rtx;
	}
	return NULL;
}

/* Any format of ours keeps an unused line alive; without one it has to be rejected. */
static const struct sdp_format *media_any_format(const struct sdp_media *media)
{
	for (enum sdp_codec codec = SDP_CODEC_H264; codec <= SDP_CODEC_PCMA; codec++) {
		const struct sdp_format *format = media_best_format(media, codec);

		if (format)
			return format;
	}
	return NULL;
}

static bool media_is_usable(const struct sdp_media *media)
{
	return !media->is_rejected && media->has_rtcp_mux &&
	       sdp_text_equal(media->protocol, transport_protocol) &&
	       (sdp_text_equal(media->kind, "video") || sdp_text_equal(media->kind, "audio"));
}

static bool media_receives(const struct sdp_media *media)
{
	return media->direction == SDP_RECVONLY || media->direction == SDP_SENDRECV;
}

/* What Ward sends of `codec`, or, on the line of a voice, what it takes of it. */
static void choose_media(const struct sdp_media *media, enum sdp_codec codec, bool is_talk,
			 struct sdp_stream *stream)
{
	const struct sdp_format *format = NULL;

	if (!media_is_usable(media))
		return;
	if (codec != SDP_CODEC_OTHER && (is_talk || media_receives(media)))
		format = media_best_format(media, codec);
	stream->take = !format ? SDP_TAKE_INACTIVE : is_talk ? SDP_TAKE_RECEIVE : SDP_TAKE_SEND;
	if (!format)
		format = media_any_format(media);
	if (!format) {
		stream->take = SDP_TAKE_REJECT;
		return;
	}
	stream->format = format;
	stream->codec = format->codec;
	stream->rtx = media_rtx_of(media, format);
	stream->abs_send_time_id = media->abs_send_time_id;
}

/* Where nothing is to be heard, a line that goes both ways is the viewer's. */
static bool media_is_talk(const struct sdp_media *media, enum sdp_codec audio)
{
	return sdp_text_equal(media->kind, "audio") &&
	       (media->direction == SDP_SENDONLY ||
		(media->direction == SDP_SENDRECV && audio == SDP_CODEC_OTHER));
}

void sdp_answer_choose(const struct sdp_offer *offer, enum sdp_codec video, enum sdp_codec audio,
		       bool may_talk, struct sdp_agreement *ret_agreement)
{
	bool has_transport = false;

	*ret_agreement = (struct sdp_agreement){
		.video = -1, .audio = -1, .talk = -1, .media_count = offer->media_count};
	for (uint32_t i = 0; i < offer->media_count; i++) {
		const struct sdp_media *media = &offer->media[i];
		struct sdp_stream *stream = &ret_agreement->stream[i];
		bool is_video = sdp_text_equal(media->kind, "video");
		bool is_talk = media_is_talk(media, audio);
		enum sdp_codec wanted = is_video  ? video
					: is_talk ? (may_talk ? SDP_CODEC_OPUS : SDP_CODEC_OTHER)
						  : audio;
		int *taken = is_video  ? &ret_agreement->video
			     : is_talk ? &ret_agreement->talk
				       : &ret_agreement->audio;

		/* One transport: a line outside the bundle can only be taken if it is the first. */
		if (has_transport && !media->is_bundled)
			continue;
		choose_media(media, *taken < 0 ? wanted : SDP_CODEC_OTHER, is_talk, stream);
		if (stream->take == SDP_TAKE_SEND || stream->take == SDP_TAKE_RECEIVE)
			*taken = (int)i;
		has_transport = has_transport || stream->take != SDP_TAKE_REJECT;
		if (has_transport && !media->is_bundled)
			return;
	}
}

static void answer_add_span(struct text *text, struct sdp_span span)
{
	text_add_bytes(text, span.at, span.size);
}

static void answer_session(struct text *text, const struct sdp_answer *answer)
{
	text_printf(text,
		    "v=0\r\no=- %llu 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
		    "a=group:BUNDLE",
		    (unsigned long long)(answer->session_id >> 1));
	for (uint32_t i = 0; i < answer->offer->media_count; i++) {
		if (answer->agreement->stream[i].take == SDP_TAKE_REJECT ||
		    !answer->offer->media[i].is_bundled)
			continue;
		text_add(text, " ");
		answer_add_span(text, answer->offer->media[i].mid);
	}
	text_printf(text, "\r\na=msid-semantic: WMS %s\r\n", cname);
}

static void answer_rejected(struct text *text, const struct sdp_media *media)
{
	text_add(text, "m=");
	answer_add_span(text, media->kind);
	text_add(text, " 0 ");
	answer_add_span(text, media->protocol);
	text_add(text, " ");
	answer_add_span(text, media->formats);
	text_add(text, "\r\nc=IN IP4 0.0.0.0\r\n");
	if (media->mid.size) {
		text_add(text, "a=mid:");
		answer_add_span(text, media->mid);
		text_add(text, "\r\n");
	}
	text_add(text, "a=inactive\r\n");
}

static void answer_transport(struct text *text, const struct sdp_answer *answer)
{
	text_printf(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n",
		    answer->ufrag, answer->pwd);
	text_add(text, "a=fingerprint:sha-256 ");
	for (size_t i = 0; i < SDP_FINGERPRINT_SIZE; i++)
		text_printf(text, "%s%02X", i ? ":" : "", answer->fingerprint[i]);
	text_add(text, "\r\na=setup:passive\r\n");
	for (uint32_t i = 0; i < answer->candidate_count; i++)
		ice_candidate_add(text, &answer->candidate[i]);
	text_add(text, "a=end-of-candidates\r\n");
}

static void answer_feedback(struct text *text, const struct sdp_stream *stream)
{
	static const struct {
		uint8_t bit;
		const char *words;
	} lines[] = {
		{SDP_FB_NACK, "nack"},
		{SDP_FB_PLI, "nack pli"},
		{SDP_FB_FIR, "ccm fir"},
		{SDP_FB_REMB, "goog-remb"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		if (!(stream->format->feedback & lines[i].bit))
			continue;
		/* Without RTX nothing could be sent again, so nothing is to be asked for. */
		if (lines[i].bit == SDP_FB_NACK && !stream->rtx)
			continue;
		text_printf(text, "a=rtcp-fb:%u %s\r\n", stream->format->payload_type,
			    lines[i].words);
	}
}

static void answer_h264(struct text *text, const struct sdp_format *format)
{
	text_printf(text, "a=rtpmap:%u H264/90000\r\n", format->payload_type);
	if (!format->has_packetization_mode && !format->profile_level_id)
		return;
	text_printf(text, "a=fmtp:%u level-asymmetry-allowed=1", format->payload_type);
	if (format->has_packetization_mode)
		text_printf(text, ";packetization-mode=%u", format->packetization_mode);
	if (format->profile_level_id)
		text_printf(text, ";profile-level-id=%06x", format->profile_level_id);
	text_add(text, "\r\n");
}

static void answer_format(struct text *text, const struct sdp_format *format, bool is_stereo)
{
	switch (format->codec) {
	case SDP_CODEC_H264:
		answer_h264(text, format);
		break;
	case SDP_CODEC_H265:
		text_printf(text, "a=rtpmap:%u H265/90000\r\n", format->payload_type);
		if (!format->parameters.size)
			break;
		text_printf(text, "a=fmtp:%u ", format->payload_type);
		answer_add_span(text, format->parameters);
		text_add(text, "\r\n");
		break;
	case SDP_CODEC_OPUS:
		text_printf(text, "a=rtpmap:%u opus/48000/2\r\n", format->payload_type);
		text_printf(text, "a=fmtp:%u minptime=10;useinbandfec=1%s\r\n",
			    format->payload_type,
			    is_stereo ? ";stereo=1;sprop-stereo=1" : "");
		break;
	case SDP_CODEC_PCMU:
	case SDP_CODEC_PCMA:
		text_printf(text, "a=rtpmap:%u %s/8000\r\n", format->payload_type,
			    format->codec == SDP_CODEC_PCMU ? "PCMU" : "PCMA");
		break;
	case SDP_CODEC_OTHER:
	case SDP_CODEC_RTX:
	case SDP_CODEC_COUNT:
		break;
	}
}

static void answer_sources(struct text *text, const struct sdp_stream *stream, bool is_video)
{
	text_printf(text, "a=msid:%s %s\r\n", cname, is_video ? "video" : "audio");
	if (stream->rtx)
		text_printf(text, "a=ssrc-group:FID %u %u\r\n", stream->ssrc, stream->rtx_ssrc);
	text_printf(text, "a=ssrc:%u cname:%s\r\n", stream->ssrc, cname);
	if (stream->rtx)
		text_printf(text, "a=ssrc:%u cname:%s\r\n", stream->rtx_ssrc, cname);
}

static const char *const directions[] = {
	[SDP_TAKE_REJECT] = "inactive",
	[SDP_TAKE_INACTIVE] = "inactive",
	[SDP_TAKE_SEND] = "sendonly",
	[SDP_TAKE_RECEIVE] = "recvonly",
};

static void answer_media(struct text *text, const struct sdp_answer *answer, uint32_t index)
{
	const struct sdp_media *media = &answer->offer->media[index];
	const struct sdp_stream *stream = &answer->agreement->stream[index];
	bool is_video = sdp_text_equal(media->kind, "video");

	text_printf(text, "m=%s 9 %s %u", is_video ? "video" : "audio", transport_protocol,
		    stream->format->payload_type);
	if (stream->rtx)
		text_printf(text, " %u", stream->rtx->payload_type);
	text_add(text, "\r\nc=IN IP4 0.0.0.0\r\n");
	if (media->mid.size) {
		text_add(text, "a=mid:");
		answer_add_span(text, media->mid);
		text_add(text, "\r\n");
	}
	text_printf(text, "a=%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
		    directions[stream->take]);
	if (stream->abs_send_time_id)
		text_printf(text,
			    "a=extmap:%u http://www.webrtc.org/experiments/rtp-hdrext/"
			    "abs-send-time\r\n",
			    stream->abs_send_time_id);
	answer_format(text, stream->format,
		      answer->channels == 2 && stream->take == SDP_TAKE_SEND);
	answer_feedback(text, stream);
	if (stream->rtx)
		text_printf(text, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n",
			    stream->rtx->payload_type, stream->rtx->payload_type,
			    stream->format->payload_type);
	if (stream->take == SDP_TAKE_SEND)
		answer_sources(text, stream, is_video);
	answer_transport(text, answer);
}

void sdp_answer_build(struct text *text, const struct sdp_answer *answer)
{
	answer_session(text, answer);
	for (uint32_t i = 0; i < answer->offer->media_count; i++) {
		if (answer->agreement->stream[i].take == SDP_TAKE_REJECT)
			answer_rejected(text, &answer->offer->media[i]);
		else
			answer_media(text, answer, i);
	}
}
