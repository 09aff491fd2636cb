/* Publishing: what is durable becomes visible, signed. */
#ifndef VAULT_LOG_PUBLISH_H
#define VAULT_LOG_PUBLISH_H

#include "base/attr.h"
#include "vault/log/parts.h"

#define PUBLISH_CHECKPOINT "checkpoint"
#define PUBLISH_SIGNED     ".state/signed"

/* Root and signature in memory, then `.state/signed`, then the tiles, then `checkpoint`; then what is
 * no longer needed goes: older partial tiles, and WAL segments whose entries are all in full bundles.
 * Every step is durable before the next; an error leaves the steps before it, and the next process
 * begins again from `checkpoint`. */
NODISCARD int publish_head(struct parts *parts);

#endif
