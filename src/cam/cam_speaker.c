#include "cam/cam_speaker.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/diag.h"

enum { STATUS_OK = 200, STATUS_OPTION_UNKNOWN = 551, KEEPALIVE_MS_MAX = 30000, LEAVE_MS = 500 };

static uint64_t now_ns(const struct cam_speaker *speaker)
{
	return loop_now_ns(speaker->context->loop);
}

static void set_timer(struct cam_speaker *speaker, uint64_t after_ms)
{
	loop_timer_start(speaker->context->loop, &speaker->timer,
			 now_ns(speaker) + after_ms * CLOCK_NS_PER_MS);
}

static void tell(struct cam_speaker *speaker, enum speaker_state state, const char *reason)
{
	struct ipc_channel *vault = &speaker->context->outlet->vault;

	speaker->said.state = state;
	memset(speaker->said.reason, 0, sizeof(speaker->said.reason));
	text_copy(speaker->said.reason, sizeof(speaker->said.reason), reason);
	if (ipc_is_open(vault))
		ipc_send(vault, IPC_SPEAKER, &speaker->said, NULL, 0);
}

static void disconnect(struct cam_speaker *speaker)
{
	loop_timer_stop(&speaker->timer);
	cam_link_close(&speaker->link);
	speaker->request = 0;
	speaker->step = SPEAKER_IDLE;
}

/* Nothing is heard there: the vault tells the person who talks. */
static void fail(struct cam_speaker *speaker, const char *reason)
{
	disconnect(speaker);
	diag_warn("camera \"%s\": speaker: %s", speaker->context->name, reason);
	tell(speaker, SPEAKER_REFUSED, reason);
}

static void ask(struct cam_speaker *speaker, enum speaker_step step, enum rtsp_method method,
		const char *uri, const char *transport)
{
	speaker->step = step;
	speaker->talk.requires_backchannel = !speaker->is_without_require;
	if (cam_talk_ask(&speaker->talk, method, uri, transport) < 0)
		fail(speaker, "the camera cannot be asked");
}

/* ---- the dialogue ---- */

static void describe(struct cam_speaker *speaker)
{
	ask(speaker, SPEAKER_DESCRIBE, RTSP_DESCRIBE, speaker->url->target, NULL);
}

static const struct rtsp_sdp_media *find_speaker(const struct rtsp_sdp *sdp)
{
	for (size_t i = 0; i < sdp->media_count; i++) {
		const struct rtsp_sdp_media *media = &sdp->media[i];

		if (media->media == RTSP_MEDIA_AUDIO && media->is_backchannel &&
		    rtp_build_knows(media->codec) && media->clock_hz)
			return media;
	}
	return NULL;
}

static bool read_addresses(struct cam_speaker *speaker, const struct rtsp_sdp *sdp,
			   const struct rtsp_sdp_media *media)
{
	const struct slice *said = rtsp_message_header(&speaker->message, "Content-Base");
	struct slice base = rtsp_url_clean(said ? *said : (struct slice){"", 0});
	struct text control, aggregate;

	if (!slice_starts(base, "rtsp"))
		base = slice_of(speaker->url->target);
	text_init(&control, speaker->control, sizeof(speaker->control));
	rtsp_url_join(&control, base, media->control);
	text_init(&aggregate, speaker->aggregate, sizeof(speaker->aggregate));
	rtsp_url_join(&aggregate, base, sdp->control);
	return !control.failed && !aggregate.failed;
}

static void hear_describe(struct cam_speaker *speaker, unsigned status)
{
	const struct rtsp_sdp_media *media;
	struct rtsp_sdp sdp;

	/* Some know no such option, and list the channel all the same. */
	if (status == STATUS_OPTION_UNKNOWN && !speaker->is_without_require) {
		speaker->is_without_require = true;
		describe(speaker);
		return;
	}
	if (status != STATUS_OK || rtsp_sdp_parse(speaker->message.body, &sdp) < 0) {
		fail(speaker, "the camera does not describe its speaker");
		return;
	}
	media = find_speaker(&sdp);
	if (!media || !read_addresses(speaker, &sdp, media)) {
		fail(speaker, "the camera offers no speaker that takes G.711 or AAC");
		return;
	}
	speaker->rtp = (struct rtp_build){.codec = media->codec,
					  .payload_type = media->payload_type};
	if (getrandom(&speaker->rtp.ssrc, sizeof(speaker->rtp.ssrc), 0) < 0 ||
	    getrandom(&speaker->rtp.time, sizeof(speaker->rtp.time), 0) < 0)
		fatal("no randomness");
	speaker->said.codec = media->codec;
	speaker->said.clock_hz = media->clock_hz;
	speaker->said.channels = media->channels;
	ask(speaker, SPEAKER_SETUP, RTSP_SETUP, speaker->control,
	    "RTP/AVP/TCP;unicast;interleaved=0-1");
}

