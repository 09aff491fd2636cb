/* A log on a simulated disk, and what the world outside has been told by it: entries that were
 * acknowledged, heads that were shown. A disk image that does not keep these promises is a
 * violation. */
#ifndef SIM_SIM_WORLD_H
#define SIM_SIM_WORLD_H

#include <stdbool.h>

#include "sim/sim_disk.h"
#include "vault/log/log.h"

enum { SIM_SEGMENT_BYTES = 8192, SIM_BATCH_MAX = 12, SIM_WHY_MAX = 640 };

struct sim_world {
	struct sim_disk *sim;
	struct log *log;              /* NULL: no process runs */
	struct merkle_frontier acked; /* built from the entries themselves */
	struct merkle_head acked_head;
	struct merkle_head shown; /* the newest signed head that anybody can have seen */
	uint64_t published;       /* the newest head that log_publish said was published */
	uint64_t clock_ns;
	struct log_waiter waiters[SIM_BATCH_MAX];
	unsigned settled, refused;
	uint64_t acked_to; /* by receipts */
};

/* An empty disk and no process. */
void sim_world_init(struct sim_world *world, struct sim_disk *sim);
/* Another world with the same past, on a clone of the disk. */
void sim_world_clone(const struct sim_world *from, struct sim_world *ret_world);
void sim_world_finish(struct sim_world *world);

/* Each answers what the log answers. */
int sim_world_open(struct sim_world *world, char why[LOG_WHY_MAX]);
void sim_world_kill(struct sim_world *world);
int sim_world_append(struct sim_world *world, unsigned entries);
int sim_world_publish(struct sim_world *world);
int sim_world_publish_step(struct sim_world *world);

/* Notes what a reader of the files can see now. */
void sim_world_look(struct sim_world *world, struct sim_disk *sim);

/* Starts the log on this image, checks every promise, and goes on for one more entry. NULL, or the
 * violation in `ret_why`. The image is used up. */
const char *sim_world_check(const struct sim_world *world, struct sim_disk *image,
			    char ret_why[SIM_WHY_MAX]);

#endif
