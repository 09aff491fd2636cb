/* The box's own listeners: an ear is a process that is fed one camera's microphone and says when
 * crying begins and is over (src/ear). It is a viewer like any other: nothing is fed before its
 * view.open is durable, and nothing past what its entries allow. Who gives it the right is the
 * configuration; the log says `system`. What it hears goes into the diary. */
#ifndef VAULT_EARS_H
#define VAULT_EARS_H

#include "vault/cameras.h"
#include "vault/diary.h"
#include "vault/feed.h"
#include "vault/lease.h"

enum {
	EARS_ALLOW_BYTES = 128 << 20, /* far more than an hour of any microphone: */
	EARS_ALLOW_S = 3600,          /* an entry each half hour */
	EARS_AGAIN_MS = 500,          /* an entry that did not fit is tried again */
	EARS_BEHIND_S_MAX = 60,       /* a time further back than this is not believed */
};

enum ear_state {
	EAR_CLOSED, /* no entry stands for it */
	EAR_ASKED,  /* its entry is on the way to the disk */
	EAR_OPEN,
	EAR_ENDING, /* the entry that says so is still to be added */
};

struct ear_slot {
	struct ears *all;
	uint32_t slot;
	struct ipc_channel channel;
	struct feed feed;
	struct feed_cursor cursor;
	struct loop_timer again;
	enum ear_state state;
	uint32_t camera; /* its id, from EAR_ASKED on */
	uint8_t sid[16];
	struct log_waiter opened, ticked;
	struct lease lease;
	struct lease_allowance allowance; /* of the entry on its way */
	uint64_t event;                   /* in the diary, while it lasts; 0: none */
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
/* The microphone's format changed, or it has a frame. */
void ears_mic_changed(struct ears *ears, const struct camera *camera);
void ears_mic_frame(struct ears *ears, const struct camera *camera);
/* The camera is going away. */
void ears_forget(struct ears *ears, const struct camera *camera);
/* All views end; adds closing entries that did not fit a batch before. */
void ears_stop(struct ears *ears);

#endif
