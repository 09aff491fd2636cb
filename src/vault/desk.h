/* Where requests arrive, from the front and from the tool: one table from message to handler. */
#ifndef VAULT_DESK_H
#define VAULT_DESK_H

#include "ipc/ipc.h"

/* `channel->owner` is the struct vault. */
void desk_received(struct ipc_channel *channel, struct ipc_message *message);

#endif
