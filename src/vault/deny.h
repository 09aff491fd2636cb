/* Refused requests, counted: one entry a minute for each reason and camera, however many there
 * were. A stranger cannot make the log grow faster than that. */
#ifndef VAULT_DENY_H
#define VAULT_DENY_H

#include "vault/cameras.h"
#include "vault/journal.h"

enum { DENY_SPAN_MS = 60000 };

struct deny_count {
	uint64_t count, first_us, last_us;
	uint32_t camera; /* its opaque id */
};

struct deny {
	struct loop *loop;
	struct journal *journal;
	struct loop_timer timer;
	struct deny_count counts[REFUSAL_COUNT][CAMERA_MAX + 1]; /* by slot; the last: no camera */
};

void deny_init(struct deny *deny, struct loop *loop, struct journal *journal);
/* Adds what was counted, and leaves the loop. */
void deny_finish(struct deny *deny);

/* `camera` may be NULL. */
void deny_note(struct deny *deny, enum refusal refusal, const struct camera *camera);

#endif
