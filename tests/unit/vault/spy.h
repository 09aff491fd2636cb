/* The log's disk, with an ear: passes everything on, and can be asked before each fdatasync what
 * has already been let out, or told to fail it. */
#ifndef UNIT_VAULT_SPY_H
#define UNIT_VAULT_SPY_H

#include <stdbool.h>

#include "vault/log/disk.h"

struct spy {
	struct disk disk;
	struct disk *real;
	unsigned syncs;
	int sync_error; /* each fdatasync fails with this, if it is not 0 */
	bool is_full;   /* hardly a byte is free */
	void (*before_sync)(void *context);
	void *context;
};

/* `spy->real` is set. */
void spy_init(struct spy *spy);

#endif
