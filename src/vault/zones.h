/* Zones that an owner draws in the app: where in a camera's picture somebody counts, how tall and for
 * how long he must be there. What the configuration says of any of these (`see:`) comes first: then
 * the drawn ones rest, and cannot be changed. A change is an entry of the log. */
#ifndef VAULT_ZONES_H
#define VAULT_ZONES_H

#include <stdbool.h>

#include "base/attr.h"
#include "ipc/messages_see.h"
#include "vault/people.h"

enum {
	ZONES_KEPT = 4, /* of one camera: the newest counts, older ones are for a log that is cut back */
	ZONES_DWELL_MS_MAX = 600 * 1000,
};

/* What is drawn: of `rule` zones, least height and dwelling. */
struct zones {
	struct ipc_see rule;
	char names[SEE_ZONES_MAX][ZONE_NAME_SIZE];
};

/* Does the configuration itself say where, how tall or how long? */
bool zones_are_configured(const struct ipc_see *rule);
/* What is drawn for the camera; nothing if nothing is. `ret_seq` (may be NULL): of its entry, or 0. */
void zones_read(struct db *db, uint32_t camera, struct zones *ret_zones, uint64_t *ret_seq);
/* The configuration's rule with what is drawn for the camera, where it leaves that open. */
void zones_apply(struct db *db, uint32_t camera, struct ipc_see *rule);

/* -EINVAL: no such zones can be; and the errors of journal_add. `waiter` as there. */
NODISCARD int zones_draw(struct people *people, const struct who *who, uint32_t camera,
			 const struct zones *zones, struct log_waiter *waiter);

#endif
