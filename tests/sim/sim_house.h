/* A house full of cameras that are recorded for weeks, on a clock of its own: the vault's real
 * recorder, store, retention, index and log on real files (reel.h), driven as fast as they go. The
 * most that one turn of the store did is kept, since a turn is what a live view may have to wait
 * for. */
#ifndef SIM_SIM_HOUSE_H
#define SIM_SIM_HOUSE_H

#include "sim/sim_audit.h"
#include "unit/vault/reel.h"

enum { SIM_HOUSE_CAMERAS_MAX = 16, SIM_HOUSE_WHY_MAX = SIM_AUDIT_WHY_MAX };

struct sim_house_plan {
	unsigned cameras;
	unsigned group_ms; /* from one key frame to the next, with one picture between them */
	unsigned active_s; /* of each ten minutes; for the rest the cameras send nothing */
	bool has_sound;    /* a packet a second */
	uint64_t days;     /* kept; of every second camera instead: */
	uint64_t bytes;    /* 0: days as well */
};

/* The most in one turn that erased something, and the CPU time of the longest that did not. */
struct sim_house_turns {
	uint64_t rows;    /* of the index, changed by the turn: removed, summed up, noted */
	uint64_t unlinks; /* packs removed */
	double erasing_ms, other_ms;
};

struct sim_house {
	struct reel reel;
	struct sim_house_plan plan;
	struct sim_house_turns most;
	uint64_t unlinks; /* since the beginning */
	struct {
		uint64_t sent[RECORDER_TRACKS], due_us[RECORDER_TRACKS];
		bool is_between; /* the next picture is no key frame */
	} cameras[SIM_HOUSE_CAMERAS_MAX];
};

/* Begins to record in the empty directory `path`; NULL: in a new one below /tmp. */
struct sim_house *sim_house_create(const char *path, const struct sim_house_plan *plan);
/* Removes the directory. */
void sim_house_destroy(struct sim_house *house);

void sim_house_live(struct sim_house *house, double days);
/* Keeps a span of every camera as a clip. */
void sim_house_protect(struct sim_house *house, uint64_t from_us, uint64_t to_us);

/* What the process holds. */
struct sim_house_use {
	uint64_t rss_bytes, heap_bytes; /* heap: as the allocator counts it */
	unsigned files;
	uint64_t index_bytes, packs;
};
struct sim_house_use sim_house_use(struct sim_house *house);

struct sim_house_report {
	uint64_t entries, blocks_logged, erasures; /* of the log */
	uint64_t epochs, blocks, fragments;        /* still there */
};
/* Stops, starts anew, and holds everything against each other: the log by itself; each block that
 * it names against index and erasures; each pack, byte by byte if `is_deep`, against index and log.
 * NULL, or the first thing that is wrong in `ret_why`. */
const char *sim_house_check(struct sim_house *house, bool is_deep,
			    struct sim_house_report *ret_report, char ret_why[SIM_HOUSE_WHY_MAX]);

#endif
