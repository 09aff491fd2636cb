#include "cam/cam_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "cam/cam_dialogue.h"

static const char *codec_name(enum media_codec codec)
{
	static const char *const names[CODEC_COUNT] = {
		[CODEC_NONE] = "none",        [CODEC_H264] = "H.264", [CODEC_H265] = "H.265",
		[CODEC_AAC] = "AAC",          [CODEC_OPUS] = "Opus",  [CODEC_PCMU] = "G.711 µ-law",
		[CODEC_PCMA] = "G.711 A-law",
	};

	return names[codec];
}

static uint64_t now_ns(const struct cam_source *source)
{
	return loop_now_ns(source->context->loop);
}

static void set_timer(struct cam_source *source, uint64_t after_ms)
{
	loop_timer_start(source->context->loop, &source->timer,
			 now_ns(source) + after_ms * CLOCK_NS_PER_MS);
}

void cam_source_pace(struct cam_source *source)
{
	bool is_calm = source->state == CAM_LIVE && source->context->outlet->is_calm;

	cam_link_set_calm(&source->link, is_calm);
	for (size_t i = 0; i < ARRAY_COUNT(source->streams); i++)
		cam_udp_set_calm(&source->streams[i].udp, is_calm);
}

static void set_state(struct cam_source *source, enum cam_state state, const char *reason)
{
	bool changed = source->state != state || strcmp(source->reason, reason) != 0;

	if (!changed)
		return;
	source->state = state;
	text_copy(source->reason, sizeof(source->reason), reason);
	source->context->changed(source->context);
}

/* ---- the end of a connection ---- */

static void disconnect(struct cam_source *source)
{
	for (unsigned i = 0; i < STREAM_COUNT; i++) {
		cam_udp_close(&source->streams[i].udp);
		cam_track_stop(&source->streams[i].track);
		source->streams[i].is_wanted = false;
	}
	cam_link_close(&source->link);
	source->request = 0;
	source->pair_request = 0;
}

/* A camera that serves one session only keeps it for us unless it hears this. */
static int say_goodbye(struct cam_source *source)
{
	if (!cam_link_is_open(&source->link) || source->talk.session[0] == '\0')
		return -ENOTCONN;
	return cam_talk_ask(&source->talk, RTSP_TEARDOWN, source->aggregate, NULL);
}

static uint64_t retry_ms(const struct cam_source *source)
{
	uint64_t wait_ms = SOURCE_RETRY_MS_MIN;

	for (unsigned i = 1; i < source->failures && wait_ms < SOURCE_RETRY_MS_MAX; i++)
		wait_ms *= 2;
	return wait_ms < SOURCE_RETRY_MS_MAX ? wait_ms : SOURCE_RETRY_MS_MAX;
}

/* One line for each new reason, not for each try. */
static void fail(struct cam_source *source, enum cam_state state, uint64_t wait_ms,
		 const char *reason)
{
	if (strcmp(source->reason, reason) != 0)
		diag_warn("camera \"%s\"%s: %s", source->context->name,
			  source->track == TRACK_SUB ? " (smaller stream)" : "", reason);
	disconnect(source);
	source->step = STEP_WAIT;
	set_timer(source, wait_ms);
	set_state(source, state, reason);
}

void cam_source_fail(struct cam_source *source, bool needs_person, const char *format, ...)
{
	char reason[SOURCE_REASON_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	source->failures++;
	fail(source, CAM_DOWN, needs_person ? SOURCE_RETRY_SLOW_MS : retry_ms(source), reason);
}

/* Packets stopped, but the camera holds the connection: it hangs, or the cable is out. */
static void fail_silent(struct cam_source *source)
{
	bool had_any = source->streams[STREAM_VIDEO].track.last_packet_ns ||
		       source->streams[STREAM_AUDIO].track.last_packet_ns;

	if (!had_any && source->has_left_out)
		source->sets_up_all = true;
	else if (!had_any && source->uses_udp && source->transport == CAM_TRANSPORT_AUTO)
		source->uses_udp = false;
	if (say_goodbye(source) < 0)
		diag_info("camera \"%s\": it could not be told goodbye", source->context->name);
	source->failures++;
	fail(source, CAM_SILENT, retry_ms(source),
	     "the camera has stopped sending; connecting again");
}

/* ---- asking the warden ---- */

uint64_t cam_source_dial(struct cam_source *source, struct ipc_dial dial)
{
	dial.request = ++source->context->requests;
	dial.track = source->track;
	source->request = dial.request;
	ipc_send(source->context->warden, IPC_DIAL, &dial, NULL, 0);
	return dial.request;
}

static void connect_again(struct cam_source *source)
{
	if (source->failures == 0)
		set_state(source, CAM_CONNECTING, "");
	cam_source_set_step(source, STEP_DIAL);
	cam_source_dial(source, (struct ipc_dial){.kind = DIAL_TCP});
}

static const char *dial_reason(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return "nothing answers at the camera's address and port";
	case -ENOENT:
	case -ENXIO:
	case -EADDRNOTAVAIL:
		return "the camera's name is not known in this network";
	default:
		return "the camera cannot be reached";
	}
}

