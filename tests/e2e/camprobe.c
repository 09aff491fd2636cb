/* Plays the warden and the vault for one ward-cam-rtsp, so that a camera's way in can be tried
 * alone:
 *
 *	camprobe WARD-CAM-RTSP URL [--sub URL] [--seconds N] [--transport auto|tcp|udp] [--no-audio]
 *	         [--dump FOLDER] [--stall SECONDS] [--calm] [--want FRAMES]
 *
 * Prints tracks, states and, at the end, what came for each track. --dump writes the video as
 * annex B (video.h264), the sound as it is. --stall: the vault does not read for that long.
 * --calm: it says that nobody watches. Exit status 0 if at least --want (default 1) frames of
 * video came, whole and in order. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/diag.h"
#include "ipc/ipc.h"
#include "proto/rtsp/rtsp_url.h"

enum { CHANNEL_BUFFER = 512 * 1024, PAIRS_MAX = 8, PORT_TRIES = 50 };

struct probe_track {
	struct ipc_track format;
	uint64_t frames, keys, gaps, bytes, disorder;
	uint64_t number, first_pts_ns, pts_ns, delay_max_ns;
	uint32_t size; /* of the frame under way, so far */
	uint8_t *data;
	FILE *dump;
};

struct pair {
	uint64_t request;
	int fds[2];
};

struct probe {
	struct loop *loop;
	struct ipc_channel cam, vault;
	struct loop_timer end, resume;
	struct probe_track tracks[TRACK_COUNT];
	struct rtsp_url urls[TRACK_COUNT];
	struct pair pairs[PAIRS_MAX];
	unsigned pair_count;
	const char *dump;
	unsigned seconds, stall;
	bool is_ending;
};

/* ---- the vault ---- */

static const char *const track_names[TRACK_COUNT] = {"video", "sub", "mic", "listen"};
static const char *const codec_names[CODEC_COUNT] = {"none", "h264", "h265", "aac",
						     "opus", "pcmu", "pcma"};
static const char *const state_names[CAM_STATE_COUNT] = {"connecting", "live", "silent", "down"};

static void dump_units(FILE *dump, const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);

	while (bytes_left(&reader) > 0) {
		size_t unit_size = bytes_get_be32(&reader);
		const uint8_t *unit = bytes_get(&reader, unit_size);

		if (!unit)
			fatal("a frame's NAL units do not fill it");
		fwrite("\0\0\0\1", 1, 4, dump);
		fwrite(unit, 1, unit_size, dump);
	}
}

static bool is_video(uint32_t track)
{
	return track == TRACK_VIDEO || track == TRACK_SUB;
}

static void take_track(struct probe *probe, const struct ipc_message *message)
{
	const struct ipc_track *format = message->body;
	struct probe_track *track = &probe->tracks[format->track];
	char path[512];

	track->format = *format;
	printf("track %s %s config %u (%zu bytes) %u Hz %u channels %ux%u\n",
	       track_names[format->track], codec_names[format->codec], format->config,
	       message->tail_size, format->clock_hz, format->channels, format->width,
	       format->height);
	if (probe->dump && !track->dump && format->codec != CODEC_NONE) {
		snprintf(path, sizeof(path), "%s/%s.%s", probe->dump, track_names[format->track],
			 codec_names[format->codec]);
		track->dump = fopen(path, "wb");
		if (!track->dump)
			fatal("cannot write %s", path);
	}
	if (track->dump && is_video(format->track))
		dump_units(track->dump, message->tail, message->tail_size);
}

static void take_whole(struct probe_track *track, const struct ipc_frame *frame)
{
	uint64_t delay_ns = clock_boot_ns() - frame->pts_ns;

	if (track->frames && frame->pts_ns <= track->pts_ns)
		track->disorder++;
	if (track->frames++ == 0)
		track->first_pts_ns = frame->pts_ns;
	track->pts_ns = frame->pts_ns;
	track->keys += (frame->flags & FRAME_KEY) != 0;
	track->gaps += (frame->flags & FRAME_AFTER_GAP) != 0;
	track->bytes += frame->size;
	if ((int64_t)delay_ns > (int64_t)track->delay_max_ns)
		track->delay_max_ns = delay_ns;
	if (track->dump && is_video(frame->track))
		dump_units(track->dump, track->data, frame->size);
	else if (track->dump)
		fwrite(track->data, 1, frame->size, track->dump);
}

