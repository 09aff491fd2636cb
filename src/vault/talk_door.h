/* The door for those who want to talk: decides, has the entry written, and only with its receipt
 * opens the talk. */
#ifndef VAULT_TALK_DOOR_H
#define VAULT_TALK_DOOR_H

#include "vault/door.h"

/* Answered on grants->front: IPC_REFUSED, or IPC_DONE when the entry is on disk and the camera's
 * speaker is open. While somebody else talks: when it
 * is the asker's turn, if they wait for it, or (an owner) take it. */
void talk_door_ask(struct door *door, const struct ipc_talk_ask *ask);

/* The turn of one who waited has come: the rights are looked at anew. Answered the same way. */
struct talk_wait;
void talk_door_turn(struct door *door, const struct talk_wait *wait);

#endif
