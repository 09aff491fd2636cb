#include "cam/cam_dialogue.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"

enum {
	STATUS_OK = 200,
	STATUS_REDIRECT_MIN = 300,
	STATUS_REDIRECT_END = 400,
	STATUS_FORBIDDEN = 403,
	STATUS_NOT_FOUND = 404,
	STATUS_NO_BANDWIDTH = 453,
	STATUS_NO_TRANSPORT = 461,
	STATUS_UNAVAILABLE = 503,
};

static const struct {
	unsigned status;
	bool needs_person;
	const char *reason;
} refusals[] = {
	{STATUS_FORBIDDEN, true, "the camera refuses this user (403)"},
	{STATUS_NOT_FOUND, true, "the camera has no stream at this address (404)"},
	{STATUS_NO_BANDWIDTH, false, "the camera serves too many others already (453)"},
	{STATUS_NO_TRANSPORT, true, "the camera offers neither TCP nor UDP as asked (461)"},
	{STATUS_UNAVAILABLE, false, "the camera is busy (503)"},
};

static void refuse(struct cam_source *source, unsigned status)
{
	const char *method = rtsp_method_name(source->talk.request.method);

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
		if (refusals[i].status == status) {
			cam_source_fail(source, refusals[i].needs_person, "%s", refusals[i].reason);
			return;
		}
	cam_source_fail(source, false, "the camera refuses %s with status %u", method, status);
}

static void ask(struct cam_source *source, enum source_step step, enum rtsp_method method,
		const char *uri, const char *transport)
{
	cam_source_set_step(source, step);
	int rc = cam_talk_ask(&source->talk, method, uri, transport);

	if (rc < 0)
		cam_source_fail(source, false, "cannot ask the camera: %s", strerror(-rc));
}

void cam_dialogue_start(struct cam_source *source)
{
	source->is_redirected = false;
	ask(source, STEP_OPTIONS, RTSP_OPTIONS, source->url.target, NULL);
}

static void describe(struct cam_source *source)
{
	ask(source, STEP_DESCRIBE, RTSP_DESCRIBE, source->url.target, NULL);
}

/* What it can do is only a hint: some refuse the question and answer everything else. */
static void hear_options(struct cam_source *source, unsigned status)
{
	const struct slice *list = rtsp_message_header(&source->message, "Public");
	bool has_it = !list;

	for (struct slice rest = list ? *list : (struct slice){"", 0}; rest.size;)
		if (slice_equals(slice_trim(slice_cut(&rest, ',')), "GET_PARAMETER"))
			has_it = true;
	source->lacks_get_parameter = status == STATUS_OK && !has_it;
	describe(source);
}

/* A camera may have moved its stream, but only on itself: the warden dials nothing else. */
static void follow_redirect(struct cam_source *source)
{
	const struct slice *location = rtsp_message_header(&source->message, "Location");
	struct rtsp_url url;

	if (!location || source->is_redirected || rtsp_url_parse(*location, &url) < 0 ||
	    strcmp(url.host, source->url.host) != 0 || url.port != source->url.port) {
		cam_source_fail(source, true, "the camera sends us to another address");
		return;
	}
	memcpy(source->url.target, url.target, sizeof(url.target));
	source->is_redirected = true;
	describe(source);
}

/* ---- choosing streams ---- */

static const struct rtsp_sdp_media *find_media(const struct rtsp_sdp *sdp, enum rtsp_media kind)
{
	const struct rtsp_sdp_media *found = NULL;

	for (size_t i = 0; i < sdp->media_count; i++) {
		const struct rtsp_sdp_media *media = &sdp->media[i];

		if (media->media != kind || media->is_backchannel)
			continue;
		if (media->codec != CODEC_NONE)
			return media;
		if (!found)
			found = media;
	}
	return found;
}

static bool set_control(struct cam_source *source, struct source_stream *stream,
			const struct rtsp_sdp_media *media)
{
	struct text text;

	text_init(&text, stream->control, sizeof(stream->control));
	rtsp_url_join(&text, slice_of(source->base), media->control);
	stream->is_wanted = !text.failed;
	return stream->is_wanted;
}