static void hear_setup(struct cam_speaker *speaker, unsigned status)
{
	const struct slice *value = rtsp_message_header(&speaker->message, "Transport");
	struct rtsp_transport transport = {0};

	if (status != STATUS_OK) {
		fail(speaker, "the camera refuses to set up its speaker");
		return;
	}
	speaker->channel = 0;
	if (value && rtsp_transport_parse(*value, &transport) == 0 && transport.has_interleaved)
		speaker->channel = transport.interleaved[0];
	rtsp_channels_add(&speaker->channels, speaker->channel);
	rtsp_channels_add(&speaker->channels, (uint8_t)(speaker->channel + 1));
	ask(speaker, SPEAKER_PLAY, RTSP_PLAY, speaker->aggregate, NULL);
}

static uint64_t keepalive_ms(const struct cam_speaker *speaker)
{
	uint64_t half_ms = speaker->talk.timeout_s * UINT64_C(500);

	return half_ms < KEEPALIVE_MS_MAX ? half_ms : KEEPALIVE_MS_MAX;
}

static void hear_play(struct cam_speaker *speaker, unsigned status)
{
	if (status != STATUS_OK) {
		fail(speaker, "the camera refuses to play what is said");
		return;
	}
	speaker->step = SPEAKER_LIVE;
	speaker->late_since_ns = 0;
	set_timer(speaker, keepalive_ms(speaker));
	tell(speaker, SPEAKER_OPEN, "");
}

static void hear_answer(struct cam_speaker *speaker, unsigned status)
{
	switch (speaker->step) {
	case SPEAKER_DESCRIBE:
		hear_describe(speaker, status);
		return;
	case SPEAKER_SETUP:
		hear_setup(speaker, status);
		return;
	case SPEAKER_PLAY:
		hear_play(speaker, status);
		return;
	case SPEAKER_LEAVE:
		disconnect(speaker);
		return;
	case SPEAKER_IDLE:
	case SPEAKER_DIAL:
	case SPEAKER_LIVE: /* a keepalive's */
		return;
	}
}

/* ---- the connection ---- */

static void link_readable(struct cam_link *link)
{
	struct cam_speaker *speaker = link->owner;

	while (cam_link_is_open(link)) {
		struct bytes input = cam_link_input(link);
		struct rtsp_item item;
		int used = rtsp_stream_next(input.data, input.size, &speaker->channels, &item,
					    &speaker->message);

		if (used == -EAGAIN)
			return;
		if (used < 0) {
			fail(speaker, "the camera's answer makes no sense");
			return;
		}
		/* The camera's reports about what it plays are not looked at. */
		if (item.kind == RTSP_ITEM_MESSAGE) {
			int status = cam_talk_hear(&speaker->talk, &speaker->message);

			if (status > 0)
				hear_answer(speaker, (unsigned)status);
			else if (status < 0)
				fail(speaker, "the camera does not let us in");
		}
		if (cam_link_is_open(link))
			cam_link_consume(link, (size_t)used);
	}
}

static void link_closed(struct cam_link *link, int error)
{
	struct cam_speaker *speaker = link->owner;

	(void)error;
	if (speaker->step == SPEAKER_LEAVE)
		disconnect(speaker);
	else
		fail(speaker, "the camera has closed the way to its speaker");
}

bool cam_speaker_take_dialed(struct cam_speaker *speaker, const struct ipc_dialed *dialed, int *fd)
{
	if (speaker->request == 0 || dialed->request != speaker->request)
		return false;
	speaker->request = 0;
	if (*fd < 0) {
		fail(speaker, "the camera cannot be reached");
		return true;
	}
	int rc = cam_link_open(&speaker->link, speaker->context->loop, take_fd(*fd),
			       speaker->url->is_tls ? speaker->url->host : NULL);

	if (rc < 0) {
		fail(speaker, "the connection cannot be used");
		return true;
	}
	speaker->channels = (struct rtsp_channels){0};
	cam_talk_start(&speaker->talk, &speaker->link, speaker->url);
	describe(speaker);
	return true;
}

