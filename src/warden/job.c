#include "warden/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "conf/secret.h"
#include "warden/greet.h"
#include "warden/warden.h"

enum { MEDIA_PAIR_BUFFER = 1 << 20 };

#define LISTENS(kind) (UINT32_C(1) << LISTEN_##kind)

static void send_text(struct child *child, enum file_kind kind, const char *text)
{
	ipc_send(&child->channel, IPC_FILE, &(struct ipc_file){.kind = kind}, text, strlen(text));
}

/* ---- vault ---- */

/* Also one that cannot be read: the vault must not take it for absent. */
static void send_store_secret(struct child *vault)
{
	enum { SIZE_MAX_READ = 4096 }; /* the vault knows what it takes */
	char *data = NULL;
	size_t size = 0;
	int r = secret_read_credential(SECRET_STORE_KEY, SIZE_MAX_READ, &data, &size);

	if (r == -ENOENT)
		return;
	if (r < 0)
		diag_error("the credential " SECRET_STORE_KEY " cannot be read: %s", strerror(-r));
	ipc_send(&vault->channel, IPC_FILE, &(struct ipc_file){.kind = FILE_STORE_SECRET}, data,
		 size);
	if (data)
		explicit_bzero(data, size);
	free(data);
}

static int configure_vault(struct child *vault)
{
	send_text(vault, FILE_STATE_DIR, vault->warden->conf->state);
	send_store_secret(vault);
	listeners_send(&vault->warden->listeners, LISTENS(TOOL), &vault->channel);
	return 0;
}

static void vault_ready(struct child *vault)
{
	warden_start_all(vault->warden);
	greet_if_ready(vault->warden);
}

/* Fail closed: nothing that came from the old vault may live on in another process. */
static void vault_ended(struct child *vault)
{
	struct child *other;

	if (vault->warden->is_stopping)
		return;
	for (size_t i = 0; (other = warden_child(vault->warden, i)); i++)
		if (other->job->peers & PROC_BIT(PROC_VAULT))
			child_restart(other);
}

static void core_hopeless(struct child *child)
{
	warden_stop(child->warden, EXIT_HOPELESS);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	/* About the decoders of the camera in a slot. */
	static void (*const wishes[IPC_TYPE_COUNT])(struct warden *warden, uint64_t slot) = {
		[IPC_TRANSCODE_WANT] = cameras_want_transcode,
		[IPC_TALK_WANT] = cameras_want_talk,
		[IPC_THUMB_WANT] = cameras_want_thumb,
		[IPC_THUMB_STUCK] = cameras_restart_thumb,
		[IPC_CONVERT_WANT] = cameras_want_convert,
		[IPC_CONVERT_STUCK] = cameras_restart_convert,
	};
	struct child *vault = channel->owner;
	const struct ipc_number *number = message->body;

	if (wishes[message->type]) {
		wishes[message->type](vault->warden, number->value);
	} else if (message->type == IPC_RELOAD) {
		warden_reload(vault->warden);
		ipc_send(channel, IPC_RELOADED, message->body, NULL, 0);
	} else {
		greet_received(vault->warden, message);
	}
}

const struct job job_vault = {
	.kind = PROC_VAULT,
	.folder = "vault",
	.program = "ward-vault",
	.peers = PROC_BIT(PROC_FRONT) | PROC_BIT(PROC_RTC) | PROC_BIT(PROC_CAM) |
		 PROC_BIT(PROC_TRANSCODE) | PROC_BIT(PROC_TALK) | PROC_BIT(PROC_EAR) |
		 PROC_BIT(PROC_THUMB) | PROC_BIT(PROC_CONVERT) | PROC_BIT(PROC_EYE),
	.pair_buffer = 0,
	.configure = configure_vault,
	.ready = vault_ready,
	.ended = vault_ended,
	.hopeless = core_hopeless,
	.received = vault_received,
};

/* ---- front and rtc ---- */

static void core_ready(struct child *child)
{
	greet_if_ready(child->warden);
}

static int configure_front(struct child *front)
{
	struct warden *warden = front->warden;

	tls_send(&warden->tls, &front->channel);
	send_text(front, FILE_PUBLIC_ADDRESS, warden->conf->public_address);
	send_text(front, FILE_APP_DIR, warden->place.app);
	listeners_send(&warden->listeners, LISTENS(HTTPS) | LISTENS(HTTP_LOOPBACK),
		       &front->channel);
	return 0;
}

