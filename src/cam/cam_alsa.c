/* ward-cam-alsa: a microphone and a speaker of this box, driven through ALSA. Both are opened before
 * the sandbox closes; from then on the process has these two devices, the warden and the vault. What
 * the speaker plays comes from the vault alone. A device that goes away ends the process: only a
 * fresh one can open it again. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "cam/cam_alsa_mic.h"
#include "cam/cam_alsa_speaker.h"
#include "sandbox/sandbox.h"

enum {
	WARDEN_FD = 3,
	DEVICE_SIZE = 1024,
	LOOK_MS = 10,       /* while somebody watches or talks */
	CALM_LOOK_MS = 100, /* the device keeps more than that */
	STATE_MS = 1000,
	SILENT_MS = 2000, /* without a sample */
	/* Before another try to find the device: longer than the warden takes for a failure. */
	AWAY_MS = 10500,
};

struct cam_alsa {
	struct loop *loop;
	struct ipc_channel warden;
	struct outlet outlet;
	struct loop_timer look, tick, away;
	struct cam_alsa_mic mic;
	struct cam_alsa_speaker speaker;
	bool is_started, is_away;
	uint64_t frames; /* at the last tick */
	uint64_t silent_ms;
	char name[NAME_SIZE], microphone[DEVICE_SIZE], device[DEVICE_SIZE];
	char reason[CAM_ALSA_WHY_SIZE];
};

static void send_state(struct cam_alsa *cam, enum cam_state state, const char *reason)
{
	struct ipc_cam_state body = {.state = state,
				     .packets = cam->mic.frames,
				     .lost = cam->mic.overruns + cam->speaker.underruns,
				     .drift_ppb = clock_map_drift_ppb(&cam->mic.clock)};

	text_copy(body.reason, sizeof(body.reason), reason);
	outlet_send_state(&cam->outlet, &body);
}

/* It is said for a while, then the process ends, and the next one looks whether it is there. */
static void go_away(struct cam_alsa *cam, const char *reason)
{
	if (cam->is_away)
		return;
	cam->is_away = true;
	loop_timer_stop(&cam->look);
	diag_warn("camera \"%s\": %s", cam->name, reason);
	text_copy(cam->reason, sizeof(cam->reason), reason);
	cam_alsa_speaker_fail(&cam->speaker, reason);
	loop_timer_start(cam->loop, &cam->away,
			 loop_now_ns(cam->loop) + AWAY_MS * CLOCK_NS_PER_MS);
	send_state(cam, CAM_DOWN, reason);
}

static void away_due(struct loop_timer *timer)
{
	loop_stop(container_of(timer, struct cam_alsa, away)->loop);
}

static void look_due(struct loop_timer *timer)
{
	struct cam_alsa *cam = container_of(timer, struct cam_alsa, look);
	bool is_calm = cam->outlet.is_calm && !cam_alsa_speaker_is_on(&cam->speaker);

	if (cam_alsa_mic_look(&cam->mic) < 0)
		go_away(cam, "the microphone was unplugged, or has failed");
	else if (cam_alsa_speaker_look(&cam->speaker) < 0)
		go_away(cam, "the speaker was unplugged, or has failed");
	else
		loop_timer_start(cam->loop, timer,
				 loop_now_ns(cam->loop) +
					 (is_calm ? CALM_LOOK_MS : LOOK_MS) * CLOCK_NS_PER_MS);
}

/* A word for the speaker does not wait for the next look of a calm camera. */
static void look_now(struct cam_alsa *cam)
{
	if (cam->is_started && !cam->is_away)
		loop_timer_start(cam->loop, &cam->look, loop_now_ns(cam->loop));
}

static void tick_due(struct loop_timer *timer)
{
	struct cam_alsa *cam = container_of(timer, struct cam_alsa, tick);

	cam->silent_ms = cam->mic.frames == cam->frames ? cam->silent_ms + STATE_MS : 0;
	cam->frames = cam->mic.frames;
	if (cam->is_away)
		send_state(cam, CAM_DOWN, cam->reason);
	else if (cam->silent_ms >= SILENT_MS)
		send_state(cam, CAM_SILENT, "the microphone gives no sound");
	else if (cam->frames)
		send_state(cam, CAM_LIVE, cam->speaker.why);
	loop_timer_start(cam->loop, timer, loop_now_ns(cam->loop) + STATE_MS * CLOCK_NS_PER_MS);
}

