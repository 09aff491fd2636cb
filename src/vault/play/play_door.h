/* The door for recordings: who may play what. Decides each request, has the entry written, and only
 * with its receipt opens the play. The front asks for people and programs; a tool on the local socket
 * (tools.h), which may what an owner may, gets a play of its own the same way. */
#ifndef VAULT_PLAY_PLAY_DOOR_H
#define VAULT_PLAY_PLAY_DOOR_H

#include "vault/door.h"

/* When something was recorded: IPC_TIMELINE and IPC_DONE. */
void play_door_timeline(struct door *door, const struct ipc_timeline_ask *ask);
/* IPC_REFUSED at once, or IPC_DONE when the entry is on disk. */
void play_door_open(struct door *door, struct ipc_channel *asker, const struct ipc_play_ask *ask);
/* Rows, or a piece; IPC_REFUSED. */
void play_door_read(struct door *door, struct ipc_channel *asker, const struct ipc_play_read *ask);

#endif
