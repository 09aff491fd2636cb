/* The door for those who want a sound of Ward's own played: decides, has the entry written, and only with
 * its receipt opens it. Such a sound is a talk that nobody speaks in: it has the speaker, an allowance and a
 * session as a talk does, and the right to it is the right to talk. */
#ifndef VAULT_SOUND_DOOR_H
#define VAULT_SOUND_DOOR_H

#include "ipc/messages_sound.h"
#include "vault/door.h"

/* From the front or the tool, and answered there: IPC_REFUSED, or as the order says. */
void sound_door_answer(struct door *door, struct ipc_channel *asker, const struct ipc_sound_ask *ask);

#endif