static void take_frame(struct probe *probe, const struct ipc_message *message)
{
	const struct ipc_frame *frame = message->body;
	struct probe_track *track = &probe->tracks[frame->track];

	if (!track->data)
		track->data = malloc(FRAME_SIZE_MAX);
	if (!track->data || frame->size > FRAME_SIZE_MAX)
		fatal("a frame is too large");
	if (frame->offset == 0) {
		if (frame->frame <= track->number)
			fatal("frame %lu comes after %lu", frame->frame, track->number);
		track->number = frame->frame;
		track->size = 0;
	}
	if (frame->offset != track->size || frame->frame != track->number ||
	    frame->config != track->format.config)
		fatal("a piece is out of order");
	memcpy(track->data + frame->offset, message->tail, message->tail_size);
	track->size += (uint32_t)message->tail_size;
	if (track->size == frame->size)
		take_whole(track, frame);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct probe *probe = channel->owner;
	const struct ipc_cam_state *state = message->body;
	static struct ipc_cam_state last;

	if (message->type == IPC_TRACK)
		take_track(probe, message);
	if (message->type == IPC_FRAME)
		take_frame(probe, message);
	if (message->type != IPC_CAM_STATE)
		return;
	if (last.state != state->state || strcmp(last.reason, state->reason) != 0)
		printf("state %s %s\n", state_names[state->state], state->reason);
	last = *state;
	if (probe->is_ending)
		printf("numbers packets %lu lost %lu reordered %lu frames %lu broken %lu drift %ld ppb\n",
		       state->packets, state->lost, state->reordered, state->frames, state->broken,
		       state->drift_ppb);
	fflush(stdout);
}

static void channel_closed(struct ipc_channel *channel)
{
	struct probe *probe = channel->owner;

	loop_stop(probe->loop);
}

/* ---- the warden ---- */

static void answer(struct probe *probe, uint64_t request, int fd, int error, uint32_t port)
{
	struct ipc_dialed dialed = {.request = request, .error = error, .port = port};

	if (fd < 0)
		ipc_send(&probe->cam, IPC_DIAL_FAILED, &dialed, NULL, 0);
	else
		ipc_send_fd(&probe->cam, IPC_DIALED, &dialed, NULL, 0, fd);
}

static struct addrinfo *resolve(const struct rtsp_url *url, uint16_t port, int kind)
{
	struct addrinfo hints = {.ai_socktype = kind, .ai_family = AF_INET}, *found;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	return getaddrinfo(url->host, service, &hints, &found) == 0 ? found : NULL;
}

static int dial_tcp(const struct rtsp_url *url)
{
	struct addrinfo *to = resolve(url, url->port, SOCK_STREAM);
	int fd = to ? socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	int rc = to ? 0 : -ENOENT;

	if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
		rc = -errno;
		close(fd);
	}
	if (to)
		freeaddrinfo(to);
	return rc < 0 ? rc : fd;
}

static int bind_udp(uint16_t port, uint16_t *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) < 0) {
		close(fd);
		return -errno;
	}
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void dial_pair(struct probe *probe, uint64_t request)
{
	struct pair *pair = &probe->pairs[probe->pair_count++ % PAIRS_MAX];
	uint16_t port = 0, port2 = 0;

	for (int i = 0; i < PORT_TRIES; i++) {
		pair->fds[0] = bind_udp(0, &port);
		pair->fds[1] = port % 2 == 0 ? bind_udp((uint16_t)(port + 1), &port2) : -1;
		if (pair->fds[1] >= 0)
			break;
		close(pair->fds[0]);
	}
	pair->request = request;
	answer(probe, request, pair->fds[0], 0, port);
	answer(probe, request, pair->fds[1], 0, port2);
}

