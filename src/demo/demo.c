/* ward-demo: a camera for a first look. It draws a nursery at night and serves it over RTSP on
 * loopback, so that it reaches Ward by the same way as any camera. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libavutil/log.h>

#include "base/diag.h"
#include "demo/server.h"
#include "demo/sockets.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"

enum { WARDEN_FD = 3 };

struct demo {
	struct loop *loop;
	struct ipc_channel warden;
	struct studio *studio;
	struct server *server;
	struct server_sockets sockets;
	struct digest digest;
	enum sound_kind sound;
};

struct options {
	enum sound_kind sound;
	uint32_t listen_port; /* 0: the warden gives the socket */
	const char *credentials_file;
};

static int open_server(struct demo *demo)
{
	int r = sockets_bind_pair(demo->sockets.listener, demo->sockets.udp);

	if (r == 0)
		r = sandbox_enter(SANDBOX_DEMO, NULL);
	if (r == 0)
		r = server_create(demo->loop, demo->studio, &demo->sockets, &demo->digest,
				  &demo->server);
	return r;
}

static void take_listener(struct demo *demo, struct ipc_message *message)
{
	const struct ipc_listen *listen = message->body;

	if (listen->kind != LISTEN_DEMO || demo->sockets.listener >= 0)
		fatal("the warden sent a socket that a demo camera has no use for");
	demo->sockets.listener = take_fd(message->fd);
}

static void take_password(struct demo *demo, struct ipc_message *message)
{
	const struct ipc_demo *words = message->body;

	text_copy(demo->digest.user, sizeof(demo->digest.user), words->user);
	text_copy(demo->digest.password, sizeof(demo->digest.password), words->password);
}

static void start(struct demo *demo, struct ipc_message *message)
{
	struct ipc_number ready = {0};

	(void)message;
	if (demo->sockets.listener < 0 || !demo->digest.user[0] || demo->server)
		fatal("the warden started the demo camera without its socket or its password");
	int r = open_server(demo);

	if (r < 0)
		fatal("cannot serve: %s", strerror(-r));
	ipc_send(&demo->warden, IPC_READY, &ready, NULL, 0);
}

static void stop(struct demo *demo, struct ipc_message *message)
{
	(void)message;
	loop_stop(demo->loop);
}

typedef void demo_message_fn(struct demo *demo, struct ipc_message *message);

static demo_message_fn *const HANDLERS[IPC_TYPE_COUNT] = {
	[IPC_LISTEN] = take_listener,
	[IPC_DEMO] = take_password,
	[IPC_START] = start,
	[IPC_STOP] = stop,
};

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	if (HANDLERS[message->type])
		HANDLERS[message->type](channel->owner, message);
}

static void warden_gone(struct ipc_channel *channel)
{
	struct demo *demo = channel->owner;

	loop_stop(demo->loop);
}

static int parse_sound(const char *name, enum sound_kind *ret_sound)
{
	for (int i = 0; i < SOUND_KIND_COUNT; i++)
		if (!strcmp(name, sound_format_of((enum sound_kind)i)->name)) {
			*ret_sound = (enum sound_kind)i;
			return 0;
		}
	return -EINVAL;
}

static void print_help(void)
{
	puts("Usage: ward-demo [--audio opus|aac|pcmu] [--listen PORT --credentials FILE]\n"
	     "Draws a nursery at night and serves it as rtsp://127.0.0.1:PORT/nursery and /nursery-sub.\n"
	     "Without --listen, Ward's warden must have started it. FILE holds one line, user:password;\n"
	     "without it everyone on this machine may look.");
}

static int parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option known[] = {
		{"audio", required_argument, NULL, 'a'},
		{"listen", required_argument, NULL, 'l'},
		{"credentials", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct options options = {.sound = SOUND_OPUS};
	uint64_t port = 0;

	for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		int r = letter == 'a'	? parse_sound(optarg, &options.sound)
			: letter == 'l' ? text_parse_u64(optarg, strlen(optarg), 65535, &port)
			: letter == 'c' ? 0
					: -EINVAL;

		if (letter == 'c')
			options.credentials_file = optarg;
		if (letter == 'h') {
			print_help();
			exit(0);
		}
		if (r < 0)
			return r;
	}
	options.listen_port = (uint32_t)port;
	*ret_options = options;
	return 0;
}

static int read_credentials(struct demo *demo, const char *path)
{
	char line[DIGEST_USER_SIZE_MAX + DIGEST_PASSWORD_SIZE_MAX];
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, line, sizeof(line));

	if (size < 0)
		return -errno;
	while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
		size--;
	return digest_set(&demo->digest, line, (size_t)size);
}

/* By hand or for a test: the demo makes its own socket. */
static int start_alone(struct demo *demo, const struct options *options)
{
	int r = 0;

	if (options->credentials_file)
		r = read_credentials(demo, options->credentials_file);
	if (r == 0)
		r = sockets_listen((uint16_t)options->listen_port, &demo->sockets.listener);
	if (r == 0)
		r = open_server(demo);
	if (r == 0)
		diag_info("rtsp://127.0.0.1:%u/nursery", options->listen_port);
	return r;
}

int main(int argc, char **argv)
{
	struct demo demo = {.sockets = {-1, {-1, -1}}};
	struct options options;
	int r;

	diag_init("ward-demo");
	signal(SIGPIPE, SIG_IGN);
	av_log_set_level(AV_LOG_QUIET);
	if (parse_options(argc, argv, &options) < 0) {
		print_help();
		return 2;
	}
	tzset(); /* the zone's file cannot be opened in the sandbox */
	r = loop_create(&demo.loop);
	if (r == 0 && !options.listen_port)
		r = ipc_open(&demo.warden, demo.loop, WARDEN_FD, PROC_DEMO, PROC_WARDEN,
			     warden_said, warden_gone, &demo);
	if (r == 0)
		r = studio_create(demo.loop, options.sound, &demo.studio);
	if (r == 0 && options.listen_port)
		r = start_alone(&demo, &options);
	if (r == 0)
		r = loop_run(demo.loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	ipc_close(&demo.warden);
	server_destroy(demo.server);
	studio_destroy(demo.studio);
	loop_destroy(demo.loop);
	return r < 0;
}
