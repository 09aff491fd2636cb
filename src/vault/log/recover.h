/* Opening the log: what the disk holds against what was signed. */
#ifndef VAULT_LOG_RECOVER_H
#define VAULT_LOG_RECOVER_H

#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "vault/log/parts.h"

/* Brings the parts to the durable state on disk and makes it writable: an empty tree if there is no
 * log yet. -EUCLEAN with a sentence in `why` if the log must be refused. Changes nothing before all
 * is checked. */
NODISCARD int recover_log(struct parts *parts, const struct parts_config *config, struct text *why);

/* Makes `.state` and takes the one writer's lock. */
NODISCARD int recover_lock(struct parts *parts, struct text *why);

/* For a log that does not exist yet: sets the signer's epoch to the one after the last that was put
 * aside, and gives "origin size root" of its newest head (the floor's, if that is newer) for the
 * genesis entry to name; empty text if there was none before. */
NODISCARD int recover_epoch(struct parts *parts, const struct parts_config *config,
			    struct text *ret_head);

#endif
