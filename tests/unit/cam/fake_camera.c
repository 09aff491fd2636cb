#include "fake_camera.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/rtsp/rtsp_transport.h"

static const char default_sdp[] = "v=0\r\ns=fake\r\na=control:*\r\n"
				  "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
				  "a=control:trackID=0\r\n"
				  "m=audio 0 RTP/AVP 8\r\na=control:trackID=1\r\n";

static const uint8_t sps[] = {0x67, 0x64, 0x00, 0x16, 0xac, 0xd9, 0x40, 0xa0, 0x2f,
			      0xea, 0x6c, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40,
			      0x00, 0x00, 0x03, 0x02, 0x83, 0xc5, 0x8b, 0x65, 0x80};
static const uint8_t pps[] = {0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0};

static bool has(const struct fake_camera *camera, enum fake_quirk quirk)
{
	return camera->quirks & quirk;
}

static void send_all(struct fake_camera *camera, const void *data, size_t size)
{
	/* the other end reads in the same thread: a full socket would hang the test */
	if (camera->watch.loop)
		assert(send(camera->watch.fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) ==
			       (ssize_t)size ||
		       errno == EPIPE);
}

/* ---- media ---- */

static void send_packet(struct fake_camera *camera, unsigned stream, uint32_t timestamp,
			bool marker, struct bytes payload)
{
	static uint8_t data[RTSP_FRAME_HEAD_SIZE + 65535];
	struct bytes_writer writer = bytes_write(data + RTSP_FRAME_HEAD_SIZE, 65535);
	uint16_t sequence = camera->sequences[stream]++;
	uint32_t ssrc = has(camera, FAKE_SSRC_WRONG) ? 0 : 0x1234 + stream;
	bool is_cut = has(camera, FAKE_CUTS_FRAMES) && stream == 0 && sequence == 17;

	if (has(camera, FAKE_SSRC_CHANGES) && sequence > 24)
		ssrc += 77;
	if (has(camera, FAKE_LOSES_PACKETS) && sequence % 11 == 10)
		return;
	bytes_put_u8(&writer, 0x80);
	bytes_put_u8(&writer, (uint8_t)((marker ? 0x80 : 0) | (stream == 0 ? 96 : 8)));
	bytes_put_be16(&writer, sequence);
	bytes_put_be32(&writer, timestamp);
	bytes_put_be32(&writer, ssrc);
	bytes_put(&writer, payload.data, payload.size);
	uint8_t channel = camera->channels[has(camera, FAKE_SECRET_CHANNELS) ? 1 - stream : stream];

	rtsp_stream_build_head(data, channel, bytes_written(&writer) + (is_cut ? 40 : 0));
	send_all(camera, data, RTSP_FRAME_HEAD_SIZE + bytes_written(&writer));
}

static void send_report(struct fake_camera *camera, uint32_t timestamp)
{
	uint8_t data[RTSP_FRAME_HEAD_SIZE + 28];
	struct bytes_writer writer = bytes_write(data + RTSP_FRAME_HEAD_SIZE, 28);

	bytes_put_be32(&writer, 0x80c80006);
	bytes_put_be32(&writer, 0x1234);
	bytes_put_be64(&writer, UINT64_C(0xe000000000000000) + timestamp);
	bytes_put_be32(&writer, timestamp);
	bytes_put_be64(&writer, 0);
	rtsp_stream_build_head(data, camera->channels[0], 28);
	send_all(camera, data, sizeof(data));
}

static void send_picture(struct fake_camera *camera, unsigned number)
{
	static uint8_t slice[10000];
	bool is_key = number % FAKE_GROUP == 0;
	uint32_t timestamp = 1000 + number * 3600;
	size_t size = has(camera, FAKE_LARGE_FRAMES) ? sizeof(slice) : 60;

	if (has(camera, FAKE_TIME_JUMPS) && number >= 20)
		timestamp += 90000U * 3600;
	memset(slice, (int)number, sizeof(slice));
	memcpy(slice, is_key ? "\x65\x88\x84" : "\x41\x9a\x23", 3);
	if (is_key) {
		send_packet(camera, 0, timestamp, false, (struct bytes){sps, sizeof(sps)});
		send_packet(camera, 0, timestamp, false, (struct bytes){pps, sizeof(pps)});
	}
	send_packet(camera, 0, timestamp, true, (struct bytes){slice, size});
	if (has(camera, FAKE_RTCP_ON_RTP) && number % 10 == 0)
		send_report(camera, timestamp);
	if (camera->has_sound)
		send_packet(camera, 1, number * 320, false, (struct bytes){slice, 320});
}

