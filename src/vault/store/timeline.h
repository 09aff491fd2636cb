/* When something was recorded of a camera: spans, and between them gaps with their reasons. Looks
 * at block times only, and at no more of them than the answer is fine. */
#ifndef VAULT_STORE_TIMELINE_H
#define VAULT_STORE_TIMELINE_H

#include <stdint.h>

#include "ipc/messages.h"
#include "vault/db.h"
#include "vault/store/catalog.h"

/* A hole shorter than `step_us` is none. It is made at least a 4000th of the span. */
void timeline_read(struct db *db, const struct catalog_span *span, uint64_t step_us,
		   void (*found)(void *context, const struct ipc_span *span), void *context);

/* Where the camera's recordings begin and end; 0 and 0: there are none. */
void timeline_bounds(struct db *db, uint32_t camera, uint64_t *ret_oldest_us,
		     uint64_t *ret_newest_us);

#endif
