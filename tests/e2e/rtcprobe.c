/* Plays warden, vault and front for one real ward-rtc, so that it can be tried and measured against
 * browsers and load clients alone: feeds recorded media at its own pace, grants every WHEP offer.
 *
 *   rtcprobe RTC H264 SOUND HTTP-PORT MEDIA-PORT [SUB-H264]
 *
 * GET / an empty page · POST /whep · PATCH, DELETE /whep/GRANT · GET /stats · GET /revoke: closes
 * all grants and says when, on the monotonic clock. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ipc/ipc.h"
#include "proto/rtc/sdp_offer.h"
#include "rtcprobe_media.h"

enum { GRANTS_MAX = 512, REQUEST_MAX = 40000, FPS = 25, SOUND_HZ = 50 };

struct grant {
	struct ipc_channel channel;
	uint64_t number;
	uint32_t level;
	bool is_open, is_connected;
	uint64_t bytes;
};

struct client {
	struct loop_watch watch;
	uint64_t request;
	size_t size;
	char data[REQUEST_MAX + 1];
};

/* One track on its way: frame n of the feed is frame n modulo count of the file. */
struct feed {
	struct probe_track media;
	uint32_t track;
	uint64_t next, key;
	struct loop_timer timer;
	uint64_t period_ns;
};

static struct {
	struct loop *loop;
	pid_t rtc;
	struct ipc_channel warden, vault, front;
	struct loop_watch http;
	struct feed video, sub, sound;
	bool has_sub;
	struct grant grant[GRANTS_MAX];
	uint64_t grants, start_ns;
	struct client *waiting[GRANTS_MAX];
} probe;

static void check(int r, const char *what)
{
	if (r < 0)
		fatal("%s: %s", what, strerror(r == -1 ? errno : -r));
}

/* ---- vault ---- */

static void feed_frame_to_rtc(struct feed *feed)
{
	const struct probe_frame *frame = &feed->media.frame[(feed->next - 1) % feed->media.count];
	struct ipc_frame head = {
		.frame = feed->next,
		.pts_ns = probe.start_ns + feed->next * feed->period_ns,
		.camera = 1,
		.track = feed->track,
		.size = frame->size,
		.flags = frame->is_key ? FRAME_KEY : 0,
	};

	if (frame->is_key || feed->track == TRACK_MIC)
		feed->key = feed->next;
	head.keep_from = feed->key;
	for (uint32_t at = 0; at < frame->size; at += 32768) {
		uint32_t left = frame->size - at;

		head.offset = at;
		ipc_send(&probe.vault, IPC_FEED_FRAME, &head, frame->data + at,
			 left < 32768 ? left : 32768);
	}
}

static void release(struct grant *grant, uint32_t track, uint64_t first, uint64_t count)
{
	struct ipc_release said = {
		.grant = grant->number, .first = first, .count = count, .track = track};

	ipc_send(&probe.vault, IPC_RELEASES, &(struct ipc_number){.value = 1}, &said, sizeof(said));
}

static bool level_has(const struct grant *grant, const struct feed *feed)
{
	if (feed->track == TRACK_MIC)
		return grant->is_connected;
	if (feed->track == TRACK_SUB)
		return grant->level == VIEW_SUB;
	return grant->level == VIEW_FULL || (grant->level == VIEW_KEYS && feed->key == feed->next);
}

static void feed_due(struct loop_timer *timer)
{
	struct feed *feed = container_of(timer, struct feed, timer);

	feed->next++;
	feed_frame_to_rtc(feed);
	for (size_t i = 0; i < GRANTS_MAX; i++)
		if (probe.grant[i].is_open && level_has(&probe.grant[i], feed))
			release(&probe.grant[i], feed->track, feed->next, 1);
	loop_timer_start(probe.loop, timer, probe.start_ns + (feed->next + 1) * feed->period_ns);
}

static void release_from_key(struct grant *grant)
{
	const struct feed *feed = grant->level == VIEW_SUB ? &probe.sub : &probe.video;

	if (feed->key)
		release(grant, feed->track, feed->key,
			grant->level == VIEW_KEYS ? 1 : feed->next - feed->key + 1);
}

