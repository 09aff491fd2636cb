/* ward-cam-rtsp: one camera that speaks RTSP. The warden says what to connect to and dials; frames
 * go to the vault; nothing else leaves. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "cam/cam_hash.h"
#include "cam/cam_speaker.h"
#include "sandbox/sandbox.h"

enum { WARDEN_FD = 3, SOURCES_MAX = 2, TICK_MS = 1000 };

struct cam_rtsp {
	struct cam_context context; /* first: `changed` gets it back */
	struct ipc_channel warden;
	struct outlet outlet;
	struct loop_timer tick;
	struct cam_source sources[SOURCES_MAX];
	struct cam_speaker speaker;
	unsigned source_count;
	bool is_started, is_stopping;
};

/* ---- state ---- */

static void add_numbers(const struct cam_source *source, struct ipc_cam_state *state)
{
	for (unsigned i = 0; i < STREAM_COUNT; i++) {
		const struct cam_track *track = &source->streams[i].track;

		state->packets += track->stats.packets;
		state->lost += track->stats.lost;
		state->reordered += track->stats.reordered;
		state->broken += track->broken + rtp_depack_broken(&track->depack);
	}
}

/* The main source speaks for the camera; the smaller one adds a word if only it is missing. */
static void send_state(struct cam_rtsp *cam)
{
	const struct cam_source *first = &cam->sources[0];
	struct ipc_cam_state state = {.state = first->state};

	memcpy(state.reason, first->reason, sizeof(state.reason));
	for (unsigned i = 0; i < cam->source_count; i++)
		add_numbers(&cam->sources[i], &state);
	state.drift_ppb = clock_map_drift_ppb(&first->streams[STREAM_VIDEO].track.clock);
	for (unsigned i = 1; i < cam->source_count; i++)
		if (state.reason[0] == '\0' && cam->sources[i].reason[0])
			(void)snprintf(state.reason, sizeof(state.reason), "smaller stream: %.100s",
				       cam->sources[i].reason);
	outlet_send_state(&cam->outlet, &state);
}

static void check_over(struct cam_rtsp *cam)
{
	bool is_over = cam->is_stopping;

	for (unsigned i = 0; i < cam->source_count; i++)
		is_over = is_over && cam->sources[i].step == STEP_OVER;
	if (is_over)
		loop_stop(cam->context.loop);
}

static void source_changed(struct cam_context *context)
{
	struct cam_rtsp *cam = container_of(context, struct cam_rtsp, context);

	send_state(cam);
	check_over(cam);
}

static void tick_due(struct loop_timer *timer)
{
	struct cam_rtsp *cam = container_of(timer, struct cam_rtsp, tick);

	send_state(cam);
	loop_timer_start(cam->context.loop, timer,
			 loop_now_ns(cam->context.loop) + TICK_MS * CLOCK_NS_PER_MS);
}

static void calm_changed(struct outlet *outlet)
{
	struct cam_rtsp *cam = container_of(outlet, struct cam_rtsp, outlet);

	for (unsigned i = 0; i < cam->source_count; i++)
		cam_source_pace(&cam->sources[i]);
}

/* ---- the warden's words ---- */

static void take_source(struct cam_rtsp *cam, const struct ipc_message *message)
{
	const struct ipc_source *body = message->body;
	struct slice url = {(const char *)message->tail, message->tail_size};

	if (cam->is_started || cam->source_count == SOURCES_MAX)
		fatal("the warden named too many sources");
	memcpy(cam->context.name, body->name, sizeof(cam->context.name));
	cam->context.name[sizeof(cam->context.name) - 1] = '\0';
	int rc = cam_source_init(&cam->sources[cam->source_count], &cam->context, body, url);

	if (rc < 0)
		fatal("camera \"%s\": its address cannot be used: %s", cam->context.name,
		      strerror(-rc));
	if (cam->source_count++ == 0)
		cam_speaker_init(&cam->speaker, &cam->context, &cam->sources[0].url);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct outlet *outlet = channel->owner;
	struct cam_rtsp *cam = container_of(outlet, struct cam_rtsp, outlet);

	if (cam->is_started && !cam->is_stopping)
		cam_speaker_hear_vault(&cam->speaker, message);
}