/* ---- the vault's words ---- */

static void leave(struct cam_speaker *speaker)
{
	if (speaker->step == SPEAKER_LIVE || speaker->step == SPEAKER_PLAY) {
		ask(speaker, SPEAKER_LEAVE, RTSP_TEARDOWN, speaker->aggregate, NULL);
		if (speaker->step == SPEAKER_LEAVE)
			set_timer(speaker, LEAVE_MS);
	} else if (speaker->step != SPEAKER_LEAVE) {
		disconnect(speaker);
	}
}

static void open_speaker(struct cam_speaker *speaker, const struct ipc_number *talk)
{
	struct ipc_dial dial = {.request = ++speaker->context->requests,
				.kind = DIAL_TCP,
				.track = TRACK_VIDEO};

	disconnect(speaker);
	speaker->said = (struct ipc_speaker){.talk = talk->value};
	speaker->is_without_require = false;
	speaker->request = dial.request;
	speaker->step = SPEAKER_DIAL;
	set_timer(speaker, SPEAKER_OPEN_MS);
	ipc_send(speaker->context->warden, IPC_DIAL, &dial, NULL, 0);
}

/* Does the camera read? What waits longer than a moment would only be heard late. */
static bool is_late(struct cam_speaker *speaker)
{
	if (speaker->link.out_size < SPEAKER_LATE_BYTES) {
		speaker->late_since_ns = 0;
		return false;
	}
	if (speaker->late_since_ns == 0)
		speaker->late_since_ns = now_ns(speaker);
	if (now_ns(speaker) - speaker->late_since_ns > SPEAKER_STUCK_MS * CLOCK_NS_PER_MS)
		fail(speaker, "the camera does not take the sound");
	return true;
}

static void speak(struct cam_speaker *speaker, const struct ipc_message *message)
{
	const struct ipc_speak *body = message->body;
	uint8_t packet[RTSP_FRAME_HEAD_SIZE + RTP_BUILD_GROWTH_MAX + SPEAKER_FRAME_MAX];
	struct bytes frame = {message->tail, message->tail_size};

	if (speaker->step != SPEAKER_LIVE || body->talk != speaker->said.talk || is_late(speaker))
		return;
	int size = rtp_build_sound(&speaker->rtp, body->sample, frame,
				   packet + RTSP_FRAME_HEAD_SIZE,
				   sizeof(packet) - RTSP_FRAME_HEAD_SIZE);

	if (size < 0)
		return;
	rtsp_stream_build_head(packet, speaker->channel, (size_t)size);
	if (cam_link_send(&speaker->link, packet, RTSP_FRAME_HEAD_SIZE + (size_t)size) < 0)
		fail(speaker, "the camera does not take the sound");
}

void cam_speaker_hear_vault(struct cam_speaker *speaker, const struct ipc_message *message)
{
	if (message->type == IPC_SPEAKER_OPEN)
		open_speaker(speaker, message->body);
	else if (message->type == IPC_SPEAK)
		speak(speaker, message);
	else if (message->type == IPC_SPEAKER_CLOSE)
		leave(speaker);
}

/* ---- life ---- */

static void timer_due(struct loop_timer *timer)
{
	struct cam_speaker *speaker = container_of(timer, struct cam_speaker, timer);

	if (speaker->step == SPEAKER_LIVE) {
		if (cam_talk_ask(&speaker->talk, RTSP_OPTIONS, speaker->aggregate, NULL) < 0)
			fail(speaker, "the camera cannot be asked");
		else
			set_timer(speaker, keepalive_ms(speaker));
	} else if (speaker->step == SPEAKER_LEAVE) {
		disconnect(speaker);
	} else {
		fail(speaker, "the camera did not open its speaker in time");
	}
}

void cam_speaker_init(struct cam_speaker *speaker, struct cam_context *context,
		      const struct rtsp_url *url)
{
	speaker->context = context;
	speaker->url = url;
	speaker->timer.due = timer_due;
	speaker->link.readable = link_readable;
	speaker->link.closed = link_closed;
	speaker->link.owner = speaker;
}

void cam_speaker_finish(struct cam_speaker *speaker)
{
	if (!speaker->context)
		return;
	disconnect(speaker);
	cam_link_finish(&speaker->link);
}
