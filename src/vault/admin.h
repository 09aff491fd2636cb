/* What the `ward` command and the warden order: people, links, tokens, revocation. Every order is
 * an entry of the log like everybody else's acts, and is answered when that entry is on disk.
 * Taking back works at once: views end before the entry is written. */
#ifndef VAULT_ADMIN_H
#define VAULT_ADMIN_H

#include "vault/cameras.h"
#include "vault/grants.h"
#include "vault/people.h"
#include "vault/play/plays.h"
#include "vault/replies.h"
#include "vault/store/store.h"

struct admin_desk {
	struct people *people;
	struct cameras *cameras;
	struct grants *grants;
	struct plays *plays;
	struct replies *replies;
	struct store *store;
	struct ipc_channel *warden;
};

void admin_order(struct admin_desk *desk, struct ipc_channel *asker,
		 const struct ipc_message *message);

#endif
