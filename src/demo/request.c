#include "demo/request.h"

#include <errno.h>
#include <stdio.h>

#include "demo/server.h"

enum { RESPONSE_SIZE_MAX = 4096 };

struct answer_rule {
	void (*answer)(struct client *client, const struct rtsp_message *request);
	bool is_open; /* without a password */
};

/* The start of a response; the caller adds headers and sends it. */
struct response {
	struct text text;
	char data[RESPONSE_SIZE_MAX];
};

static void begin_response(struct response *response, const struct rtsp_message *request,
			   uint32_t status)
{
	text_init(&response->text, response->data, sizeof(response->data));
	rtsp_build_response(&response->text, status, request->cseq);
	rtsp_build_header(&response->text, "Server", "Ward demo camera");
}

static void send_response(struct client *client, struct response *response, const char *type,
			  struct slice body)
{
	rtsp_build_end(&response->text, type, body.data, body.size);
	if (!response->text.failed)
		client_write(client, response->data, response->text.size);
}

static void send_status(struct client *client, const struct rtsp_message *request, uint32_t status)
{
	struct response response;

	begin_response(&response, request, status);
	send_response(client, &response, NULL, (struct slice){0});
}

static void add_session(struct response *response, const struct client *client)
{
	char value[64];

	snprintf(value, sizeof(value), "%s;timeout=%d", client->session, RTSP_SESSION_TIMEOUT_S);
	rtsp_build_header(&response->text, "Session", value);
}

static void answer_options(struct client *client, const struct rtsp_message *request)
{
	struct response response;

	begin_response(&response, request, 200);
	rtsp_build_header(&response.text, "Public",
			  "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, "
			  "SET_PARAMETER");
	send_response(client, &response, NULL, (struct slice){0});
}

/* The one option there is (ONVIF Streaming §5.3.1). */
static const char BACK_CHANNEL[] = "www.onvif.org/ver20/backchannel";

static bool wants_speaker(const struct rtsp_message *request)
{
	const struct slice *required = rtsp_message_header(request, "Require");

	return required && slice_equals(*required, BACK_CHANNEL);
}

static void answer_describe(struct client *client, const struct rtsp_message *request)
{
	char sdp[DESCRIBE_SIZE_MAX], base[RTSP_HEAD_SIZE_MAX / 4];
	enum studio_track picture;
	struct response response;
	struct text text;
	int track;

	if (describe_find(request->uri, &picture, &track) < 0) {
		send_status(client, request, 404);
		return;
	}
	text_init(&text, sdp, sizeof(sdp));
	describe_build(&text, server_studio(client->server), picture, wants_speaker(request));
	struct slice body = {sdp, text.size};

	text_init(&text, base, sizeof(base));
	text_add_bytes(&text, request->uri.data, request->uri.size);
	text_add(&text, "/");
	begin_response(&response, request, 200);
	rtsp_build_header(&response.text, "Content-Base", base);
	send_response(client, &response, "application/sdp", body);
}

/* The first transport in the client's list that the camera can do. */
static int choose_transport(const struct rtsp_message *request, struct rtsp_transport *ret_transport)
{
	const struct slice *header = rtsp_message_header(request, "Transport");
	struct slice rest = header ? *header : (struct slice){0};

	while (rest.size) {
		struct rtsp_transport offered;

		if (rtsp_transport_parse(slice_trim(slice_cut_quoted(&rest, ',')), &offered) < 0 ||
		    offered.is_multicast || (!offered.is_tcp && !offered.has_client_port))
			continue;
		*ret_transport = offered;
		return 0;
	}
	return -ENOENT;
}

static void set_up_track(struct client *client, int number, const struct rtsp_transport *offered)
{
	struct client_track *track = &client->tracks[number];
	const struct sound_format *sound = studio_sound_format(server_studio(client->server));
	struct sender *sender = &track->sender;

	sender_init(sender);
	sender->clock_hz = number ? sound->clock_hz : DESCRIBE_CLOCK_VIDEO;
	sender->payload_type = number ? sound->payload_type : DESCRIBE_VIDEO_TYPE;
	sender->epoch_ns = server_epoch_ns(client->server);
	track->transport = (struct rtsp_transport){
		.is_tcp = offered->is_tcp, .has_ssrc = true, .ssrc = sender->ssrc};
	if (offered->is_tcp) {
		track->transport.has_interleaved = true;
		for (int i = 0; i < 2; i++)
			track->transport.interleaved[i] =
				offered->has_interleaved ? offered->interleaved[i]
							 : (uint8_t)(number * 2 + i);
		rtsp_channels_add(&client->channels, track->transport.interleaved[1]);
	} else {
		track->transport.has_client_port = track->transport.has_server_port = true;
		for (int i = 0; i < 2; i++) {
			track->transport.client_port[i] = offered->client_port[i];
			track->transport.server_port[i] = server_udp_port(client->server, i);
		}
	}
	track->is_set_up = true;
	track->needs_key = number == 0;
}

