/* Destroying one epoch so that index, packs and log agree whenever the power fails: key and blocks
 * go with the `erase` entry, in one batch and with a note of what is still to do; only when the
 * entry is durable goes the pack, and then the note. A start does what a crash left undone. */
#ifndef VAULT_STORE_ERASURE_H
#define VAULT_STORE_ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "vault/log/log.h"

enum { ERASURES_MAX = 64 }; /* waiting for their entry, or found undone at a start */

struct store;

struct erasure {
	struct log_waiter waiter;
	struct store *store; /* NULL: free */
	uint32_t camera;
	uint64_t epoch_us;
};

/* -EAGAIN: not now; -EIO: the log has stopped. `reason`: the entry's word. */
NODISCARD int erasure_begin(struct store *store, uint32_t camera, uint64_t epoch_us,
			    const char *reason);
/* Before anything is recorded. */
void erasure_resume(struct store *store);
void erasure_finish(struct store *store);

#endif