const struct job job_front = {
	.kind = PROC_FRONT,
	.folder = "front",
	.program = "ward-front",
	.peers = PROC_BIT(PROC_VAULT) | PROC_BIT(PROC_RTC),
	.configure = configure_front,
	.ready = core_ready,
	.hopeless = core_hopeless,
};

static int configure_rtc(struct child *rtc)
{
	struct warden *warden = rtc->warden;
	const struct addresses *own = &warden->addresses;

	send_text(rtc, FILE_PUBLIC_ADDRESS, warden->conf->public_address);
	if (warden->conf->address[0])
		send_text(rtc, FILE_LOCAL_ADDRESS, warden->conf->address);
	for (size_t i = 0; i < own->count && !warden->conf->address[0]; i++)
		send_text(rtc, FILE_LOCAL_ADDRESS, own->list[i]);
	/* A box without a network still has a browser of its own. */
	if (!own->count && !warden->conf->address[0])
		send_text(rtc, FILE_LOCAL_ADDRESS, "127.0.0.1");
	listeners_send(&warden->listeners, LISTENS(MEDIA_UDP) | LISTENS(MEDIA_TCP), &rtc->channel);
	return 0;
}

const struct job job_rtc = {
	.kind = PROC_RTC,
	.folder = "rtc",
	.program = "ward-rtc",
	.peers = PROC_BIT(PROC_VAULT) | PROC_BIT(PROC_FRONT),
	.pair_buffer = MEDIA_PAIR_BUFFER,
	.configure = configure_rtc,
	.ready = core_ready,
	.hopeless = core_hopeless,
};

/* ---- cameras ---- */

static struct ipc_source source_body(const struct camera_slot *slot, enum media_track track)
{
	struct ipc_source body = {.slot = slot->cam.slot,
				  .track = track,
				  .transport = slot->camera.transport,
				  .audio = slot->camera.audio};

	memcpy(body.name, slot->camera.name, sizeof(body.name));
	return body;
}

static int say_mixed(const struct camera_slot *slot)
{
	if (!slot->cam.failures)
		diag_error("camera %s: url and sub must both be rtsp:// or both files; alsa: has no sub",
			   slot->camera.name);
	return -EINVAL;
}

static int send_url(struct camera_slot *slot, enum media_track track)
{
	struct ipc_source body = source_body(slot, track);
	struct source source;
	int r = cameras_source(slot, track, &source);

	if (r < 0)
		return r;
	if (source.kind == SOURCE_FILE || source.kind == SOURCE_ALSA)
		return say_mixed(slot);
	ipc_send(&slot->cam.channel, IPC_SOURCE, &body, source.url, strlen(source.url));
	explicit_bzero(&source, sizeof(source));
	return 0;
}

static int configure_cam_rtsp(struct child *cam)
{
	struct camera_slot *slot = cameras_slot_of(cam);
	int r = send_url(slot, TRACK_VIDEO);

	return r == 0 && slot->camera.sub[0] ? send_url(slot, TRACK_SUB) : r;
}

static int send_media_file(struct camera_slot *slot, enum media_track track)
{
	struct ipc_source body = source_body(slot, track);
	struct source source;
	struct stat info;
	int r = cameras_source(slot, track, &source);

	if (r < 0)
		return r;
	if (source.kind != SOURCE_FILE)
		return say_mixed(slot);
	/* Not waiting for the other end of a pipe, and then no pipe at all. */
	autoclose int fd = open(source.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &info))
		r = -errno;
	else if (!S_ISREG(info.st_mode))
		r = -EINVAL;
	if (r < 0 && !slot->cam.failures)
		diag_error("camera %s: the media file %s cannot be read: %s", slot->camera.name,
			   source.path, strerror(-r));
	if (r == 0)
		ipc_send_fd(&slot->cam.channel, IPC_SOURCE_FILE, &body, source.path,
			    strlen(source.path), fd);
	return r;
}

static int configure_cam_file(struct child *cam)
{
	struct camera_slot *slot = cameras_slot_of(cam);
	int r = send_media_file(slot, TRACK_VIDEO);

	return r == 0 && slot->camera.sub[0] ? send_media_file(slot, TRACK_SUB) : r;
}

static void cam_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct child *cam = channel->owner;

	if (message->type == IPC_DIAL)
		dialer_ask(&cam->warden->dialer, cam, message->body);
}