/* ---- the others' words ---- */

/* MICROPHONE, or MICROPHONE?speaker=DEVICE, as conf/source.c lets it through. */
static void take_source(struct cam_alsa *cam, struct ipc_message *message)
{
	static const char speaker[] = "speaker=";
	const struct ipc_source *told = message->body;
	char text[DEVICE_SIZE] = "";

	if (cam->is_started || message->tail_size >= sizeof(text))
		fatal("the warden named another device, or one too long");
	memcpy(text, message->tail, message->tail_size);
	text_copy(cam->name, sizeof(cam->name), told->name);
	char *other = strchr(text, '?');

	if (other)
		*other++ = '\0';
	text_copy(cam->microphone, sizeof(cam->microphone), text);
	text_copy(cam->device, sizeof(cam->device),
		  other ? other + sizeof(speaker) - 1 : cam->microphone);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct outlet *outlet = channel->owner;
	struct cam_alsa *cam = container_of(outlet, struct cam_alsa, outlet);

	cam_alsa_speaker_hear_vault(&cam->speaker, message);
	if (message->type == IPC_SPEAKER_OPEN)
		look_now(cam);
}

static void calm_changed(struct outlet *outlet)
{
	look_now(container_of(outlet, struct cam_alsa, outlet));
}

static void take_peer(struct cam_alsa *cam, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden gave a camera a channel to process kind %u", peer->kind);
	int r = outlet_open(&cam->outlet, cam->loop, take_fd(message->fd));

	if (r < 0)
		fatal("cannot use the channel to the vault: %s", strerror(-r));
}

static void open_speaker(struct cam_alsa *cam)
{
	if (strcmp(cam->device, "none") != 0 &&
	    cam_alsa_speaker_open(&cam->speaker, cam->device) < 0)
		diag_warn("camera \"%s\": %s", cam->name, cam->speaker.why);
}

static void take_start(struct cam_alsa *cam, struct ipc_message *message)
{
	struct ipc_number ready = {0};
	char why[CAM_ALSA_WHY_SIZE];

	(void)message;
	if (cam->is_started || !cam->microphone[0])
		fatal("the warden started a camera twice or without a device");
	cam->is_started = true;
	open_speaker(cam);
	int there = cam_alsa_mic_open(&cam->mic, cam->microphone, why);
	int r = sandbox_enter(SANDBOX_CAM_ALSA, NULL);

	if (r < 0)
		fatal("cannot enter the sandbox: %s", strerror(-r));
	ipc_send(&cam->warden, IPC_READY, &ready, NULL, 0);
	if (there < 0)
		go_away(cam, why);
	else
		look_now(cam);
	tick_due(&cam->tick);
}

static void take_stop(struct cam_alsa *cam, struct ipc_message *message)
{
	(void)message;
	loop_stop(cam->loop);
}

typedef void cam_alsa_message_fn(struct cam_alsa *cam, struct ipc_message *message);

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static cam_alsa_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_SOURCE] = take_source,
		[IPC_PEER] = take_peer,
		[IPC_START] = take_start,
		[IPC_STOP] = take_stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

static void warden_gone(struct ipc_channel *channel)
{
	struct cam_alsa *cam = channel->owner;

	loop_stop(cam->loop);
}

int main(void)
{
	static struct cam_alsa cam; /* a quarter of a megabyte: not for the stack */

	diag_init("ward-cam-alsa");
	(void)signal(SIGPIPE, SIG_IGN);
	if (loop_create(&cam.loop) < 0)
		fatal("out of memory");
	cam.mic.outlet = cam.speaker.outlet = &cam.outlet;
	cam.outlet.speaker = vault_received;
	cam.outlet.calm_changed = calm_changed;
	cam.look.due = look_due;
	cam.tick.due = tick_due;
	cam.away.due = away_due;
	int r = ipc_open(&cam.warden, cam.loop, WARDEN_FD, PROC_CAM, PROC_WARDEN, warden_said,
			 warden_gone, &cam);

	if (r < 0)
		fatal("descriptor 3 is not a channel to the warden: %s", strerror(-r));
	r = loop_run(cam.loop);
	cam_alsa_speaker_close(&cam.speaker);
	cam_alsa_mic_close(&cam.mic);
	outlet_close(&cam.outlet);
	ipc_close(&cam.warden);
	loop_destroy(cam.loop);
	return r < 0;
}
