/* camsim: N synthetic RTSP cameras from one H.264 file, in one thread. Every frame carries an SEI
 * with its wall-clock send time, so that any receiver can tell the delay without decoding. Paths:
 * /cam1 (H.264 + AAC), /cam1_pcma (H.264 + G.711 A-law), /cam1_v (video only). RTP over TCP
 * (interleaved) and UDP. Binds to loopback only. */
#include "camsim.h"

#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static const uint64_t SOUND_EVERY_NS[SOUND_KINDS] = {21333333, 20000000};

struct camsim sim = {.camera_count = 1, .port = 8554, .fps = 25};

static volatile sig_atomic_t is_over;
static int timer;

static void on_signal(int number)
{
	(void)number;
	is_over = 1;
}

struct options {
	const char *video, *aac, *pcma;
	double life_s;
};

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"cams", 1, 0, 'n'}, {"port", 1, 0, 'p'},    {"video", 1, 0, 'v'},
		{"aac", 1, 0, 'a'},  {"pcma", 1, 0, 'm'},    {"fps", 1, 0, 'f'},
		{"life", 1, 0, 'l'}, {"verbose", 0, 0, 'V'}, {0},
	};

	for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		long number = optarg ? strtol(optarg, NULL, 10) : 0;

		if (letter == 'n')
			sim.camera_count = (int)number;
		else if (letter == 'p')
			sim.port = (int)number;
		else if (letter == 'f')
			sim.fps = (int)number;
		else if (letter == 'V')
			sim.is_verbose = true;
		else if (letter == 'l')
			options->life_s = strtod(optarg, NULL);
		else if (letter == 'v')
			options->video = optarg;
		else if (letter == 'a')
			options->aac = optarg;
		else if (letter == 'm')
			options->pcma = optarg;
		else
			return false;
	}
	return options->video && options->aac && options->pcma && sim.camera_count >= 1 &&
	       sim.camera_count <= CAMERAS_MAX && sim.fps >= 1;
}

static int bind_loopback(int type, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1, size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 256) < 0)) {
		perror("bind");
		exit(1);
	}
	return fd;
}

static void watch(int fd, void *context)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = context};

	epoll_ctl(sim.epoll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_client(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
	struct client *client = fd < 0 ? NULL : calloc(1, sizeof(*client));

	if (!client)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*client = (struct client){.fd = fd, .camera = -1, .sound = SOUND_NONE, .next = sim.clients};
	snprintf(client->id, sizeof(client->id), "%08x%08x", random_u32(), random_u32());
	sim.clients = client;
	watch(fd, client);
}

static void bury_clients(void)
{
	for (struct client **at = &sim.clients; *at;) {
		struct client *client = *at;

		if (!client->is_dead) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		close(client->fd);
		free(client->out);
		free(client);
	}
}

/* Sends what is due; when the next thing is. */
static uint64_t play_cameras(uint64_t now)
{
	uint64_t frame_ns = 1000000000ull / (unsigned)sim.fps, next = UINT64_MAX;

	for (int i = 0; i < sim.camera_count; i++) {
		struct camera *camera = &sim.cameras[i];

		while (camera->start + camera->frame * frame_ns <= now)
			camera_send_video(i);
		uint64_t due = camera->start + camera->frame * frame_ns;

		next = due < next ? due : next;
		for (int kind = 0; kind < SOUND_KINDS; kind++) {
			while (camera->start + camera->sounds[kind] * SOUND_EVERY_NS[kind] <= now)
				camera_send_sound(i, (enum sound_kind)kind);
			due = camera->start + camera->sounds[kind] * SOUND_EVERY_NS[kind];
			next = due < next ? due : next;
		}
	}
	return next;
}

static void wait_until(uint64_t next, int listener)
{
	struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next / 1000000000ull),
					     .tv_nsec = (long)(next % 1000000000ull)}};
	struct epoll_event events[64];
	uint64_t expired;

	timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
	int count = epoll_wait(sim.epoll, events, 64, 1000);

	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;

		if (events[i].data.ptr == &timer) {
			(void)!read(timer, &expired, sizeof(expired));
			continue;
		}
		if (!client) {
			accept_client(listener);
			continue;
		}
		if (events[i].events & EPOLLOUT)
			client_flush(client);
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			client_read(client);
	}
	bury_clients();
}

int main(int argc, char **argv)
{
	struct options options = {0};

	if (!parse_options(argc, argv, &options)) {
		fprintf(stderr, "camsim --cams N --port P --video x.h264 --aac x.aac --pcma x.alaw "
				"[--fps 25] [--life seconds]\n");
		return 2;
	}
	clip_load(&sim.clip, options.video, options.aac, options.pcma);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	int listener = bind_loopback(SOCK_STREAM, sim.port);

	sim.udp_rtp = bind_loopback(SOCK_DGRAM, 0);
	sim.udp_rtcp = bind_loopback(SOCK_DGRAM, 0);
	sim.epoll = epoll_create1(0);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	watch(listener, NULL);
	watch(timer, &timer);
	uint64_t start = mono_ns();

	for (int i = 0; i < sim.camera_count; i++) /* not all in step */
		sim.cameras[i] = (struct camera){
			.start = start + 1000000000ull / (unsigned)sim.fps * (unsigned)i /
						 (unsigned)sim.camera_count,
			.video_base = random_u32(),
			.sound_base = random_u32(),
			.offset = i * 37 % sim.clip.unit_count,
		};
	fprintf(stderr, "camsim: %d cameras, %d frames, rtsp://127.0.0.1:%d/cam1\n",
		sim.camera_count, sim.clip.unit_count, sim.port);
	while (!is_over &&
	       (options.life_s <= 0 || (double)(mono_ns() - start) < options.life_s * 1e9))
		wait_until(play_cameras(mono_ns()), listener);
	fprintf(stderr, "camsim: frames %llu bytes %llu frames lost to slow readers %llu\n",
		(unsigned long long)sim.frames, (unsigned long long)sim.bytes,
		(unsigned long long)sim.dropped);
	return 0;
}
