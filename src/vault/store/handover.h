/* Gives a person's new key what the box can open already: every epoch's private half is wrapped for
 * it, a few in each tick of the store. And takes from the box what its window of days is over for. */
#ifndef VAULT_STORE_HANDOVER_H
#define VAULT_STORE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/* Where it is; the epochs in the order of the index. */
struct handover {
	uint32_t camera;
	uint64_t start_us;
	bool is_done;
};

/* A key became known: from the beginning. */
void handover_begin(struct store *store);
/* A few epochs more. */
void handover_go_on(struct store *store);
/* The box forgets its own halves of what the window's days are over for, a few of them. */
void handover_expire(struct store *store);
/* The mode is private from now on: the running epochs go to the people's keys, and the box forgets
 * its own of them. */
void handover_running(struct store *store);

#endif
