/* ward-cam-file: a camera that is a file. The one cam that links libavformat, and therefore shut in
 * before it looks at the first byte. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "cam/cam_file_source.h"
#include "sandbox/sandbox.h"

enum { WARDEN_FD = 3, SOURCES_MAX = 2, TICK_MS = 1000, MEMORY_MAX = 512 * 1024 * 1024 };

struct cam_file {
	struct loop *loop;
	struct ipc_channel warden;
	struct outlet outlet;
	struct loop_timer tick;
	struct cam_file_source sources[SOURCES_MAX];
	int source_count;
	bool is_started;
	char name[NAME_SIZE];
};

static struct cam_file cam_file;

/* The main file speaks for the camera; the smaller one adds a word if only it is missing. */
static void send_state(struct cam_file *cam)
{
	const struct cam_file_source *first = &cam->sources[0];
	struct ipc_cam_state state = {.state = first->state};

	memcpy(state.reason, first->reason, sizeof(state.reason));
	for (int i = 0; i < cam->source_count; i++) {
		state.packets += cam->sources[i].frames + cam->sources[i].broken;
		state.broken += cam->sources[i].broken;
	}
	for (int i = 1; i < cam->source_count; i++)
		if (!state.reason[0] && cam->sources[i].reason[0])
			snprintf(state.reason, sizeof(state.reason), "smaller file: %.100s",
				 cam->sources[i].reason);
	outlet_send_state(&cam->outlet, &state);
}

static void source_changed(struct cam_file_source *source)
{
	(void)source;
	send_state(&cam_file);
}

static void tick_due(struct loop_timer *timer)
{
	struct cam_file *cam = container_of(timer, struct cam_file, tick);

	send_state(cam);
	loop_timer_start(cam->loop, timer, loop_now_ns(cam->loop) + TICK_MS * CLOCK_NS_PER_MS);
}

static void take_source(struct cam_file *cam, struct ipc_message *message)
{
	const struct ipc_source *told = message->body;

	if (cam->is_started || cam->source_count == SOURCES_MAX)
		fatal("the warden named too many files");
	struct cam_file_source *source = &cam->sources[cam->source_count];

	text_copy(cam->name, sizeof(cam->name), told->name);
	source->loop = cam->loop;
	source->outlet = &cam->outlet;
	source->name = cam->name;
	source->changed = source_changed;
	if (cam_file_source_init(source, told, take_fd(message->fd)) < 0)
		fatal("out of memory");
	cam->source_count++;
}

static void take_peer(struct cam_file *cam, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden gave a camera a channel to process kind %u", peer->kind);
	int r = outlet_open(&cam->outlet, cam->loop, take_fd(message->fd));

	if (r < 0)
		fatal("cannot use the channel to the vault: %s", strerror(-r));
}

static void take_start(struct cam_file *cam, struct ipc_message *message)
{
	struct ipc_number ready = {0};

	(void)message;
	if (cam->is_started || cam->source_count == 0)
		fatal("the warden started a camera twice or without a file");
	cam->is_started = true;
	/* A file can claim tables of any size: then memory ends, and with it this camera only. */
	int r = sandbox_bound_memory(MEMORY_MAX);

	if (r < 0)
		fatal("cannot limit memory: %s", strerror(-r));
	r = sandbox_enter(SANDBOX_CAM_FILE, NULL);
	if (r < 0)
		fatal("cannot enter the sandbox: %s", strerror(-r));
	ipc_send(&cam->warden, IPC_READY, &ready, NULL, 0);
	for (int i = 0; i < cam->source_count; i++)
		cam_file_source_start(&cam->sources[i]);
	tick_due(&cam->tick);
}

static void take_stop(struct cam_file *cam, struct ipc_message *message)
{
	(void)message;
	loop_stop(cam->loop);
}

typedef void cam_file_message_fn(struct cam_file *cam, struct ipc_message *message);

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static cam_file_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_SOURCE_FILE] = take_source,
		[IPC_PEER] = take_peer,
		[IPC_START] = take_start,
		[IPC_STOP] = take_stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

static void warden_gone(struct ipc_channel *channel)
{
	struct cam_file *cam = channel->owner;

	loop_stop(cam->loop);
}

int main(void)
{
	struct cam_file *cam = &cam_file;

	diag_init("ward-cam-file");
	signal(SIGPIPE, SIG_IGN);
	if (loop_create(&cam->loop) < 0)
		fatal("out of memory");
	cam->tick.due = tick_due;
	int r = ipc_open(&cam->warden, cam->loop, WARDEN_FD, PROC_CAM, PROC_WARDEN, warden_said,
			 warden_gone, cam);

	if (r < 0)
		fatal("descriptor 3 is not a channel to the warden: %s", strerror(-r));
	r = loop_run(cam->loop);
	for (int i = 0; i < cam->source_count; i++)
		cam_file_source_finish(&cam->sources[i]);
	outlet_close(&cam->outlet);
	ipc_close(&cam->warden);
	loop_destroy(cam->loop);
	return r < 0;
}
