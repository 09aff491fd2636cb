/* The processes that make thumbnails (src/thumb): one for each camera, while thumbnails of it are
 * asked for, one picture at a time. A maker decodes what a camera sent, so it is believed nothing:
 * it is given one fragment and gives back bytes. One that takes too long is killed; one that dies
 * loses the picture it had. Who may see what comes back is not decided here. */
#ifndef VAULT_PLAY_MAKERS_H
#define VAULT_PLAY_MAKERS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/ipc.h"

enum {
	MAKERS_LIMIT_MS = 3000, /* for one picture */
	MAKERS_IDLE_MS = 30000, /* then it ends */
	MAKERS_ASK_MS = 1000,   /* between two asks for one that does not come */
};

struct maker {
	struct makers *all;
	uint32_t slot;
	struct ipc_channel channel;
	struct loop_timer
		timer;   /* busy: its time is over; else idle; closed: may be asked for again */
	uint64_t number; /* of the picture that is being made; 0: none */
};

struct makers_listener {
	/* The picture is made; empty: it cannot be. Borrowed for the call. */
	void (*made)(void *context, uint64_t number, struct bytes jpeg);
	/* One has become free, or has come. */
	void (*ready)(void *context);
	void *context;
};

struct makers {
	struct loop *loop;
	struct ipc_channel *warden;
	struct makers_listener listener;
	struct maker *table; /* CAMERA_MAX */
	uint64_t last_number;
};

/* What a picture is made of. */
struct makers_source {
	struct bytes init; /* at most THUMB_INIT_MAX */
	int fragment;      /* a file in memory, read from its start; borrowed */
	uint64_t size;     /* of it, at most THUMB_SOURCE_MAX */
};

NODISCARD int makers_init(struct makers *makers, struct loop *loop, struct ipc_channel *warden,
			  const struct makers_listener *listener);
void makers_finish(struct makers *makers);

/* Can the camera's maker take a picture now? If there is none, it is asked for. */
bool makers_is_ready(struct makers *makers, uint32_t slot);
/* makers_is_ready was asked. The picture's number. */
uint64_t makers_make(struct makers *makers, uint32_t slot, const struct makers_source *source);

/* The warden started one (takes `fd`). */
void makers_attach(struct makers *makers, uint32_t slot, int fd);
/* The camera is going away. */
void makers_forget(struct makers *makers, uint32_t slot);

#endif