/* Sound to the camera comes over the connection itself, or not at all. */
static void set_up_speaker(struct client *client, const struct rtsp_transport *offered,
			   struct rtsp_transport *ret_transport)
{
	*ret_transport = (struct rtsp_transport){.is_tcp = true, .has_interleaved = true};
	for (int i = 0; i < 2; i++) {
		ret_transport->interleaved[i] = offered->has_interleaved
							? offered->interleaved[i]
							: (uint8_t)(DESCRIBE_SPEAKER * 2 + i);
		rtsp_channels_add(&client->channels, ret_transport->interleaved[i]);
	}
	client->has_speaker = true;
	client->speaker_channel = ret_transport->interleaved[0];
}

static void answer_setup(struct client *client, const struct rtsp_message *request)
{
	struct rtsp_transport offered, speaker;
	enum studio_track picture;
	struct response response;
	char value[256];
	struct text text;
	int track;

	if (describe_find(request->uri, &picture, &track) < 0) {
		send_status(client, request, 404);
		return;
	}
	if (client->is_playing) { /* RFC 2326 §10.4 leaves it to us: no change while it plays */
		send_status(client, request, 455);
		return;
	}
	if (choose_transport(request, &offered) < 0 ||
	    (track == DESCRIBE_SPEAKER && !offered.is_tcp)) {
		send_status(client, request, 461);
		return;
	}
	track = track < 0 ? 0 : track;
	client->picture = picture;
	if (track == DESCRIBE_SPEAKER)
		set_up_speaker(client, &offered, &speaker);
	else
		set_up_track(client, track, &offered);
	text_init(&text, value, sizeof(value));
	rtsp_transport_build(&text, track == DESCRIBE_SPEAKER ? &speaker
							      : &client->tracks[track].transport);
	begin_response(&response, request, 200);
	rtsp_build_header(&response.text, "Transport", value);
	add_session(&response, client);
	send_response(client, &response, NULL, (struct slice){0});
}

static void add_rtp_info(struct text *text, const struct client *client, uint64_t now_ns)
{
	const char *separator = "";

	for (int i = 0; i < DESCRIBE_TRACKS; i++) {
		const struct client_track *track = &client->tracks[i];

		if (!track->is_set_up)
			continue;
		text_printf(text, "%surl=trackID=%d;seq=%u;rtptime=%u", separator, i,
			    track->sender.sequence, sender_rtp_time(&track->sender, now_ns));
		separator = ",";
	}
}

static void answer_play(struct client *client, const struct rtsp_message *request)
{
	struct response response;
	char value[256];
	struct text text;

	if (!client->tracks[0].is_set_up && !client->tracks[1].is_set_up && !client->has_speaker) {
		send_status(client, request, 455);
		return;
	}
	text_init(&text, value, sizeof(value));
	add_rtp_info(&text, client, loop_now_ns(server_loop(client->server)));
	begin_response(&response, request, 200);
	add_session(&response, client);
	rtsp_build_header(&response.text, "Range", "npt=now-");
	rtsp_build_header(&response.text, "RTP-Info", value);
	send_response(client, &response, NULL, (struct slice){0});
	client->is_playing = true;
	client->tracks[0].needs_key = true;
	server_joined(client->server, client);
}

static void answer_keepalive(struct client *client, const struct rtsp_message *request)
{
	struct response response;

	begin_response(&response, request, 200);
	add_session(&response, client);
	send_response(client, &response, NULL, (struct slice){0});
}

static void answer_stop(struct client *client, const struct rtsp_message *request)
{
	client->is_playing = false;
	if (request->method == RTSP_TEARDOWN)
		client->has_speaker = false;
	if (request->method == RTSP_TEARDOWN)
		for (int i = 0; i < DESCRIBE_TRACKS; i++)
			client->tracks[i].is_set_up = false;
	answer_keepalive(client, request);
}

static const struct answer_rule RULES[RTSP_METHOD_COUNT] = {
	[RTSP_OPTIONS] = {answer_options, true},
	[RTSP_DESCRIBE] = {answer_describe, false},
	[RTSP_SETUP] = {answer_setup, false},
	[RTSP_PLAY] = {answer_play, false},
	[RTSP_PAUSE] = {answer_stop, false},
	[RTSP_TEARDOWN] = {answer_stop, false},
	[RTSP_GET_PARAMETER] = {answer_keepalive, false},
	[RTSP_SET_PARAMETER] = {answer_keepalive, false},
};

void request_handle(struct client *client, const struct rtsp_message *request)
{
	const struct answer_rule *rule = &RULES[request->method];
	struct response response;

	if (!rule->answer) {
		send_status(client, request, 501);
		return;
	}
	if (!rule->is_open &&
	    !digest_check(server_digest(client->server), client->nonce, request)) {
		begin_response(&response, request, 401);
		digest_build_challenge(&response.text, client->nonce);
		send_response(client, &response, NULL, (struct slice){0});
		return;
	}
	if (rtsp_message_header(request, "Require") && !wants_speaker(request)) {
		send_status(client, request, 551);
		return;
	}
	rule->answer(client, request);
}
