/* Publishing: what is durable becomes visible, signed. */
#ifndef VAULT_LOG_PUBLISH_H
#define VAULT_LOG_PUBLISH_H

#include "base/attr.h"
#include "vault/log/parts.h"

#define PUBLISH_CHECKPOINT "checkpoint"
#define PUBLISH_SIGNED     ".state/signed"

/* One step: root and signature in memory, then `.state/signed`; then one tile a step; then
 * `checkpoint`, and what is no longer needed goes: older partial tiles, and WAL segments whose
 * entries are all in full bundles. At most two syncs each. Every step is durable before the next;
 * an error leaves the steps before it, and the next process begins again from `checkpoint`. 1 while
 * there is more to do, 0 when the head that the tree had at the first step is published, or nothing
 * is new. The tree may grow in between. */
NODISCARD int publish_step(struct parts *parts);

#endif