static void grant_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct grant *grant = channel->owner;
	struct ipc_view_report report;

	if (message->type == IPC_GRANT_END) {
		struct ipc_grant_end end;

		memcpy(&end, message->body, sizeof(end));
		diag_info("grant %llu ended: %u", (unsigned long long)grant->number, end.end);
		return;
	}
	memcpy(&report, message->body, sizeof(report));
	bool has_changed = report.level != grant->level;

	if (has_changed)
		diag_info("grant %llu: level %u", (unsigned long long)grant->number, report.level);
	grant->bytes = report.bytes_sent;
	grant->is_connected = report.is_connected;
	grant->level = report.level;
	if (report.wants_key || has_changed)
		release_from_key(grant);
}

static void grant_closed(struct ipc_channel *channel)
{
	struct grant *grant = channel->owner;

	grant->is_open = false;
}

static void send_track(const struct feed *feed)
{
	bool is_video = feed->track != TRACK_MIC;
	struct ipc_track track = {
		.camera = 1,
		.track = feed->track,
		.codec = feed->media.codec,
		.config = 1,
		.clock_hz = is_video ? 90000 : 48000,
		.channels = is_video ? 0 : 1,
	};

	ipc_send(&probe.vault, IPC_FEED_TRACK, &track, feed->media.config, feed->media.config_size);
}

static struct grant *grant_open(const uint8_t fingerprint[SDP_FINGERPRINT_SIZE])
{
	struct grant *grant = NULL;
	int fds[2];

	for (size_t i = 0; i < GRANTS_MAX && !grant; i++)
		if (!probe.grant[i].is_open)
			grant = &probe.grant[i];
	if (!grant)
		return NULL;
	check(ipc_pair(0, fds), "socketpair");
	*grant = (struct grant){.number = ++probe.grants, .is_open = true};
	check(ipc_open(&grant->channel, probe.loop, fds[0], PROC_VAULT, PROC_RTC, grant_received,
		       grant_closed, grant),
	      "grant");
	struct ipc_grant_open open = {
		.grant = grant->number,
		.log_seq = grant->number,
		.camera = 1,
		.tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC) |
			  (probe.has_sub ? TRACK_BIT(TRACK_SUB) : 0),
	};

	memcpy(open.dtls_fingerprint, fingerprint, sizeof(open.dtls_fingerprint));
	ipc_send_fd(&probe.vault, IPC_GRANT_OPEN, &open, NULL, 0, fds[1]);
	close(fds[1]);
	release_from_key(grant);
	return grant;
}

/* ---- front ---- */

static void client_end(struct client *client)
{
	for (size_t i = 0; i < GRANTS_MAX; i++)
		if (probe.waiting[i] == client)
			probe.waiting[i] = NULL;
	loop_remove(&client->watch);
	close(client->watch.fd);
	free(client);
}

static void client_answer(struct client *client, const char *status, const char *headers,
			  const void *body, size_t size)
{
	char head[512];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
			 status, size, headers);

	if (send(client->watch.fd, head, (size_t)n, MSG_NOSIGNAL) < 0 ||
	    (size && send(client->watch.fd, body, size, MSG_NOSIGNAL) < 0))
		diag_warn("a client is gone");
	client_end(client);
}

static void client_answer_text(struct client *client, const char *status, const char *type,
			       const char *text)
{
	char headers[64];

	snprintf(headers, sizeof(headers), "Content-Type: %s\r\n", type);
	client_answer(client, status, headers, text, strlen(text));
}

static void ask_rtc(struct client *client, enum ipc_type type, uint64_t grant, const char *body,
		    size_t size)
{
	static uint64_t requests;
	struct ipc_sdp ask = {.request = ++requests, .grant = grant};

	client->request = ask.request;
	probe.waiting[ask.request % GRANTS_MAX] = client;
	ipc_send(&probe.front, type, &ask, body, size);
}

static void front_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct ipc_sdp said;
	char headers[256], status[32];

	(void)channel;
	memcpy(&said, message->body, sizeof(said));
	struct client *client = probe.waiting[said.request % GRANTS_MAX];

	if (!client || client->request != said.request)
		return;
	unsigned code = message->type == IPC_ANSWER ? 201 : message->tail_size ? 200 : 204;

	snprintf(status, sizeof(status), "%u x", said.status ? said.status : code);
	snprintf(headers, sizeof(headers),
		 "Content-Type: application/%s\r\nLocation: /whep/%llu\r\nETag: \"%s\"\r\n",
		 message->type == IPC_ANSWER ? "sdp" : "trickle-ice-sdpfrag",
		 (unsigned long long)said.grant, said.etag);
	client_answer(client, status, headers, message->tail, message->tail_size);
}

