/* A standing view: one of the box's own analysers (an ear, the eye) is fed one track of one camera.
 * It is a view like any other: nothing is fed before its view.open is durable, and nothing past
 * what its entries allow. Who gives it the right is the configuration; the log says `system`. */
#ifndef VAULT_STANDING_H
#define VAULT_STANDING_H

#include "vault/cameras.h"
#include "vault/feed.h"
#include "vault/lease.h"

enum { STANDING_AGAIN_MS = 500 /* an entry that did not fit is tried again */ };

enum standing_state {
	STANDING_CLOSED, /* no entry stands for it */
	STANDING_ASKED,  /* its entry is on the way to the disk */
	STANDING_OPEN,
	STANDING_ENDING, /* the entry that says so is still to be added */
};

/* What an analyser is, as the log says it. */
struct standing_kind {
	const char *reason, *device;        /* "sees-people", "sees people" */
	uint64_t allow_bytes, allow_s; /* of one entry */
	bool with_speaker;             /* and what the camera's speaker is given */
};

struct standing {
	const struct standing_kind *kind;
	struct loop *loop;
	struct journal *journal;
	struct cameras *cameras;
	struct feed *feed; /* to the analyser; may be stopped */
	uint32_t slot;
	enum media_track track; /* that is wanted */
	struct feed_cursor cursor, speaker;
	struct loop_timer again;
	enum standing_state state;
	uint32_t camera; /* its id, from STANDING_ASKED on */
	uint32_t entry_tracks; /* as its entries say */
	uint8_t sid[16];
	struct log_waiter opened, ticked;
	struct lease lease;
	struct lease_allowance allowance; /* of the entry on its way */
};

/* `like`: kind, loop, journal, cameras, feed, slot, track. */
void standing_init(struct standing *view, const struct standing *like);

/* Opens it if it is closed and camera, track and analyser are there; else nothing happens. */
void standing_open(struct standing *view);
/* Another track of the same kind (the smaller picture) from now on. */
void standing_change_track(struct standing *view, enum media_track track);
/* The track has one more frame, or the speaker has. */
void standing_frame(struct standing *view, enum media_track track);
/* Ends it; the entry that says so may have to wait for room. */
void standing_end(struct standing *view);
/* Adds an end's entry that did not fit before. */
void standing_record_end(struct standing *view);
/* The vault ends: no timer, no feeding; entries are not the matter any more. */
void standing_finish(struct standing *view);

/* Wall time of a moment on Ward's clock as an analyser says it; nonsense is now. */
enum { STANDING_BEHIND_S_MAX = 60 };
uint64_t standing_wall_us(const struct standing *view, uint64_t at_ns);

#endif
