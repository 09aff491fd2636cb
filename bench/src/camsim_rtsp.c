/* camsim's side of RTSP: as little as every client needs. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "camsim.h"

static void watch_out(struct client *client, bool wants_out)
{
	struct epoll_event event = {.events = EPOLLIN | (wants_out ? EPOLLOUT : 0u),
				    .data.ptr = client};

	if (client->wants_out == wants_out)
		return;
	client->wants_out = wants_out;
	epoll_ctl(sim.epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* Sends what it can; how much, or 0. */
static size_t send_some(struct client *client, const uint8_t *data, size_t size)
{
	ssize_t sent = send(client->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN)
		client->is_dead = true;
	return sent < 0 ? 0 : (size_t)sent;
}

void client_flush(struct client *client)
{
	size_t sent = client->out_size ? send_some(client, client->out, client->out_size) : 0;

	memmove(client->out, client->out + sent, client->out_size - sent);
	client->out_size -= sent;
	watch_out(client, client->out_size > 0);
}

void client_write(struct client *client, const void *data, size_t size)
{
	const uint8_t *from = data;

	if (client->is_dead)
		return;
	if (!client->out_size) {
		size_t sent = send_some(client, from, size);

		from += sent;
		size -= sent;
	}
	if (!size || client->is_dead)
		return;
	if (client->out_size + size > OUT_MAX) { /* so far behind: whole frames are lost */
		sim.dropped++;
		return;
	}
	if (client->out_size + size > client->out_capacity) {
		client->out_capacity = (client->out_size + size) * 2;
		client->out = realloc(client->out, client->out_capacity);
	}
	memcpy(client->out + client->out_size, from, size);
	client->out_size += size;
	watch_out(client, true);
}

/* The value of a header, empty if there is none. */
static const char *header(const char *request, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	value[0] = 0;
	for (const char *at = strstr(request, "\r\n"); at; at = strstr(at + 2, "\r\n")) {
		if (strncasecmp(at + 2, name, length) != 0 || at[2 + length] != ':')
			continue;
		at += 3 + length;
		at += strspn(at, " ");
		snprintf(value, size, "%.*s", (int)strcspn(at, "\r"), at);
		break;
	}
	return value;
}

/* What a request is about. */
struct question {
	char method[24], url[512], cseq[32], transport[512];
	int camera, sound, track;
	bool is_known;
};

static void read_question(const char *request, struct question *question)
{
	int used = 0, camera = 0;

	memset(question, 0, sizeof(*question));
	if (sscanf(request, "%23s %511s", question->method, question->url) != 2)
		return;
	header(request, "CSeq", question->cseq, sizeof(question->cseq));
	header(request, "Transport", question->transport, sizeof(question->transport));

	const char *path = strstr(question->url, "://");

	path = path ? strchr(path + 3, '/') : question->url;
	if (!path || sscanf(path, "/cam%d%n", &camera, &used) != 1 || camera < 1 ||
	    camera > sim.camera_count)
		return;
	const char *track = strstr(path, "trackID=");

	question->camera = camera - 1;
	question->sound = strncmp(path + used, "_pcma", 5) == 0 ? SOUND_PCMA
			  : strncmp(path + used, "_v", 2) == 0  ? SOUND_NONE
								: SOUND_AAC;
	question->track = track ? track[8] - '0' : 0;
	question->is_known = true;
}

