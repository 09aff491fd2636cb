/* Who waits to talk at one camera, first come, first served; an owner who takes the speaker comes
 * first. A request that waits has been signed and checked; when its turn comes it is decided anew,
 * since rights may have been taken back meanwhile. Whoever waits too long is told so. */
#ifndef VAULT_TALK_QUEUE_H
#define VAULT_TALK_QUEUE_H

#include "base/attr.h"
#include "ipc/messages.h"
#include "loop/loop.h"
#include "vault/grants.h"

enum {
	TALK_QUEUE_MAX = 4,
	TALK_WAIT_MS = 30000, /* then the answer is that somebody else talks */
};

struct talks;
struct talk_slot;

struct talk_wait {
	struct ipc_view_ask ask; /* as it was signed */
	struct who who;          /* and by whom */
	struct grant *view;      /* open: who waits leaves with it; NULL: without one */
	uint64_t until_ns;
};

struct talk_queue {
	struct talk_wait list[TALK_QUEUE_MAX];
	unsigned count;
	struct loop_timer turn;
};

void talk_queue_init(struct talk_queue *queue);
void talk_queue_finish(struct talk_queue *queue);

/* Adds `wait`, and sets its time. -EBUSY: it is full, or that person waits already. */
NODISCARD int talk_queue_add(struct talk_slot *slot, const struct talk_wait *wait, bool is_first);
/* The speaker is free: soon it is the next one's turn. */
void talk_queue_wake(struct talk_slot *slot);

/* Refuses those that wait over `view`, or (NULL) all. */
void talk_queue_refuse(struct talk_slot *slot, const struct grant *view, enum refusal refusal);
/* Nobody is there to be told. */
void talk_queue_clear(struct talk_slot *slot);
/* Whoever asked with this number has left. */
bool talk_queue_forget(struct talk_slot *slot, uint64_t request);

#endif
