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
	struct child *cam = child->job->kind == PROC_CAM ? child : other;

	if (cam->job->kind == PROC_CAM) {
		cameras_send_record(cam);
		cameras_send_see(cam);
	}
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