static void reply(struct client *client, const struct question *question, const char *status,
		  const char *headers, const char *body)
{
	char text[4096];
	int size = snprintf(text, sizeof(text), "RTSP/1.0 %s\r\nCSeq: %s\r\n%s", status,
			    question->cseq, headers);

	if (body)
		size += snprintf(text + size, sizeof(text) - (size_t)size,
				 "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	else
		size += snprintf(text + size, sizeof(text) - (size_t)size, "\r\n");
	client_write(client, text, (size_t)size);
}

static void add_base64(char *to, struct nal nal)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = nal.data;

	for (size_t i = 0; i < nal.size; i += 3) {
		bool has_2 = i + 1 < nal.size, has_3 = i + 2 < nal.size;
		uint32_t v = (uint32_t)p[i] << 16 | (has_2 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (has_3 ? p[i + 2] : 0u);

		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = has_2 ? digits[v >> 6 & 63] : '=';
		*to++ = has_3 ? digits[v & 63] : '=';
	}
	*to = 0;
}

static void describe(struct client *client, const struct question *question)
{
	const struct clip *clip = &sim.clip;
	char sps[600], pps[600], sdp[2500], headers[700];
	const uint8_t *adts = clip->aac;
	unsigned rate = adts[2] >> 2 & 15u, channels = (adts[2] & 1u) << 2 | adts[3] >> 6;

	add_base64(sps, clip->sps);
	add_base64(pps, clip->pps);
	int size = snprintf(
		sdp, sizeof(sdp),
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera %d\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
		"a=control:*\r\na=range:npt=now-\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
		"a=fmtp:96 packetization-mode=1;profile-level-id=%02x%02x%02x;sprop-parameter-sets=%s,%s\r\n"
		"a=framerate:%d\r\na=control:trackID=0\r\n",
		question->camera + 1, clip->sps.data[1], clip->sps.data[2], clip->sps.data[3], sps,
		pps, sim.fps);

	if (question->sound == SOUND_AAC)
		snprintf(sdp + size, sizeof(sdp) - (size_t)size,
			 "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/%u\r\n"
			 "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
			 "indexlength=3;indexdeltalength=3;config=%04X\r\na=control:trackID=1\r\n",
			 channels, 2u << 11 | rate << 7 | channels << 3);
	if (question->sound == SOUND_PCMA)
		snprintf(sdp + size, sizeof(sdp) - (size_t)size,
			 "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:trackID=1\r\n");
	snprintf(headers, sizeof(headers), "Content-Base: %s/\r\nContent-Type: application/sdp\r\n",
		 question->url);
	reply(client, question, "200 OK", headers, sdp);
}

static int port_of(int fd)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &size);
	return ntohs(address.sin_port);
}

static void set_up_tcp(struct track *track, int number, const char *transport, char *value,
		       size_t size)
{
	const char *at = strstr(transport, "interleaved=");

	track->is_tcp = true;
	track->channel = number * 2;
	if (at)
		sscanf(at, "interleaved=%d", &track->channel);
	snprintf(value, size, "RTP/AVP/TCP;unicast;interleaved=%d-%d", track->channel,
		 track->channel + 1);
}

static bool set_up_udp(struct client *client, struct track *track, const char *transport,
		       char *value, size_t size)
{
	const char *at = strstr(transport, "client_port=");
	socklen_t length = sizeof(track->rtp);
	int rtp, rtcp;

	if (!at || sscanf(at, "client_port=%d-%d", &rtp, &rtcp) != 2)
		return false;
	getpeername(client->fd, (struct sockaddr *)&track->rtp, &length);
	track->rtcp = track->rtp;
	track->rtp.sin_port = htons((uint16_t)rtp);
	track->rtcp.sin_port = htons((uint16_t)rtcp);
	snprintf(value, size, "RTP/AVP;unicast;client_port=%d-%d;server_port=%d-%d", rtp, rtcp,
		 port_of(sim.udp_rtp), port_of(sim.udp_rtcp));
	return true;
}

static void set_up(struct client *client, const struct question *question)
{
	char value[200], headers[400];

	if (question->track < 0 || question->track > 1 ||
	    (question->track == 1 && question->sound == SOUND_NONE)) {
		reply(client, question, "400 Bad Request", "", NULL);
		return;
	}
	struct track *track = &client->tracks[question->track];

	client->camera = question->camera;
	client->sound = question->sound;
	*track = (struct track){.ssrc = random_u32(), .sequence = (uint16_t)random_u32()};
	if (strstr(question->transport, "RTP/AVP/TCP")) {
		set_up_tcp(track, question->track, question->transport, value, sizeof(value));
	} else if (!set_up_udp(client, track, question->transport, value, sizeof(value))) {
		reply(client, question, "461 Unsupported Transport", "", NULL);
		return;
	}
	track->is_on = true;
	snprintf(headers, sizeof(headers), "Transport: %s;ssrc=%08X\r\nSession: %s;timeout=60\r\n",
		 value, track->ssrc, client->id);
	reply(client, question, "200 OK", headers, NULL);
}

