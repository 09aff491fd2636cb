/* Changes who can open recordings (store/custody.h): for the box's own command, and for a person's
 * device that has signed the request. */
#ifndef VAULT_KEYS_DESK_H
#define VAULT_KEYS_DESK_H

#include "vault/door.h"
#include "vault/replies.h"
#include "vault/store/custody.h"
#include "vault/store/store.h"

/* One change. */
struct keys_order {
	enum key_order order;
	struct custody_key key; /* KEY_ADD; KEY_REMOVE: its name */
	uint64_t days;          /* KEY_WINDOW */
	bool may_lose;          /* KEY_LOCK */
};

/* Carries it out: 0, or a negative errno and (unless it is the log's) a sentence that says why. The
 * change holds the journal, the waiter and who asks. */
NODISCARD int keys_desk_order(struct store *store, const struct custody_change *change,
			      const struct keys_order *order, const char **ret_why);

struct keys_desk {
	struct door *door;
	struct store *store;
	struct replies *replies;
};

/* IPC_DONE when the entry is on disk, or IPC_REFUSED. */
void keys_desk_answer(struct keys_desk *desk, struct ipc_channel *channel,
		      const struct ipc_key_ask *ask);

#endif
