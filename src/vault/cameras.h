/* The cameras: one slot each, as the warden numbers them, with the process that feeds it. A cam
 * parses a stranger's bytes and may be taken over: whatever it sends is checked, and one that sends
 * what no honest cam sends, or floods, is closed and spoils nothing but its own picture. */
#ifndef VAULT_CAMERAS_H
#define VAULT_CAMERAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/ipc.h"
#include "vault/journal.h"
#include "vault/track.h"

enum {
	CAMERAS_BYTES_A_SECOND = 48 << 20, /* of one camera, with twice that at once */
	CAMERAS_MESSAGES_A_SECOND = 8192,
	CAMERAS_ID_SIZE = 16, /* "c12" */
};

struct grant;

struct camera {
	uint32_t id; /* opaque, as in the log; 0: the slot is free */
	uint32_t slot;
	char name[NAME_SIZE];
	struct ipc_channel cam;
	struct ipc_cam_state state;
	struct track tracks[TRACK_COUNT];
	struct ipc_speaker speaker; /* as it was in the last talk; vault/talk.c's */
	struct cameras *all;
	uint64_t budget_ns; /* when the budget below was last filled */
	int64_t bytes_left, messages_left;
	struct grant *grants; /* open or waiting ones; the grants' */
	bool is_talked_at;    /* or was a moment ago: its sound has somebody's voice in it */
	unsigned watching;    /* how many are open */
	bool is_calm;         /* as its cam was told */
	bool keeps_echo;      /* by the configuration: what its speaker says stays in its sound */
	bool has_no_chime;    /* by the configuration, and in the log: a voice is not announced */
};

/* All are called from within a cam's message or end. */
struct cameras_listener {
	/* A frame is about to begin, and may take the place of older ones. NULL: nobody asks. */
	void (*begins)(void *context, struct camera *camera, struct track *track,
		       const struct ipc_frame *piece);
	void (*frame)(void *context, struct camera *camera, struct track *track);
	void (*track)(void *context, struct camera *camera, struct track *track);
	void (*state)(void *context, struct camera *camera);
	/* Its speaker's word: IPC_SPEAKER, which is well-formed, or IPC_PLAYED. -EBADMSG. */
	int (*speaker)(void *context, struct camera *camera, const struct ipc_message *message);
	void *context;
};

struct cameras {
	struct loop *loop;
	struct journal *journal;
	struct cameras_listener listener;
	struct camera *slots[CAMERA_MAX]; /* made when first used, then kept */
};

void cameras_init(struct cameras *cameras, struct loop *loop, struct journal *journal,
		  const struct cameras_listener *listener);
void cameras_finish(struct cameras *cameras);

/* A cam's channel for `slot` (takes `fd`), in place of an older one. A camera whose name was never
 * seen gets its opaque id and an entry. -EINVAL: no such slot, or a name that cannot be signed;
 * -EAGAIN, -EIO from the journal. */
NODISCARD int cameras_attach(struct cameras *cameras, uint32_t slot, const char *name, int fd);
/* The camera was removed from the configuration. The caller has ended its grants. */
void cameras_remove(struct cameras *cameras, struct camera *camera);

static inline struct camera *camera_of(struct track *track)
{
	return container_of(track - track->format.track, struct camera, tracks);
}

/* NULL if there is none. */
struct camera *cameras_find(const struct cameras *cameras, const char *name);
struct camera *cameras_at(const struct cameras *cameras, uint32_t slot);

/* `camera->grants` has changed: its cam hears whether anybody watches, or is about to. */
void cameras_pace(struct camera *camera);

/* The process is there and has said what it sends. */
bool cameras_is_live(const struct camera *camera);
/* The camera's id as the log writes it. */
void cameras_log_id(const struct camera *camera, char ret_id[CAMERAS_ID_SIZE]);
/* Row of a camera, without `request` and `verbs`. */
void cameras_row(const struct camera *camera, struct ipc_row_camera *ret_row);

#endif