static bool choose_video(struct cam_source *source, const struct rtsp_sdp *sdp)
{
	struct source_stream *stream = &source->streams[STREAM_VIDEO];
	const struct rtsp_sdp_media *media = find_media(sdp, RTSP_MEDIA_VIDEO);
	char why[CAM_TRACK_WHY_SIZE];

	if (!media) {
		cam_source_fail(source, true, "the camera offers no picture at this address");
		return false;
	}
	if (cam_track_start(&stream->track, source->track, media, source->context->outlet,
			    source->picture, why) < 0) {
		cam_source_fail(source, true,
				"%s is not supported: set the camera to H.264 or H.265", why);
		return false;
	}
	if (!set_control(source, stream, media))
		cam_source_fail(source, true, "the camera names a stream with too long an address");
	return stream->is_wanted;
}

static void choose_audio(struct cam_source *source, const struct rtsp_sdp *sdp)
{
	struct source_stream *stream = &source->streams[STREAM_AUDIO];
	const struct rtsp_sdp_media *media = find_media(sdp, RTSP_MEDIA_AUDIO);
	char why[CAM_TRACK_WHY_SIZE];

	stream->is_wanted = false;
	cam_track_stop(&stream->track);
	source->has_left_out = false;
	if (media && source->wants_audio &&
	    cam_track_start(&stream->track, TRACK_MIC, media, source->context->outlet, NULL, why) <
		    0 &&
	    source->failures == 0)
		diag_warn("camera \"%s\": no sound: %s is not supported", source->context->name,
			  why);
	if (source->track == TRACK_VIDEO && !stream->track.is_active)
		outlet_end_track(source->context->outlet, TRACK_MIC);
	if (!media || !(stream->track.is_active || source->sets_up_all))
		source->has_left_out = media != NULL;
	else if (!set_control(source, stream, media))
		cam_track_stop(&stream->track);
}

/* ---- SETUP ---- */

static void play(struct cam_source *source)
{
	ask(source, STEP_PLAY, RTSP_PLAY, source->aggregate, NULL);
}

static void ask_setup(struct cam_source *source)
{
	struct source_stream *stream = &source->streams[source->setup];
	struct rtsp_transport transport = {
		.is_tcp = !source->uses_udp,
		.has_interleaved = !source->uses_udp,
		.interleaved = {stream->channels[0], stream->channels[1]},
		.has_client_port = source->uses_udp,
		.client_port = {stream->udp.port[0], stream->udp.port[1]},
	};
	char value[TALK_TRANSPORT_SIZE_MAX];
	struct text text;

	text_init(&text, value, sizeof(value));
	rtsp_transport_build(&text, &transport);
	ask(source, STEP_SETUP, RTSP_SETUP, stream->control, value);
}

static void set_up(struct cam_source *source)
{
	struct source_stream *stream = &source->streams[source->setup];

	if (!source->uses_udp) {
		stream->channels[0] = (uint8_t)(2 * source->setup);
		stream->channels[1] = (uint8_t)(2 * source->setup + 1);
		ask_setup(source);
		return;
	}
	cam_udp_close(&stream->udp);
	cam_source_set_step(source, STEP_PAIR);
	source->pair_request = cam_source_dial(source, (struct ipc_dial){.kind = DIAL_UDP_PAIR});
}

static void set_up_next(struct cam_source *source)
{
	while (++source->setup < STREAM_COUNT)
		if (source->streams[source->setup].is_wanted) {
			set_up(source);
			return;
		}
	play(source);
}

/* The sockets are there, or connected. */
void cam_dialogue_paired(struct cam_source *source)
{
	struct source_stream *stream = &source->streams[source->setup];

	if (source->step == STEP_PAIR) {
		ask_setup(source);
	} else {
		cam_udp_punch(&stream->udp);
		set_up_next(source);
	}
}

static void take_tcp(struct cam_source *source, const struct rtsp_transport *transport)
{
	struct source_stream *stream = &source->streams[source->setup];

	if (transport->has_interleaved)
		memcpy(stream->channels, transport->interleaved, sizeof(stream->channels));
	rtsp_channels_add(&source->channels, stream->channels[0]);
	rtsp_channels_add(&source->channels, stream->channels[1]);
	set_up_next(source);
}

static void take_udp(struct cam_source *source, const struct rtsp_transport *transport)
{
	struct source_stream *stream = &source->streams[source->setup];

	if (!transport->has_server_port) {
		cam_source_fail(source, true, "the camera does not say from where it sends UDP");
		return;
	}
	if (cam_track_start_reorder(&stream->track) < 0) {
		cam_source_fail(source, false, "out of memory");
		return;
	}
	stream->udp.track = &stream->track;
	cam_source_set_step(source, STEP_CONNECT);
	cam_source_dial(source, (struct ipc_dial){
					.kind = DIAL_UDP_CONNECT,
					.pair = source->pair_request,
					.port = transport->server_port[0],
					.port2 = transport->server_port[1],
				});
}

