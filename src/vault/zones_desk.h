/* Requests about the zones of a camera (IPC_ZONES_ASK): an owner's, from a device of theirs. */
#ifndef VAULT_ZONES_DESK_H
#define VAULT_ZONES_DESK_H

#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/eyes.h"
#include "vault/replies.h"

struct zones_desk {
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct eyes *eyes;
	struct replies *replies;
	struct deny *deny;
};

/* Answer: IPC_ROW_ZONES; of a change IPC_DONE with log_seq, once it is on disk. */
void zones_desk_answer(struct zones_desk *desk, struct ipc_channel *channel,
		       const struct ipc_zones_ask *ask);

#endif
