/* Clips: spans of recordings that a person keeps. Retention leaves them alone (store/ledger.h)
 * until they are released. Both change what will be erased, so both are entries of the log. */
#ifndef VAULT_CLIPS_H
#define VAULT_CLIPS_H

#include "base/attr.h"
#include "vault/people.h"

enum { CLIPS_MAX = 256 /* of one camera */ };
#define CLIPS_LENGTH_US_MAX (UINT64_C(31) * 86400 * 1000000)

struct clip {
	uint64_t id, from_us, to_us;
	char name[NAME_SIZE];
};

/* Keeps the clip (its id is not read). Errors: -EINVAL: no name, or a span that is none; -ENOENT:
 * nothing is recorded there; -EMSGSIZE: too many; and those of journal_add. `waiter` as there. */
NODISCARD int clips_keep(struct people *people, const struct who *who, uint32_t camera,
			 const struct clip *clip, struct log_waiter *waiter, uint64_t *ret_id);
/* -ENOENT: no such clip of the camera. */
NODISCARD int clips_release(struct people *people, const struct who *who, uint32_t camera,
			    uint64_t id, struct log_waiter *waiter);

/* Clips of the camera that overlap the span, newest first, at most `limit`; the number found. */
typedef void clips_found_fn(void *context, const struct clip *clip);
unsigned clips_list(struct people *people, uint32_t camera, uint64_t from_us, uint64_t to_us,
		    unsigned limit, clips_found_fn *found, void *context);

#endif