static void whep_offer(struct client *client, const char *body, size_t size)
{
	uint8_t fingerprint[SDP_FINGERPRINT_SIZE];
	struct grant *grant = NULL;

	if (sdp_offer_fingerprint(body, size, fingerprint) == 0)
		grant = grant_open(fingerprint);
	if (grant)
		ask_rtc(client, IPC_OFFER, grant->number, body, size);
	else
		client_answer_text(client, "400 x", "text/plain", "no offer\n");
}

static double rtc_cpu(pid_t pid)
{
	char path[64], line[128] = "";

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	FILE *file = fopen(path, "r");

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	return strtod(line, NULL) / 1e9;
}

static void answer_stats(struct client *client)
{
	static char text[GRANTS_MAX * 64 + 256];
	int n = snprintf(text, sizeof(text),
			 "{\"rtc_pid\":%d,\"rtc_cpu\":%.4f,\"self_cpu\":%.4f,"
			 "\"grants\":[",
			 (int)probe.rtc, rtc_cpu(probe.rtc), rtc_cpu(getpid()));
	const char *comma = "";

	for (size_t i = 0; i < GRANTS_MAX; i++) {
		const struct grant *grant = &probe.grant[i];

		if (!grant->is_open)
			continue;
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "%s{\"grant\":%llu,\"level\":%u,\"bytes\":%llu}", comma,
			      (unsigned long long)grant->number, grant->level,
			      (unsigned long long)grant->bytes);
		comma = ",";
	}
	snprintf(text + n, sizeof(text) - (size_t)n, "]}\n");
	client_answer_text(client, "200 x", "application/json", text);
}

static void grant_end(uint64_t number)
{
	for (size_t i = 0; i < GRANTS_MAX; i++) {
		struct grant *grant = &probe.grant[i];

		if (grant->is_open && (number == 0 || grant->number == number)) {
			ipc_close(&grant->channel);
			grant->is_open = false;
		}
	}
}

static void answer_revoke(struct client *client)
{
	char text[64];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	grant_end(0);
	snprintf(text, sizeof(text), "{\"at\":%lld.%06ld}\n", (long long)now.tv_sec,
		 now.tv_nsec / 1000);
	client_answer_text(client, "200 x", "application/json", text);
}

static void client_request(struct client *client, const char *body, size_t size)
{
	const char *data = client->data;
	const char *slash = strchr(data + 6, '/');
	const char *id = slash ? strchr(slash + 1, '/') : NULL;
	uint64_t grant = id ? strtoull(id + 1, NULL, 10) : 0;

	if (strncmp(data, "POST /whep", 10) == 0) {
		whep_offer(client, body, size);
	} else if (strncmp(data, "PATCH /whep/", 12) == 0) {
		ask_rtc(client, IPC_PATCH, strtoull(data + 12, NULL, 10), body, size);
	} else if (strncmp(data, "DELETE /whep/", 13) == 0) {
		(void)grant;
		grant_end(strtoull(data + 13, NULL, 10));
		client_answer_text(client, "200 x", "text/plain", "");
	} else if (strncmp(data, "GET /stats", 10) == 0) {
		answer_stats(client);
	} else if (strncmp(data, "GET /revoke", 11) == 0) {
		answer_revoke(client);
	} else {
		client_answer_text(client, "200 x", "text/html", "<!doctype html><body></body>");
	}
}

static void client_ready(struct loop_watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);
	ssize_t n = recv(watch->fd, client->data + client->size, REQUEST_MAX - client->size, 0);

	(void)events;
	if (n <= 0) {
		client_end(client);
		return;
	}
	client->size += (size_t)n;
	client->data[client->size] = '\0';
	char *body = strstr(client->data, "\r\n\r\n");
	const char *length = strcasestr(client->data, "\r\ncontent-length:");
	size_t wanted = length ? strtoul(length + 17, NULL, 10) : 0;

	if (body && client->size - (size_t)(body + 4 - client->data) >= wanted)
		client_request(client, body + 4, wanted);
}

static void http_ready(struct loop_watch *watch, uint32_t events)
{
	struct client *client = calloc(1, sizeof(*client));

	(void)events;
	if (!client)
		abort();
	client->watch.fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC);
	client->watch.ready = client_ready;
	if (client->watch.fd < 0)
		free(client);
	else
		check(loop_add(probe.loop, &client->watch, EPOLLIN), "client");
}

/* ---- warden ---- */