static void connect_pair(struct probe *probe, const struct ipc_dial *dial)
{
	const struct rtsp_url *url = &probe->urls[dial->track];

	for (unsigned i = 0; i < PAIRS_MAX; i++) {
		struct pair *pair = &probe->pairs[i];
		const uint32_t ports[2] = {dial->port, dial->port2};

		if (pair->request != dial->pair || pair->request == 0)
			continue;
		for (int j = 0; j < 2; j++) {
			struct addrinfo *to = resolve(url, (uint16_t)ports[j], SOCK_DGRAM);

			if (!to || connect(pair->fds[j], to->ai_addr, to->ai_addrlen) < 0)
				fatal("cannot connect UDP");
			freeaddrinfo(to);
		}
		answer(probe, dial->request, pair->fds[0], 0, 0);
		close(pair->fds[0]);
		close(pair->fds[1]);
		pair->request = 0;
		return;
	}
	answer(probe, dial->request, -1, -EBADF, 0);
}

static void cam_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct probe *probe = channel->owner;
	const struct ipc_dial *dial = message->body;

	if (message->type == IPC_READY)
		printf("ready\n");
	if (message->type != IPC_DIAL)
		return;
	if (dial->kind == DIAL_TCP) {
		int fd = dial_tcp(&probe->urls[dial->track]);

		answer(probe, dial->request, fd < 0 ? -1 : fd, fd < 0 ? fd : 0, 0);
		if (fd >= 0)
			close(fd);
	} else if (dial->kind == DIAL_UDP_PAIR) {
		dial_pair(probe, dial->request);
	} else {
		connect_pair(probe, dial);
	}
}

static void end_due(struct loop_timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, end);
	struct ipc_number stop = {0};

	probe->is_ending = true;
	ipc_send(&probe->cam, IPC_STOP, &stop, NULL, 0);
}

static void resume_due(struct loop_timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, resume);

	if (loop_change(&probe->vault.watch, EPOLLIN) < 0)
		fatal("cannot read the cam again");
}

static void stall_due(struct loop_timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, resume);

	if (loop_change(&probe->vault.watch, 0) < 0)
		fatal("cannot leave the cam unread");
	timer->due = resume_due;
	loop_timer_start(probe->loop, timer, clock_boot_ns() + probe->stall * CLOCK_NS_PER_S);
}

static pid_t start_cam(struct probe *probe, const char *program)
{
	int cam_fds[2], vault_fds[2];

	if (ipc_pair(0, cam_fds) < 0 || ipc_pair(CHANNEL_BUFFER, vault_fds) < 0)
		fatal("cannot make channels");
	pid_t pid = fork();

	if (pid == 0) {
		if (cam_fds[1] == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(cam_fds[1], 3);
		execl(program, program, "probe", (char *)NULL);
		fatal("cannot run %s", program);
	}
	close(cam_fds[1]);
	if (ipc_open(&probe->cam, probe->loop, cam_fds[0], PROC_WARDEN, PROC_CAM, cam_received,
		     channel_closed, probe) < 0 ||
	    ipc_open(&probe->vault, probe->loop, vault_fds[0], PROC_VAULT, PROC_CAM, vault_received,
		     channel_closed, probe) < 0)
		fatal("cannot open channels");
	ipc_send_fd(&probe->cam, IPC_PEER, &(struct ipc_peer){.kind = PROC_VAULT}, NULL, 0,
		    vault_fds[1]);
	close(vault_fds[1]);
	return pid;
}

static void send_source(struct probe *probe, enum media_track track, const char *url,
			enum cam_transport transport, bool audio)
{
	struct ipc_source source = {
		.track = track, .transport = transport, .audio = audio, .name = "probe"};

	if (rtsp_url_parse(slice_of(url), &probe->urls[track]) < 0)
		fatal("not an address: %s", url);
	ipc_send(&probe->cam, IPC_SOURCE, &source, url, strlen(url));
}

static void report(const struct probe *probe)
{
	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		const struct probe_track *track = &probe->tracks[i];

		if (track->frames)
			printf("%s frames %lu keys %lu gaps %lu bytes %lu disorder %lu span %.3f s "
			       "first %.6f s delay max %.1f ms\n",
			       track_names[i], track->frames, track->keys, track->gaps,
			       track->bytes, track->disorder,
			       (double)(track->pts_ns - track->first_pts_ns) / 1e9,
			       (double)track->first_pts_ns / 1e9,
			       (double)track->delay_max_ns / 1e6);
		if (track->dump)
			fclose(track->dump);
		free(track->data);
	}
}