static void take_connection(struct cam_source *source, int fd)
{
	const char *tls_host = source->url.is_tls ? source->url.host : NULL;
	int rc = cam_link_open(&source->link, source->context->loop, fd, tls_host);

	if (rc < 0) {
		cam_source_fail(source, false, "cannot use the connection: %s", strerror(-rc));
		return;
	}
	cam_talk_start(&source->talk, &source->link, &source->url);
	cam_dialogue_start(source);
}

static void take_socket(struct cam_source *source, int fd, uint16_t port)
{
	struct cam_udp *udp = &source->streams[source->setup].udp;
	int rc = cam_udp_add(udp, source->context->loop, fd, port);

	if (rc < 0)
		cam_source_fail(source, false, "cannot use UDP: %s", strerror(-rc));
	else if (rc == 1)
		cam_dialogue_paired(source);
}

bool cam_source_take_dialed(struct cam_source *source, const struct ipc_dialed *dialed, int *fd)
{
	if (source->request == 0 || dialed->request != source->request)
		return false;
	if (*fd < 0 && dialed->error < 0) {
		/* Trying took its time already: waiting on top would miss the cable's return. */
		if (dialed->error == -ETIMEDOUT)
			source->failures = 0;
		cam_source_fail(source, false, "%s", dial_reason(dialed->error));
		return true;
	}
	if (source->step == STEP_DIAL && *fd >= 0) {
		source->request = 0;
		take_connection(source, take_fd(*fd));
	} else if (source->step == STEP_PAIR && *fd >= 0) {
		take_socket(source, take_fd(*fd), (uint16_t)dialed->port);
	} else if (source->step == STEP_CONNECT) {
		source->request = 0; /* the pair is ours already; a copy may come along */
		cam_dialogue_paired(source);
	}
	return true;
}

/* ---- what the camera sends ---- */

static void note_live(struct cam_source *source)
{
	const struct cam_track *video = &source->streams[STREAM_VIDEO].track;
	const struct cam_track *audio = &source->streams[STREAM_AUDIO].track;

	if (source->step != STEP_LIVE || source->state == CAM_LIVE ||
	    video->frames == source->frames_before)
		return;
	source->failures = 0;
	diag_info("camera \"%s\"%s: live: %s %ux%u, %s, over %s%s", source->context->name,
		  source->track == TRACK_SUB ? " (smaller stream)" : "",
		  codec_name(video->format.codec), video->format.width, video->format.height,
		  audio->is_active ? codec_name(audio->format.codec) : "no sound",
		  source->uses_udp ? "UDP" : "TCP", source->url.is_tls ? " with TLS" : "");
	set_state(source, CAM_LIVE, "");
	cam_source_pace(source);
}

static bool has_channel(const struct source_stream *stream, uint8_t channel)
{
	return stream->is_wanted &&
	       (stream->channels[0] == channel || stream->channels[1] == channel);
}

/* The stream of a packet: by its payload type, since some cameras keep to no channel they have
 * named; RTCP by its channel. */
static struct source_stream *find_stream(struct cam_source *source, const struct rtsp_item *item)
{
	bool is_rtcp = rtp_packet_is_rtcp(item->frame.data, item->frame.size);

	for (unsigned i = 0; i < STREAM_COUNT && item->frame.size > 1; i++) {
		struct source_stream *stream = &source->streams[i];
		bool is_it = is_rtcp ? has_channel(stream, item->channel)
				     : stream->track.payload_type == (item->frame.data[1] & 0x7f);

		if (stream->track.is_active && is_it)
			return stream;
	}
	return NULL;
}