static int listen_on(int type, uint32_t address, uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(address)}};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	check(fd, "socket");
	if (type == SOCK_STREAM)
		check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "reuse");
	check(bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
	if (type == SOCK_STREAM)
		check(listen(fd, 64), "listen");
	return fd;
}

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	(void)message;
	diag_info("rtc is ready");
	probe.start_ns = clock_boot_ns();
	feed_due(&probe.video.timer);
	feed_due(&probe.sound.timer);
	if (probe.has_sub)
		feed_due(&probe.sub.timer);
}

static void rtc_closed(struct ipc_channel *channel)
{
	(void)channel;
	diag_error("rtc is gone");
	loop_stop(probe.loop);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	(void)message;
}

static void pass_peer(struct ipc_channel *channel, enum proc_kind kind, ipc_message_fn *received)
{
	struct ipc_peer peer = {.kind = kind};
	int fds[2];

	check(ipc_pair(1 << 20, fds), "socketpair");
	ipc_send_fd(&probe.warden, IPC_PEER, &peer, NULL, 0, fds[1]);
	close(fds[1]);
	check(ipc_open(channel, probe.loop, fds[0], kind, PROC_RTC, received, rtc_closed, NULL),
	      "peer");
}

static void pass_listener(enum listen_kind kind, int type, uint16_t port)
{
	struct ipc_listen listener = {.kind = kind, .port = port};
	int fd = listen_on(type, INADDR_ANY, port);

	ipc_send_fd(&probe.warden, IPC_LISTEN, &listener, NULL, 0, fd);
	close(fd);
}

static void start_rtc(const char *path, uint16_t port)
{
	static const char *const addresses[] = {"127.0.0.1"};
	struct ipc_file file = {.kind = FILE_LOCAL_ADDRESS};
	struct ipc_number none = {0};
	int fds[2];

	check(ipc_pair(0, fds), "socketpair");
	probe.rtc = fork();
	check(probe.rtc, "fork");
	if (probe.rtc == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(fds[1], 3) == 3)
			execl(path, "ward-rtc", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	check(ipc_open(&probe.warden, probe.loop, fds[0], PROC_WARDEN, PROC_RTC, warden_received,
		       rtc_closed, NULL),
	      "warden");
	pass_listener(LISTEN_MEDIA_UDP, SOCK_DGRAM, port);
	if (!getenv("NO_TCP"))
		pass_listener(LISTEN_MEDIA_TCP, SOCK_STREAM, port);
	for (size_t i = 0; i < ARRAY_COUNT(addresses); i++)
		ipc_send(&probe.warden, IPC_FILE, &file, addresses[i], strlen(addresses[i]));
	pass_peer(&probe.vault, PROC_VAULT, vault_received);
	pass_peer(&probe.front, PROC_FRONT, front_received);
	ipc_send(&probe.warden, IPC_START, &none, NULL, 0);
}

static void set_up_feed(struct feed *feed, uint32_t track, uint32_t rate_hz)
{
	feed->track = track;
	feed->period_ns = CLOCK_NS_PER_S / rate_hz;
	feed->timer.due = feed_due;
	send_track(feed);
}

int main(int argc, char **argv)
{
	diag_init("rtcprobe");
	if (argc < 6)
		fatal("usage: rtcprobe RTC H264 SOUND HTTP-PORT MEDIA-PORT [SUB-H264]");
	signal(SIGPIPE, SIG_IGN);
	check(loop_create(&probe.loop), "loop");
	check(probe_read_h264(argv[2], &probe.video.media), argv[2]);
	check(probe_read_sound(argv[3], &probe.sound.media), argv[3]);
	probe.has_sub = argc > 6;
	if (probe.has_sub)
		check(probe_read_h264(argv[6], &probe.sub.media), argv[6]);
	probe.http.fd = listen_on(SOCK_STREAM, INADDR_LOOPBACK, (uint16_t)atoi(argv[4]));
	probe.http.ready = http_ready;
	check(loop_add(probe.loop, &probe.http, EPOLLIN), "http");
	start_rtc(argv[1], (uint16_t)atoi(argv[5]));
	set_up_feed(&probe.video, TRACK_VIDEO, FPS);
	set_up_feed(&probe.sound, TRACK_MIC, SOUND_HZ);
	if (probe.has_sub)
		set_up_feed(&probe.sub, TRACK_SUB, FPS);
	check(loop_run(probe.loop), "run");
	waitpid(probe.rtc, NULL, 0);
	probe_track_finish(&probe.video.media);
	probe_track_finish(&probe.sound.media);
	probe_track_finish(&probe.sub.media);
	return 1;
}
