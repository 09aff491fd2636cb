/* Follows what is found from picture to picture, so that one stay of a person is one event, however
 * often the network blinks. Who lies still has not left: a stay is over when the network has not
 * found it for a while *and* something has moved where it was. */
#ifndef PROTO_SEE_STAY_H
#define PROTO_SEE_STAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/messages_see.h"
#include "proto/see/motion.h"

enum {
	STAY_MAX = 8, /* at once, before one camera */
	STAY_HITS = 3, /* in so many pictures it is found before it is told */
	STAY_VOTES = 3, /* by night: of so many pictures one after the other ... */
	STAY_NEED = 2,  /* ... so many must find it */
	STAY_DOUBT_MS = 3000, /* not yet told and not found for so long: it was nothing */
	STAY_LOST_MS = 5000,  /* told, not found for so long, and it is not still: it is over */
	STAY_STEP_MS = 500,   /* between places on its path, at first */
	STAY_KINDS = 2, /* that one list may hold */
};

enum stay_state {
	STAY_NONE,
	STAY_DOUBTED, /* found, but too seldom, too short or too weakly */
	STAY_BEGUN,   /* not fetched by stay_next yet */
	STAY_LASTS,
	STAY_OVER, /* not fetched yet */
};

struct stay {
	enum stay_state state;
	uint32_t number;            /* never reused */
	uint64_t first_ns, last_ns; /* found */
	uint64_t there_ns;          /* found, or still, the last time */
	unsigned hits;
	uint32_t votes; /* a bit for each of the last pictures, the newest lowest: surely found */
	float score; /* the best */
	float kinds[STAY_KINDS]; /* the scores as each of them, added up */
	struct box box; /* the newest */
	struct box best; /* where it is seen best, and when */
	uint64_t best_ns;
	float best_worth; /* and how well, stay.c */
	bool is_best_alone;
	struct motion_grid grid; /* the picture it was in */
	uint64_t step_ns;
	uint32_t path_count;
	struct ipc_seen_box path[SEEN_PATH_MAX];
};

/* Zero-initialised. */
struct stays {
	uint32_t newest;
	struct stay list[STAY_MAX];
};

/* What one picture shows. `boxes` may hold some too weak to begin a stay: they continue one. */
struct stay_picture {
	const struct box *boxes;
	size_t count;
	const uint8_t *kinds; /* of each box, below STAY_KINDS; NULL: there is but one */
	const struct motion_grid *grid;
	uint64_t at_ns;
	bool is_alone; /* a key frame: a small picture can be made of it later */
};

struct stay_rule {
	float begin_score;
	bool is_night; /* pictures are dark or grey: several must agree */
	uint64_t dwell_ns; /* from when it was found first until it is told */
};

void stay_look(struct stays *stays, const struct stay_rule *rule,
		const struct stay_picture *picture);
/* One that has begun or is over, each once. false: none. */
bool stay_next(struct stays *stays, struct stay *ret_stay);
/* What it was taken for most surely: a kind. */
unsigned stay_kind(const struct stay *stay);
/* The place as it is told. */
struct ipc_seen_box stay_place(const struct box *box);
/* Is anybody there, or might be? */
bool stay_is_any(const struct stays *stays);
/* Nothing is seen any more: what lasts is over. */
void stay_end_all(struct stays *stays);

#endif
