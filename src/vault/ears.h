/* The box's own listeners: an ear is a process that is fed one camera's microphone and says when
 * crying, noise or an alarm begins and is over (src/ear). Its view is a standing one (standing.h). What it hears goes
 * into the diary. */
#ifndef VAULT_EARS_H
#define VAULT_EARS_H

#include "vault/diary.h"
#include "vault/standing.h"

enum {
	EARS_ALLOW_BYTES = 128 << 20, /* far more than an hour of any microphone: */
	EARS_ALLOW_S = 3600,          /* an entry each half hour */
	EARS_KINDS = 4,               /* of events */
};

struct ear_slot {
	struct ears *all;
	struct ipc_channel channel;
	struct feed feed;
	struct standing view;
	uint64_t events[EARS_KINDS]; /* in the diary, while they last; 0: none */
};

struct ears {
	struct loop *loop;
	struct journal *journal;
	struct cameras *cameras;
	struct diary *diary;
	struct ear_slot *slots; /* CAMERA_MAX */
};

/* `like`: loop, journal, cameras, diary. */
NODISCARD int ears_init(struct ears *ears, const struct ears *like);
void ears_finish(struct ears *ears);

/* The warden started one for the camera in slot `number` (takes `fd`). */
void ears_attach(struct ears *ears, uint32_t number, int fd);
/* The microphone's format changed. */
void ears_mic_changed(struct ears *ears, const struct camera *camera);
/* The microphone has a frame, or the speaker, whose voice is nobody's in the room. */
void ears_frame(struct ears *ears, const struct camera *camera, const struct track *track);
/* The camera is going away. */
void ears_forget(struct ears *ears, const struct camera *camera);
/* All views end; adds closing entries that did not fit a batch before. */
void ears_stop(struct ears *ears);

#endif