static void hear_message(struct cam_source *source)
{
	int status = cam_talk_hear(&source->talk, &source->message);

	if (status > 0 && source->step == STEP_LEAVE) {
		disconnect(source);
		source->step = STEP_OVER;
		loop_timer_stop(&source->timer);
		source->context->changed(source->context);
	} else if (status > 0) {
		cam_dialogue_answer(source, (unsigned)status);
	} else if (status == -EACCES) {
		cam_source_fail(source, true, "wrong user name or password");
	} else if (status == -ENOKEY) {
		cam_source_fail(source, true, "the camera asks for a user name and password");
	} else if (status < 0) {
		cam_source_fail(source, false, "cannot ask the camera: %s", strerror(-status));
	}
}

static void take_item(struct cam_source *source, const struct rtsp_item *item)
{
	struct source_stream *stream;

	switch (item->kind) {
	case RTSP_ITEM_MESSAGE:
		hear_message(source);
		break;
	case RTSP_ITEM_SKIPPED:
		source->skipped++;
		break;
	case RTSP_ITEM_FRAME:
		stream = find_stream(source, item);
		if (stream)
			cam_track_receive(&stream->track, item->frame.data, item->frame.size,
					  now_ns(source));
		break;
	}
}

static void link_readable(struct cam_link *link)
{
	struct cam_source *source = link->owner;

	while (cam_link_is_open(link)) {
		struct bytes input = cam_link_input(link);
		struct rtsp_item item;
		int used = rtsp_stream_next(input.data, input.size, &source->channels, &item,
					    &source->message);

		if (used == -EAGAIN)
			break;
		if (used < 0) {
			cam_source_fail(source, false, "the camera's answer makes no sense");
			return;
		}
		take_item(source, &item);
		if (cam_link_is_open(link))
			cam_link_consume(link, (size_t)used);
	}
	note_live(source);
}

static void link_closed(struct cam_link *link, int error)
{
	struct cam_source *source = link->owner;

	if (source->step == STEP_LEAVE) {
		source->step = STEP_OVER;
		loop_timer_stop(&source->timer);
		source->context->changed(source->context);
	} else if (error == -EPROTO) {
		cam_source_fail(source, false, "TLS with the camera fails");
	} else if (error == 0) {
		cam_source_fail(source, false, "the camera has closed the connection");
	} else {
		cam_source_fail(source, false, "the connection broke: %s", strerror(-error));
	}
}

static void udp_received(struct cam_udp *udp)
{
	note_live(udp->owner);
}

/* ---- time ---- */

static void send_report(struct cam_source *source, struct source_stream *stream)
{
	uint8_t data[RTSP_FRAME_HEAD_SIZE + RTCP_REPORT_SIZE_MAX];
	size_t size = cam_track_build_report(&stream->track, source->own_ssrc, now_ns(source),
					     data + RTSP_FRAME_HEAD_SIZE);

	if (size == 0)
		return;
	if (source->uses_udp) {
		cam_udp_send(&stream->udp, data + RTSP_FRAME_HEAD_SIZE, size);
		return;
	}
	rtsp_stream_build_head(data, stream->channels[1], size);
	if (cam_link_send(&source->link, data, RTSP_FRAME_HEAD_SIZE + size) < 0)
		diag_info("camera \"%s\": it does not read our reports", source->context->name);
}

static void send_keepalive(struct cam_source *source)
{
	enum rtsp_method method = source->lacks_get_parameter ? RTSP_OPTIONS : RTSP_GET_PARAMETER;
	int rc = cam_talk_ask(&source->talk, method, source->aggregate, NULL);

	if (rc < 0)
		cam_source_fail(source, false, "cannot ask the camera: %s", strerror(-rc));
}

static uint64_t keepalive_ms(const struct cam_source *source)
{
	uint64_t half_ms = source->talk.timeout_s * UINT64_C(500);

	return half_ms < SOURCE_KEEPALIVE_MS_MAX ? half_ms : SOURCE_KEEPALIVE_MS_MAX;
}

/* What is due once a second while connected. False if the connection is given up. */
static bool check_silence(struct cam_source *source)
{
	const struct cam_track *video = &source->streams[STREAM_VIDEO].track;
	uint64_t last_ns =
		video->last_packet_ns > source->play_ns ? video->last_packet_ns : source->play_ns;

	if (now_ns(source) - last_ns >= SOURCE_SILENCE_MS * CLOCK_NS_PER_MS) {
		fail_silent(source);
		return false;
	}
	if (video->frames == source->frames_before &&
	    now_ns(source) - source->play_ns >= SOURCE_USELESS_MS * CLOCK_NS_PER_MS) {
		cam_source_fail(source, false, "the camera sends no key frame that can be decoded");
		return false;
	}
	return true;
}

