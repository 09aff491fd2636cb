/* The cameras that should run: those of ward.yml, those added by command, the demo. */
#ifndef WARDEN_CAMERAS_H
#define WARDEN_CAMERAS_H

#include <sys/socket.h>

#include "conf/camera.h"
#include "warden/child.h"

struct camera_slot {
	struct camera camera;
	struct child cam, transcode, talk, ear, thumb, convert;
	/* Where the last connection of the main and the sub source led: RTP goes to the same box.
	 */
	struct sockaddr_storage peers[2];
	bool is_gone; /* ending; its slot is free when all its processes are down */
};

struct cameras {
	struct camera_slot *slots[CAMERA_MAX];
};

/* Brings what runs in line with the configuration and the state directory: new ones start, changed
 * ones start again, removed ones stop; the vault is told. A camera with a mistake costs one line,
 * the rest goes on. */
void cameras_update(struct warden *warden);

/* The slot's transcoder, talk, maker of thumbnails, or converter shall run; ignored for a slot without
 * a camera. */
void cameras_want_transcode(struct warden *warden, uint64_t slot);
void cameras_want_talk(struct warden *warden, uint64_t slot);
void cameras_want_thumb(struct warden *warden, uint64_t slot);
void cameras_want_convert(struct warden *warden, uint64_t slot);
/* It has lost itself in a picture: killed, and started again. */
void cameras_restart_thumb(struct warden *warden, uint64_t slot);
void cameras_restart_convert(struct warden *warden, uint64_t slot);

/* What of the camera is to be kept, to the vault: it keeps only what it is told to. */
void cameras_send_record(struct child *cam);

/* What is looked for before the camera, to the vault: it shows the eye only what it is told to. */
void cameras_send_see(struct child *cam);

/* The slot of a cam's process. */
struct camera_slot *cameras_slot_of(struct child *cam);

/* Main or sub source with its secrets filled in; "demo:" has become the demo's URL. 0 or a negative
 * errno after one line to the operator. */
NODISCARD int cameras_source(struct camera_slot *slot, enum media_track track,
			     struct source *ret_source);

void cameras_finish(struct cameras *cameras);

#endif