static void send_media(struct fake_camera *camera)
{
	if (has(camera, FAKE_SENDS_NOTHING) ||
	    (has(camera, FAKE_NEEDS_SOUND) && !camera->has_sound))
		return;
	for (unsigned i = 0; i < FAKE_PICTURES; i++) {
		send_picture(camera, i);
		if (has(camera, FAKE_ASKS_BACK) && i == 3)
			send_all(camera, "OPTIONS * RTSP/1.0\r\nCSeq: 99\r\n\r\n", 33);
	}
}

/* ---- answers ---- */

static void start_answer(struct fake_camera *camera, struct text *text, uint32_t status)
{
	if (has(camera, FAKE_NO_CSEQ))
		text_printf(text, "RTSP/1.0 %u %s\r\n", status, rtsp_status_reason(status));
	else
		rtsp_build_response(text, status,
				    has(camera, FAKE_WRONG_CSEQ) ? 1 : camera->message.cseq);
}

static void answer_plainly(struct fake_camera *camera, uint32_t status)
{
	char data[1024];
	struct text text;

	text_init(&text, data, sizeof(data));
	start_answer(camera, &text, status);
	if (status == 401)
		rtsp_build_header(&text, "WWW-Authenticate",
				  "Digest realm=\"fake\", nonce=\"abc\", algorithm=SHA-256");
	if (status == 302)
		rtsp_build_header(&text, "Location",
				  has(camera, FAKE_REDIRECTS_AWAY) ? "rtsp://192.0.2.1/moved"
								   : "rtsp://fake.lan/moved");
	rtsp_build_end(&text, NULL, NULL, 0);
	send_all(camera, data, text.size);
}

static void answer_describe(struct fake_camera *camera)
{
	const char *sdp = camera->sdp ? camera->sdp : default_sdp;
	char data[4096];
	struct text text;

	text_init(&text, data, sizeof(data));
	start_answer(camera, &text, 200);
	rtsp_build_header(&text, "Content-Base",
			  has(camera, FAKE_DOUBLED_BASE) ? "rtsp://rtsp://fake.lan/live/"
							 : "rtsp://fake.lan/live/");
	rtsp_build_end(&text, "application/sdp", sdp, strlen(sdp));
	send_all(camera, data, text.size);
}

static void add_transport(struct fake_camera *camera, struct text *text, unsigned stream)
{
	unsigned channel = camera->channels[stream];

	if (has(camera, FAKE_NO_INTERLEAVED))
		rtsp_build_header(text, "Transport", "RTP/AVP/TCP;unicast");
	else if (has(camera, FAKE_SSRC_FIRST))
		text_printf(text, "Transport: RTP/AVP/TCP;ssrc=00001234;interleaved=%u-%u\r\n",
			    channel, channel + 1);
	else
		text_printf(text, "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u;ssrc=1234\r\n",
			    channel, channel + 1);
}

static void answer_setup(struct fake_camera *camera)
{
	const struct slice *header = rtsp_message_header(&camera->message, "Transport");
	unsigned stream = camera->message.uri.data[camera->message.uri.size - 1] == '1';
	struct rtsp_transport transport;
	char data[1024];
	struct text text;

	assert(header && rtsp_transport_parse(*header, &transport) == 0);
	if ((has(camera, FAKE_NO_TCP) && transport.is_tcp) ||
	    (has(camera, FAKE_REFUSES_SOUND) && stream == 1)) {
		answer_plainly(camera, stream == 1 ? 400 : 461);
		return;
	}
	camera->channels[stream] =
		(uint8_t)(transport.interleaved[0] + (has(camera, FAKE_OTHER_CHANNELS) ? 10 : 0));
	camera->has_sound = camera->has_sound || stream == 1;
	camera->setups++;
	text_init(&text, data, sizeof(data));
	start_answer(camera, &text, 200);
	text_printf(&text, "Session: id%u;timeout=2\r\n",
		    has(camera, FAKE_SESSION_CHANGES) ? camera->setups : 1);
	add_transport(camera, &text, stream);
	rtsp_build_end(&text, NULL, NULL, 0);
	send_all(camera, data, text.size);
}