static void take_peer(struct cam_rtsp *cam, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden gave a camera a channel to process kind %u", peer->kind);
	int rc = outlet_open(&cam->outlet, cam->context.loop, take_fd(message->fd));

	if (rc < 0)
		fatal("cannot use the channel to the vault: %s", strerror(-rc));
}

/* OpenSSL loads ciphers and hashes at first use; after the sandbox it could not. TLS, which is a
 * quarter of a megabyte, only for a camera that speaks it. */
static void warm_up(const struct cam_rtsp *cam)
{
	uint8_t digest[RTSP_HASH_SIZE_MAX];
	bool needs_tls = false;

	cam_hash(RTSP_HASH_MD5, "", 0, digest);
	cam_hash(RTSP_HASH_SHA256, "", 0, digest);
	for (unsigned i = 0; i < cam->source_count; i++)
		needs_tls = needs_tls || cam->sources[i].url.is_tls;
	if (needs_tls && cam_tls_warm_up() < 0)
		fatal("OpenSSL does not start");
}

static void take_start(struct cam_rtsp *cam)
{
	struct ipc_number ready = {0};

	if (cam->is_started || cam->source_count == 0)
		fatal("the warden started a camera twice or without an address");
	cam->is_started = true;
	warm_up(cam);
	int rc = sandbox_enter(SANDBOX_CAM_RTSP, NULL);

	if (rc < 0)
		fatal("cannot enter the sandbox: %s", strerror(-rc));
	ipc_send(&cam->warden, IPC_READY, &ready, NULL, 0);
	for (unsigned i = 0; i < cam->source_count; i++)
		cam_source_start(&cam->sources[i]);
	tick_due(&cam->tick);
}

static void take_stop(struct cam_rtsp *cam)
{
	cam->is_stopping = true;
	cam_speaker_finish(&cam->speaker);
	for (unsigned i = 0; i < cam->source_count; i++)
		cam_source_stop(&cam->sources[i]);
	check_over(cam);
}

/* An answer to a request given up is closed with the message. */
static void take_dialed(struct cam_rtsp *cam, struct ipc_message *message)
{
	for (unsigned i = 0; i < cam->source_count; i++)
		if (cam_source_take_dialed(&cam->sources[i], message->body, &message->fd))
			return;
	cam_speaker_take_dialed(&cam->speaker, message->body, &message->fd);
}

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct cam_rtsp *cam = channel->owner;

	if (message->type == IPC_SOURCE)
		take_source(cam, message);
	else if (message->type == IPC_PEER)
		take_peer(cam, message);
	else if (message->type == IPC_START)
		take_start(cam);
	else if (message->type == IPC_STOP)
		take_stop(cam);
	else if (message->type == IPC_DIALED || message->type == IPC_DIAL_FAILED)
		take_dialed(cam, message);
}

static void warden_closed(struct ipc_channel *channel)
{
	struct cam_rtsp *cam = channel->owner;

	loop_stop(cam->context.loop);
}

int main(void)
{
	static struct cam_rtsp cam; /* a quarter of a megabyte: not for the stack */

	diag_init("ward-cam-rtsp");
	(void)signal(SIGPIPE, SIG_IGN);
	if (loop_create(&cam.context.loop) < 0)
		fatal("out of memory");
	cam.context.warden = &cam.warden;
	cam.context.outlet = &cam.outlet;
	cam.outlet.speaker = vault_received;
	cam.context.changed = source_changed;
	cam.outlet.calm_changed = calm_changed;
	cam.tick.due = tick_due;
	int rc = ipc_open(&cam.warden, cam.context.loop, WARDEN_FD, PROC_CAM, PROC_WARDEN,
			  warden_received, warden_closed, &cam);

	if (rc < 0)
		fatal("descriptor 3 is not a channel to the warden: %s", strerror(-rc));
	rc = loop_run(cam.context.loop);
	cam_speaker_finish(&cam.speaker);
	for (unsigned i = 0; i < cam.source_count; i++)
		cam_source_finish(&cam.sources[i]);
	outlet_close(&cam.outlet);
	ipc_close(&cam.warden);
	loop_destroy(cam.context.loop);
	return rc < 0 ? 1 : 0;
}
