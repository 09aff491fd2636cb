/* Sound that browsers cannot play, or that somebody's voice is to be taken out of, is made into Opus
 * by a transcode process, which runs only while somebody listens to that: asked of the warden, fed the camera's microphone and what its speaker is given
 * (whose echo it takes out), closed after the last. What it sends is TRACK_LISTEN of the same camera,
 * checked like a cam's. */
#ifndef VAULT_LISTEN_H
#define VAULT_LISTEN_H

#include "vault/cameras.h"
#include "vault/feed.h"

enum { LISTEN_ASK_MS = 2000 /* before the warden is asked again */ };

struct listen_slot {
	struct listen *all;
	uint32_t slot;
	struct ipc_channel transcode;
	struct feed feed;
	struct feed_cursor mic, speaker;
	struct loop_timer ask;
};

struct listen {
	struct loop *loop;
	struct cameras *cameras;
	struct ipc_channel *warden; /* borrowed */
	struct listen_slot *slots;  /* CAMERA_MAX */
};

NODISCARD int listen_init(struct listen *listen, struct loop *loop, struct cameras *cameras,
			  struct ipc_channel *warden);
void listen_finish(struct listen *listen);

/* Somebody listens to the camera, or nobody does any more (track->wanted of TRACK_LISTEN). */
void listen_update(struct listen *listen, const struct camera *camera);
/* The microphone's format changed. */
void listen_mic_changed(struct listen *listen, struct camera *camera);
/* From the configuration. A process that runs begins anew. */
void listen_keep_echo(struct listen *listen, struct camera *camera, bool keeps_echo);
/* It has a frame, or the speaker has. */
void listen_frame(struct listen *listen, const struct camera *camera);
/* The warden started one for the camera in slot `number` (takes `fd`). */
void listen_attach(struct listen *listen, uint32_t number, int fd);
void listen_forget(struct listen *listen, const struct camera *camera);

#endif