struct arguments {
	const char *program, *url, *sub;
	enum cam_transport transport;
	bool audio;
	bool is_calm;
	uint64_t want;
};

static void parse_arguments(struct probe *probe, int argc, char **argv, struct arguments *to)
{
	static const struct option names[] = {
		{"seconds", required_argument, NULL, 's'},
		{"dump", required_argument, NULL, 'd'},
		{"transport", required_argument, NULL, 't'},
		{"no-audio", no_argument, NULL, 'n'},
		{"stall", required_argument, NULL, 'l'},
		{"want", required_argument, NULL, 'w'},
		{"sub", required_argument, NULL, 'u'},
		{"calm", no_argument, NULL, 'c'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*to = (struct arguments){.audio = true, .want = 1};
	probe->seconds = 5;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 's')
			probe->seconds = (unsigned)atoi(optarg);
		else if (option == 'd')
			probe->dump = optarg;
		else if (option == 'l')
			probe->stall = (unsigned)atoi(optarg);
		else if (option == 'w')
			to->want = (uint64_t)atoll(optarg);
		else if (option == 'u')
			to->sub = optarg;
		else if (option == 'c')
			to->is_calm = true;
		else if (option == 'n')
			to->audio = false;
		else if (option == 't')
			to->transport = *optarg == 't'   ? CAM_TRANSPORT_TCP
					: *optarg == 'u' ? CAM_TRANSPORT_UDP
							 : CAM_TRANSPORT_AUTO;
		else
			exit(2);
	}
	if (argc - optind != 2)
		fatal("usage: camprobe WARD-CAM-RTSP URL [options]");
	to->program = argv[optind];
	to->url = argv[optind + 1];
}

int main(int argc, char **argv)
{
	static struct probe probe;
	struct arguments arguments;
	struct rusage usage;
	int status = 0;

	diag_init("camprobe");
	signal(SIGPIPE, SIG_IGN);
	parse_arguments(&probe, argc, argv, &arguments);
	if (loop_create(&probe.loop) < 0)
		fatal("out of memory");
	pid_t pid = start_cam(&probe, arguments.program);

	send_source(&probe, TRACK_VIDEO, arguments.url, arguments.transport, arguments.audio);
	if (arguments.sub)
		send_source(&probe, TRACK_SUB, arguments.sub, arguments.transport, false);
	if (arguments.is_calm)
		ipc_send(&probe.vault, IPC_CAM_CALM, &(struct ipc_number){1}, NULL, 0);
	ipc_send(&probe.cam, IPC_START, &(struct ipc_number){0}, NULL, 0);
	probe.end.due = end_due;
	probe.resume.due = stall_due;
	loop_timer_start(probe.loop, &probe.end, clock_boot_ns() + probe.seconds * CLOCK_NS_PER_S);
	if (probe.stall)
		loop_timer_start(probe.loop, &probe.resume, clock_boot_ns() + 2 * CLOCK_NS_PER_S);
	if (loop_run(probe.loop) < 0 || waitpid(pid, &status, 0) < 0)
		fatal("the loop broke");
	report(&probe);
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("cam exit %d signal %d cpu %.3f s wakes %ld rss %ld KB\n", WEXITSTATUS(status),
	       WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	       (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       usage.ru_nvcsw, usage.ru_maxrss);
	return status == 0 && probe.tracks[TRACK_VIDEO].frames >= arguments.want ? 0 : 1;
}
