#include "warden/pairs.h"

#include <string.h>

#include "base/diag.h"
#include "warden/cameras.h"
#include "warden/job.h"
#include "warden/warden.h"

static void send_end(struct child *to, const struct child *about, int fd)
{
	/* A camera's process and its transcoder share a slot; the vault learns it from them. */
	const struct child *camera = about->name[0] ? about : to;
	struct ipc_peer peer = {.kind = about->job->kind, .slot = camera->slot};

	memcpy(peer.name, camera->name, sizeof(peer.name));
	ipc_send_fd(&to->channel, IPC_PEER, &peer, NULL, 0, fd);
}

/* The vault keeps a camera's pictures only if it is told to. */
static void send_record(struct child *vault, struct child *cam)
{
	const struct conf *conf = vault->warden->conf;

	if (cam->job->kind != PROC_CAM || vault->job->kind != PROC_VAULT)
		return;
	struct ipc_record record = {.slot = cam->slot,
				    .is_recorded = cameras_slot_of(cam)->camera.record,
				    .days = conf->retention_days,
				    .bytes = conf->retention_bytes};

	ipc_send(&vault->channel, IPC_RECORD, &record, NULL, 0);
}

static void connect_two(struct child *child, struct child *other)
{
	int buffer = child->job->pair_buffer > other->job->pair_buffer ? child->job->pair_buffer
								       : other->job->pair_buffer;
	int fds[2];
	int r = ipc_pair(buffer, fds);

	if (r < 0)
		fatal("cannot make a socket pair: %s", strerror(-r));
	send_end(child, other, fds[0]);
	send_end(other, child, fds[1]);
	send_record(child, other);
	send_record(other, child);
	close(fds[0]);
	close(fds[1]);
}

void pairs_connect(struct child *child)
{
	struct child *other;

	for (size_t i = 0; (other = warden_child(child->warden, i)); i++)
		if (other != child && child->job->peers & PROC_BIT(other->job->kind) &&
		    ipc_is_open(&other->channel))
			connect_two(child, other);
}