static void answer_play(struct fake_camera *camera)
{
	const struct slice *session = rtsp_message_header(&camera->message, "Session");
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "id%u",
		 has(camera, FAKE_SESSION_CHANGES) ? camera->setups : 1);
	if (!session || !slice_equals(*session, wanted)) {
		answer_plainly(camera, 454);
		return;
	}
	camera->plays++;
	snprintf(camera->last_uri, sizeof(camera->last_uri), "%.*s", (int)camera->message.uri.size,
		 camera->message.uri.data);
	answer_plainly(camera, 200);
	send_media(camera);
}

static uint32_t refusal(struct fake_camera *camera)
{
	const struct rtsp_message *message = &camera->message;
	bool is_described = message->method == RTSP_DESCRIBE;

	if (has(camera, FAKE_NEEDS_USER_AGENT) && !rtsp_message_header(message, "User-Agent"))
		return 400;
	if (has(camera, FAKE_DENIES) ||
	    (has(camera, FAKE_DIGEST) && !rtsp_message_header(message, "Authorization")))
		return 401;
	if (has(camera, FAKE_NO_OPTIONS) && message->method == RTSP_OPTIONS)
		return 405;
	if (is_described && has(camera, FAKE_REDIRECTS_AWAY))
		return 302;
	if (is_described && has(camera, FAKE_REDIRECTS) &&
	    !memmem(message->uri.data, message->uri.size, "moved", 5))
		return 302;
	if (has(camera, FAKE_BAD_PARAMETERS) && message->method == RTSP_GET_PARAMETER)
		return 454;
	return 0;
}

static void answer(struct fake_camera *camera)
{
	const struct rtsp_message *message = &camera->message;

	if (!message->is_request) {
		camera->was_answered = message->status == 200 && message->cseq == 99;
		return;
	}
	camera->saw_require = camera->saw_require || rtsp_message_header(message, "Require");
	camera->saw_range = camera->saw_range || rtsp_message_header(message, "Range");
	camera->parameters += message->method == RTSP_GET_PARAMETER;
	camera->options += message->method == RTSP_OPTIONS;
	if (has(camera, FAKE_HANGS))
		return;
	uint32_t status = refusal(camera);

	if (status)
		answer_plainly(camera, status);
	else if (message->method == RTSP_DESCRIBE)
		answer_describe(camera);
	else if (message->method == RTSP_SETUP)
		answer_setup(camera);
	else if (message->method == RTSP_PLAY)
		answer_play(camera);
	else
		answer_plainly(camera, 200);
	if (message->method == RTSP_TEARDOWN)
		camera->teardowns++;
}

static void camera_ready(struct loop_watch *watch, uint32_t events)
{
	struct fake_camera *camera = container_of(watch, struct fake_camera, watch);
	const struct rtsp_channels all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	ssize_t size = recv(watch->fd, camera->in + camera->in_size,
			    sizeof(camera->in) - camera->in_size, MSG_DONTWAIT);
	struct rtsp_item item;
	int used;

	(void)events;
	if (size <= 0) {
		fake_camera_close(camera);
		return;
	}
	camera->in_size += (size_t)size;
	while ((used = rtsp_stream_next(camera->in, camera->in_size, &all, &item,
					&camera->message)) > 0) {
		if (item.kind == RTSP_ITEM_MESSAGE)
			answer(camera);
		camera->in_size -= (size_t)used;
		memmove(camera->in, camera->in + used, camera->in_size);
	}
}

int fake_camera_connect(struct fake_camera *camera, struct loop *loop)
{
	int fds[2], buffer = 1 << 20;

	fake_camera_close(camera);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0 ||
	    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) < 0)
		return -errno;
	camera->watch = (struct loop_watch){.fd = fds[0], .ready = camera_ready};
	camera->in_size = 0;
	camera->setups = 0;
	camera->has_sound = false;
	camera->connections++;
	memset(camera->sequences, 0, sizeof(camera->sequences));
	if (loop_add(loop, &camera->watch, EPOLLIN) < 0)
		return -ENOMEM;
	return fds[1];
}

void fake_camera_close(struct fake_camera *camera)
{
	if (!camera->watch.loop)
		return;
	loop_remove(&camera->watch);
	close(camera->watch.fd);
}
