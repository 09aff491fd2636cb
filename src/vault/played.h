/* What became of what a camera's speaker was handed, where its device counts its samples: its process
 * tells run after run (IPC_PLAYED), and here stands whose each was. Whatever was handed over ends up in
 * exactly one run; what the process does not tell, in a hole that says so. */
#ifndef VAULT_PLAYED_H
#define VAULT_PLAYED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"

struct camera;
struct store;

enum {
	PLAYED_CAUSES_MAX = 8,     /* the talk itself before anything sounds, its chime, its voice */
	PLAYED_RUNS_A_SECOND = 50, /* more are not told apart */
	PLAYED_STILL_S_MAX = 60,   /* no single run of silence, or of standing still, is longer */
};

/* Of one talk. Zero-initialised: of none. */
struct played {
	uint64_t talk; /* its number; 0: there is none */
	struct store *store;
	struct camera *camera;
	uint32_t hz;
	uint64_t handed, told;    /* samples: handed over, and what became of so many is known */
	uint64_t began_ns, at_ns; /* runs do not go back */
	uint64_t runs;
	struct played_cause {
		uint8_t sid[16];
		uint64_t log_seq;
		uint64_t from;  /* what was handed over from here on is its */
		uint64_t clock; /* samples of all its runs so far */
	} causes[PLAYED_CAUSES_MAX];
	unsigned count;
};

/* What is handed over next is for this entry, which is on disk. */
void played_begin(struct played *played, const uint8_t sid[16], uint64_t log_seq);
/* Something was not handed over. */
void played_miss(struct played *played, uint32_t samples, uint64_t now_ns);
/* -EBADMSG: no device did that. */
NODISCARD int played_take(struct played *played, const struct ipc_played *told, uint64_t now_ns);
/* Its process tells nothing more. */
void played_end(struct played *played, uint64_t now_ns);

#endif
