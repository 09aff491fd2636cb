/* The box's own onlooker: the eye is one process that is fed the pictures of every camera that asks
 * for it (`see:`), and says when somebody comes and goes (src/eye). Each camera has its own standing
 * view (standing.h). What is seen goes into the diary, one event a stay. */
#ifndef VAULT_EYES_H
#define VAULT_EYES_H

#include "vault/diary.h"
#include "vault/faces.h"
#include "vault/standing.h"

#define EYES_ALLOW_BYTES (UINT64_C(16) << 30) /* more than an hour of any camera: */

enum {
	EYES_ALLOW_S = 3600, /* an entry each half hour */
	EYES_STAYS_MAX = 16, /* that last, before one camera */
	EYES_EVENTS_A_MINUTE = 30,
	/* A best picture is a key frame: a little after it, so that no rounding leads to the one before. */
	EYES_PICTURE_US = 40000,
	EYES_PRINTS_MAX = 40, /* of one stay: then nobody will know who it was */
	EYES_PRINTS_KEPT = 3, /* of these, the best */
};

struct eye_stay {
	uint32_t number; /* the eye's; 0: free */
	uint64_t event;
	struct eye_face *face; /* what its face is taken for; NULL: nothing was seen of it */
};

struct eye_slot {
	struct eyes *all;
	struct standing view;
	struct ipc_see rule; /* `camera`: the slot */
	uint32_t camera;     /* the id that the eye knows it by; 0: it does not */
	struct eye_stay stays[EYES_STAYS_MAX];
	uint64_t minute; /* the one that `begun` counts events of */
	unsigned begun;
};

struct eyes {
	struct loop *loop;
	struct journal *journal;
	struct cameras *cameras;
	struct diary *diary;
	struct db *db; /* zones that are drawn */
	struct faces *faces;
	struct faces_desk *faces_desk; /* who asked the eye to look at a picture */
	struct ipc_channel channel;
	struct feed feed;
	enum eye_state state, faces_state;
	struct eye_slot *slots; /* CAMERA_MAX */
};

/* `like`: loop, journal, cameras, diary, db, faces, faces_desk. */
NODISCARD int eyes_init(struct eyes *eyes, const struct eyes *like);
void eyes_finish(struct eyes *eyes);

/* The warden started it (takes `fd`). */
void eyes_attach(struct eyes *eyes, int fd);
/* What is looked for before the camera in slot `rule->camera`, from now on. */
void eyes_set_rule(struct eyes *eyes, const struct ipc_see *rule);
/* What the configuration says of the camera. */
const struct ipc_see *eyes_rule(const struct eyes *eyes, const struct camera *camera);
/* Other zones were drawn for the camera: they count from now on. */
void eyes_zones_drawn(struct eyes *eyes, const struct camera *camera);
/* A picture's format changed, or it has a frame. */
void eyes_track_changed(struct eyes *eyes, const struct camera *camera);
void eyes_frame(struct eyes *eyes, const struct camera *camera, const struct track *track);
/* The camera is going away. */
void eyes_forget(struct eyes *eyes, const struct camera *camera);
/* All views end; adds closing entries that did not fit a batch before. */
void eyes_stop(struct eyes *eyes);

#endif