static void tick(struct cam_source *source)
{
	struct cam_track *video = &source->streams[STREAM_VIDEO].track;
	struct cam_track *audio = &source->streams[STREAM_AUDIO].track;

	set_timer(source, SOURCE_TICK_MS);
	if (!check_silence(source))
		return;
	cam_track_flush(video, now_ns(source));
	cam_track_flush(audio, now_ns(source));
	if (audio->is_active)
		clock_map_align(&audio->clock, &video->clock);
	if (now_ns(source) >= source->report_ns) {
		source->report_ns = now_ns(source) + SOURCE_REPORT_MS * CLOCK_NS_PER_MS;
		for (unsigned i = 0; i < STREAM_COUNT; i++)
			if (source->streams[i].is_wanted)
				send_report(source, &source->streams[i]);
	}
	if (cam_link_is_open(&source->link) && now_ns(source) >= source->keepalive_ns) {
		source->keepalive_ns = now_ns(source) + keepalive_ms(source) * CLOCK_NS_PER_MS;
		send_keepalive(source);
	}
}

static void timer_due(struct loop_timer *timer)
{
	struct cam_source *source = container_of(timer, struct cam_source, timer);

	switch (source->step) {
	case STEP_WAIT:
		connect_again(source);
		break;
	case STEP_LIVE:
		tick(source);
		break;
	case STEP_LEAVE:
	case STEP_OVER:
		disconnect(source);
		source->step = STEP_OVER;
		source->context->changed(source->context);
		break;
	case STEP_DIAL:
	case STEP_PAIR:
	case STEP_CONNECT:
		cam_source_fail(source, false, "the camera cannot be reached");
		break;
	case STEP_OPTIONS:
	case STEP_DESCRIBE:
	case STEP_SETUP:
	case STEP_PLAY:
		cam_source_fail(source, false, "the camera does not answer");
		break;
	}
}

void cam_source_set_step(struct cam_source *source, enum source_step step)
{
	uint64_t limit_ms = step == STEP_LIVE   ? SOURCE_TICK_MS
			    : step == STEP_DIAL ? SOURCE_DIAL_MS
						: SOURCE_STEP_MS;

	source->step = step;
	set_timer(source, limit_ms);
	if (step != STEP_LIVE)
		return;
	source->play_ns = now_ns(source);
	source->frames_before = source->streams[STREAM_VIDEO].track.frames;
	source->report_ns = source->play_ns;
	source->keepalive_ns = source->play_ns + keepalive_ms(source) * CLOCK_NS_PER_MS;
}

/* ---- life ---- */

int cam_source_init(struct cam_source *source, struct cam_context *context,
		    const struct ipc_source *message, struct slice url)
{
	memset(source, 0, sizeof(*source));
	int rc = rtsp_url_parse(url, &source->url);

	if (rc < 0)
		return rc;
	source->picture = malloc(FRAME_SIZE_MAX);
	if (!source->picture)
		return -ENOMEM;
	source->context = context;
	source->track = message->track == TRACK_SUB ? TRACK_SUB : TRACK_VIDEO;
	source->transport = (enum cam_transport)message->transport;
	source->uses_udp = source->transport == CAM_TRANSPORT_UDP;
	source->wants_audio = message->audio && source->track == TRACK_VIDEO;
	source->own_ssrc = (uint32_t)clock_boot_ns() ^ message->track << 31;
	source->step = STEP_OVER;
	source->timer.due = timer_due;
	source->link.readable = link_readable;
	source->link.closed = link_closed;
	source->link.owner = source;
	for (unsigned i = 0; i < STREAM_COUNT; i++) {
		source->streams[i].udp.received = udp_received;
		source->streams[i].udp.owner = source;
	}
	return 0;
}

void cam_source_finish(struct cam_source *source)
{
	if (!source->context)
		return;
	loop_timer_stop(&source->timer);
	disconnect(source);
	cam_link_finish(&source->link);
	free(take(source->picture));
	explicit_bzero(&source->url, sizeof(source->url));
}

void cam_source_start(struct cam_source *source)
{
	connect_again(source);
}

void cam_source_stop(struct cam_source *source)
{
	cam_source_set_step(source, STEP_LEAVE);
	set_timer(source, SOURCE_LEAVE_MS);
	if (say_goodbye(source) == 0)
		return;
	disconnect(source);
	loop_timer_stop(&source->timer);
	source->step = STEP_OVER;
}