static void play(struct client *client, const struct question *question)
{
	const struct camera *camera = &sim.cameras[question->camera];
	uint32_t video =
		camera->video_base + (uint32_t)(camera->frame * (90000u / (unsigned)sim.fps));
	char headers[1500];
	int size = snprintf(headers, sizeof(headers),
			    "Session: %s;timeout=60\r\nRange: npt=now-\r\n"
			    "RTP-Info: url=%s/trackID=0;seq=%u;rtptime=%u",
			    client->id, question->url, client->tracks[0].sequence, video);

	if (client->tracks[1].is_on) {
		unsigned step = client->sound == SOUND_PCMA ? 160 : 1024;
		uint32_t time =
			camera->sound_base + (uint32_t)(camera->sounds[client->sound] * step);

		size += snprintf(headers + size, sizeof(headers) - (size_t)size,
				 ",url=%s/trackID=1;seq=%u;rtptime=%u", question->url,
				 client->tracks[1].sequence, time);
	}
	snprintf(headers + size, sizeof(headers) - (size_t)size, "\r\n");
	client->is_playing = true;
	reply(client, question, "200 OK", headers, NULL);
}

static void options(struct client *client, const struct question *question)
{
	reply(client, question, "200 OK",
	      "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER\r\n", NULL);
}

static void keep_alive(struct client *client, const struct question *question)
{
	char headers[64];

	snprintf(headers, sizeof(headers), "Session: %s\r\n", client->id);
	reply(client, question, "200 OK", headers, NULL);
}

static void stop(struct client *client, const struct question *question)
{
	client->is_playing = false;
	keep_alive(client, question);
}

static const struct {
	const char *method;
	void (*answer)(struct client *client, const struct question *question);
	bool needs_camera;
} methods[] = {
	{"OPTIONS", options, false},
	{"GET_PARAMETER", keep_alive, false},
	{"SET_PARAMETER", keep_alive, false},
	{"DESCRIBE", describe, true},
	{"SETUP", set_up, true},
	{"PLAY", play, true},
	{"PAUSE", stop, false},
	{"TEARDOWN", stop, false},
};

void client_answer(struct client *client, const char *request)
{
	struct question question;

	read_question(request, &question);
	if (sim.is_verbose)
		fprintf(stderr, "%s %s\n", question.method, question.url);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(question.method, methods[i].method) != 0)
			continue;
		if (methods[i].needs_camera && !question.is_known)
			reply(client, &question, "404 Not Found", "", NULL);
		else
			methods[i].answer(client, &question);
		return;
	}
	reply(client, &question, "501 Not Implemented", "", NULL);
}

/* The size of what stands first in the buffer, a report or a request; 0 if it is not whole yet. */
static size_t first_size(struct client *client)
{
	const uint8_t *in = (const uint8_t *)client->in;
	char value[16];

	if (client->in_size >= 4 && in[0] == '$') {
		size_t size = (size_t)(in[2] << 8 | in[3]) + 4;

		return client->in_size < size ? 0 : size;
	}
	client->in[client->in_size] = 0;
	const char *end = in[0] == '$' ? NULL : strstr(client->in, "\r\n\r\n");

	if (!end)
		return 0;
	size_t size = (size_t)(end - client->in) + 4;

	size += strtoul(header(client->in, "Content-Length", value, sizeof(value)), NULL, 10);
	return client->in_size < size ? 0 : size;
}

void client_read(struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_size,
			   sizeof(client->in) - 1 - client->in_size, MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		client->is_dead = true;
		return;
	}
	client->in_size += got > 0 ? (size_t)got : 0;
	for (size_t size; !client->is_dead && client->in_size && (size = first_size(client)) > 0;) {
		char kept = client->in[size];

		client->in[size] = 0;
		if (client->in[0] != '$')
			client_answer(client, client->in);
		client->in[size] = kept;
		memmove(client->in, client->in + size, client->in_size - size);
		client->in_size -= size;
	}
	if (client->in_size >= sizeof(client->in) - 1)
		client->is_dead = true;
}