/* Sound that cannot be set up is left out; the picture goes on. */
static void give_up_stream(struct cam_source *source, unsigned status)
{
	struct source_stream *stream = &source->streams[STREAM_AUDIO];

	if (source->failures == 0)
		diag_warn("camera \"%s\": no sound: it refuses SETUP with status %u",
			  source->context->name, status);
	stream->is_wanted = false;
	cam_track_stop(&stream->track);
	cam_udp_close(&stream->udp);
	if (source->track == TRACK_VIDEO)
		outlet_end_track(source->context->outlet, TRACK_MIC);
	set_up_next(source);
}

static void hear_setup(struct cam_source *source, unsigned status)
{
	const struct slice *value = rtsp_message_header(&source->message, "Transport");
	struct rtsp_transport transport = {.is_tcp = !source->uses_udp};

	if (status == STATUS_NO_TRANSPORT && source->setup == STREAM_VIDEO &&
	    source->transport == CAM_TRANSPORT_AUTO && !source->has_tried_both) {
		source->has_tried_both = true;
		source->uses_udp = !source->uses_udp;
		set_up(source);
		return;
	}
	if (status != STATUS_OK && source->setup == STREAM_AUDIO) {
		give_up_stream(source, status);
		return;
	}
	if (status != STATUS_OK) {
		refuse(source, status);
		return;
	}
	/* Without the header, it does as we asked. */
	if (value && rtsp_transport_parse(*value, &transport) < 0)
		transport = (struct rtsp_transport){.is_tcp = !source->uses_udp};
	if (source->uses_udp)
		take_udp(source, &transport);
	else
		take_tcp(source, &transport);
}

/* ---- DESCRIBE ---- */

static bool read_base(struct cam_source *source, const struct rtsp_sdp *sdp)
{
	const struct slice *base = rtsp_message_header(&source->message, "Content-Base");
	struct text text;

	if (!base || base->size == 0)
		base = rtsp_message_header(&source->message, "Content-Location");
	struct slice clean = rtsp_url_clean(base ? *base : (struct slice){"", 0});

	if (!slice_starts(clean, "rtsp"))
		clean = slice_of(source->url.target);
	if (slice_copy(clean, source->base, sizeof(source->base)) < 0)
		return false;
	text_init(&text, source->aggregate, sizeof(source->aggregate));
	rtsp_url_join(&text, slice_of(source->base), sdp->control);
	return !text.failed;
}

static void hear_describe(struct cam_source *source, unsigned status)
{
	struct rtsp_sdp sdp;

	if (status >= STATUS_REDIRECT_MIN && status < STATUS_REDIRECT_END) {
		follow_redirect(source);
		return;
	}
	if (status != STATUS_OK) {
		refuse(source, status);
		return;
	}
	if (rtsp_sdp_parse(source->message.body, &sdp) < 0 || !read_base(source, &sdp)) {
		cam_source_fail(source, true,
				"the camera's description of its streams makes no sense");
		return;
	}
	if (!choose_video(source, &sdp))
		return;
	choose_audio(source, &sdp);
	source->channels = (struct rtsp_channels){0};
	for (unsigned channel = 0; channel < 2 * STREAM_COUNT; channel++)
		rtsp_channels_add(&source->channels, (uint8_t)channel);
	source->has_tried_both = false;
	source->setup = STREAM_VIDEO;
	set_up(source);
}

static void hear_play(struct cam_source *source, unsigned status)
{
	if (status != STATUS_OK)
		refuse(source, status);
	else
		cam_source_set_step(source, STEP_LIVE);
}

/* An answer to a keepalive. */
static void hear_live(struct cam_source *source, unsigned status)
{
	if (status == STATUS_OK)
		return;
	if (source->talk.request.method == RTSP_GET_PARAMETER)
		source->lacks_get_parameter = true;
	else
		cam_source_fail(source, false, "the camera has ended the session (status %u)",
				status);
}

void cam_dialogue_answer(struct cam_source *source, unsigned status)
{
	static void (*const hear[])(struct cam_source * source, unsigned status) = {
		[STEP_OPTIONS] = hear_options, [STEP_DESCRIBE] = hear_describe,
		[STEP_SETUP] = hear_setup,     [STEP_PLAY] = hear_play,
		[STEP_LIVE] = hear_live,       [STEP_OVER] = NULL,
	};

	if (hear[source->step])
		hear[source->step](source, status);
}
