/* The processes that make something of what was recorded: thumbnails (src/thumb), H.264 of H.265
 * (src/convert). Of each kind one for each camera, while it is asked for, one piece at a time. A
 * maker decodes what a camera sent, so it is believed nothing: it is given one fragment and gives
 * back bytes. One that takes too long is killed; one that dies loses the piece it had. Who may see
 * what comes back is not decided here. */
#ifndef VAULT_PLAY_MAKERS_H
#define VAULT_PLAY_MAKERS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/ipc.h"

enum {
	MAKERS_IDLE_MS = 30000, /* then it ends */
	MAKERS_ASK_MS = 1000,   /* between two asks for one that does not come */
};

/* What a maker is given. */
struct makers_source {
	struct bytes init; /* at most THUMB_INIT_MAX, CONVERT_INIT_MAX */
	int fragment;      /* a file in memory, read from its start; borrowed */
	uint64_t size;     /* of it, at most THUMB_SOURCE_MAX, CONVERT_SOURCE_MAX */
	uint32_t what;     /* of a converter: enum convert_what */
};

struct makers_kind {
	enum proc_kind peer;
	enum ipc_type want, stuck, answer; /* asked for; killed; says that a piece is made */
	void (*ask)(struct ipc_channel *channel, uint64_t number,
		    const struct makers_source *source);
	const char *name;  /* for people, of several */
	uint64_t limit_ms; /* for one piece */
	unsigned busy_max; /* at once */
};
extern const struct makers_kind makers_of_thumbs, makers_of_h264;

struct maker {
	struct makers *all;
	uint32_t slot;
	struct ipc_channel channel;
	struct loop_timer
		timer;   /* busy: its time is over; else idle; closed: may be asked for again */
	uint64_t number; /* of the piece that is being made; 0: none */
};

struct makers_listener {
	/* The piece is made, as this message says; NULL: it cannot be. Borrowed for the call. */
	void (*made)(void *context, uint64_t number, const struct ipc_message *answer);
	/* One has become free, or has come. */
	void (*ready)(void *context);
	void *context;
};

struct makers {
	const struct makers_kind *kind;
	struct loop *loop;
	struct ipc_channel *warden;
	struct makers_listener listener;
	struct maker *table; /* CAMERA_MAX */
	uint64_t last_number;
	unsigned busy;
};

/* `makers->kind`, `loop`, `warden` and `listener` are set. */
NODISCARD int makers_init(struct makers *makers);
void makers_finish(struct makers *makers);

/* Can the camera's maker take a piece now? If there is none, it is asked for. */
bool makers_is_ready(struct makers *makers, uint32_t slot);
/* makers_is_ready was asked. The piece's number. */
uint64_t makers_make(struct makers *makers, uint32_t slot, const struct makers_source *source);

/* The warden started one (takes `fd`). */
void makers_attach(struct makers *makers, uint32_t slot, int fd);
/* The camera is going away. */
void makers_forget(struct makers *makers, uint32_t slot);

#endif
