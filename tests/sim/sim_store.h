/* Recordings with their log and database on one simulated disk, and what has been promised: blocks
 * whose entry was acknowledged, epochs whose erasure was. A disk image that does not keep that, or
 * in which packs, index and log do not agree, is a violation. */
#ifndef SIM_SIM_STORE_H
#define SIM_SIM_STORE_H

#include "sim/sim_audit.h"
#include "sim/sim_disk.h"
#include "unit/vault/reel.h"

enum { SIM_BLOCKS_MAX = 512, SIM_STORE_WHY_MAX = SIM_AUDIT_WHY_MAX };

struct sim_block {
	uint64_t seq, epoch_us;
	uint8_t hash[SHA256_SIZE];
};

struct sim_promises {
	unsigned blocks, erased; /* of the blocks, those from the first on whose epoch is erased */
	struct sim_block block[SIM_BLOCKS_MAX];
};

struct sim_store {
	struct sim_disk *sim;
	struct reel reel; /* a process runs while its loop is there */
	struct sim_promises promises;
};

/* On an empty disk, without a process. Takes the disk. */
void sim_store_init(struct sim_store *store, struct sim_disk *sim);
/* Another with the same past, on that disk and without a process. */
void sim_store_clone(const struct sim_store *from, struct sim_disk *sim,
		     struct sim_store *ret_store);
void sim_store_finish(struct sim_store *store);

bool sim_store_start(struct sim_store *store, char why[SIM_STORE_WHY_MAX]);
/* Ends without a word; the disk stays as it is. */
void sim_store_kill(struct sim_store *store);

/* One group of pictures and some sound, two seconds long. */
void sim_store_send(struct sim_store *store);
/* Ends the block, does what is due, commits. False: the process can record no more. */
bool sim_store_tick(struct sim_store *store);
/* Keeps only what is younger than that. */
void sim_store_retain(struct sim_store *store, uint64_t bytes);

/* Starts on the image, checks everything, records one more block, checks again, and lets the image
 * go. NULL, or the violation in `ret_why`. */
const char *sim_store_check(const struct sim_store *store, struct sim_disk *image,
			    char ret_why[SIM_STORE_WHY_MAX]);

#endif