static void cam_ended(struct child *cam)
{
	dialer_forget(&cam->warden->dialer, cam);
}

const struct job job_cam_rtsp = {
	.kind = PROC_CAM,
	.folder = "cam",
	.program = "ward-cam-rtsp",
	.peers = PROC_BIT(PROC_VAULT),
	.pair_buffer = MEDIA_PAIR_BUFFER,
	.configure = configure_cam_rtsp,
	.ended = cam_ended,
	.received = cam_received,
};

const struct job job_cam_file = {
	.kind = PROC_CAM,
	.folder = "cam",
	.program = "ward-cam-file",
	.peers = PROC_BIT(PROC_VAULT),
	.pair_buffer = MEDIA_PAIR_BUFFER,
	.configure = configure_cam_file,
};

static int configure_cam_alsa(struct child *cam)
{
	struct camera_slot *slot = cameras_slot_of(cam);
	struct ipc_source body = source_body(slot, TRACK_VIDEO);
	struct source source;
	int r = slot->camera.sub[0] ? say_mixed(slot) : cameras_source(slot, TRACK_VIDEO, &source);

	if (r == 0)
		ipc_send(&cam->channel, IPC_SOURCE, &body, source.path, strlen(source.path));
	return r;
}

const struct job job_cam_alsa = {
	.kind = PROC_CAM,
	.folder = "cam",
	.program = "ward-cam-alsa",
	.peers = PROC_BIT(PROC_VAULT),
	.pair_buffer = MEDIA_PAIR_BUFFER,
	.configure = configure_cam_alsa,
};

const struct job job_transcode = {
	.kind = PROC_TRANSCODE,
	.folder = "transcode",
	.program = "ward-transcode",
	.peers = PROC_BIT(PROC_VAULT),
};

const struct job job_talk = {
	.kind = PROC_TALK,
	.folder = "transcode",
	.program = "ward-talk",
	.peers = PROC_BIT(PROC_VAULT),
};

const struct job job_thumb = {
	.kind = PROC_THUMB,
	.folder = "thumb",
	.program = "ward-thumb",
	.peers = PROC_BIT(PROC_VAULT),
};

const struct job job_convert = {
	.kind = PROC_CONVERT,
	.folder = "convert",
	.program = "ward-convert",
	.peers = PROC_BIT(PROC_VAULT),
};

static int configure_ear(struct child *ear)
{
	const struct camera *camera = &container_of(ear, struct camera_slot, ear)->camera;
	struct ipc_hear rule = {.cry = camera->hear_cry,
				.noise_db = camera->hear_noise ? 60 - 10 * camera->hear_noise : 0,
				.alarms = camera->hear_alarm,
				.quiet_from_min = camera->hear_quiet >> 16,
				.quiet_to_min = camera->hear_quiet & 0xffff};

	ipc_send(&ear->channel, IPC_HEAR, &rule, NULL, 0);
	return 0;
}

const struct job job_ear = {
	.kind = PROC_EAR,
	.folder = "ear",
	.program = "ward-ear",
	.peers = PROC_BIT(PROC_VAULT),
	.configure = configure_ear,
};

static int configure_eye(struct child *eye)
{
	send_text(eye, FILE_MODELS_DIR, eye->warden->place.models);
	if (eye->warden->eye_has_faces)
		send_text(eye, FILE_FACES, "");
	return 0;
}

const struct job job_eye = {
	.kind = PROC_EYE,
	.folder = "eye",
	.program = "ward-eye",
	.peers = PROC_BIT(PROC_VAULT),
	.pair_buffer = MEDIA_PAIR_BUFFER,
	.configure = configure_eye,
};

/* ---- the demo: no neighbour, it is reached over loopback like a camera ---- */

static int configure_demo(struct child *child)
{
	struct demo *demo = container_of(child, struct demo, child);
	struct ipc_listen listen = {LISTEN_DEMO, demo->secret.port};

	ipc_send_fd(&child->channel, IPC_LISTEN, &listen, NULL, 0, demo->fd);
	ipc_send(&child->channel, IPC_DEMO, &demo->secret, NULL, 0);
	return 0;
}

const struct job job_demo = {
	.kind = PROC_DEMO,
	.folder = "demo",
	.program = "ward-demo",
	.configure = configure_demo,
};
