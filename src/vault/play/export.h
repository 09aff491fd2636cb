/* The entry that says that a clip of a play is saved as a file: durable before its first byte. */
#ifndef VAULT_PLAY_EXPORT_H
#define VAULT_PLAY_EXPORT_H

#include "vault/play/plays.h"

/* Has the entry written, and answers when it is on disk. The same clip again, by
 * the same play, is the same export: a download that goes on. */
enum refusal export_ask(struct play *play, const struct ipc_play_read *ask);

/* The play ends: whoever waits is refused. */
void export_refuse(struct play *play);

#endif
