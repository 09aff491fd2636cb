/* The vault's way to the log. In each turn of the loop, whoever has something to record drafts an
 * entry and adds it; at the turn's end the batch's openings and state are committed in the
 * database, and then the log makes the whole batch durable with one sync and tells those who wait.
 * The first error of either stops the journal for good. */
#ifndef VAULT_JOURNAL_H
#define VAULT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "loop/loop.h"
#include "vault/db.h"
#include "vault/log/log.h"

enum {
	JOURNAL_VALUES_MAX = 6, /* commitments in one entry of ours */
	JOURNAL_HEARTBEAT_MS = 60000,
	JOURNAL_PUBLISH_SOON_MS = 100, /* after a view opened: at most ten checkpoints a second */
	JOURNAL_PUBLISH_MS = 1000,     /* after anything else */
	PERSON_HOUSE = 0,              /* owns the openings that are about nobody in particular */
};

/* Told of what the journal does; all are called from the loop, never from journal_add. */
struct journal_listener {
	void (*published)(void *context, uint64_t size);
	/* The log can never grow again in this process. */
	void (*stopped)(void *context, const char *why);
	void *context;
};

struct journal_opening {
	struct log_opening opening;
	uint8_t value[COMMITMENT_VALUE_MAX];
	size_t size;
};

/* An entry being put together, on the caller's stack. Keys are added with entry_add_* on `entry`.
 */
struct journal_draft {
	struct entry entry;
	uint64_t person; /* under whose key the openings are sealed */
	unsigned count;
	struct journal_opening openings[JOURNAL_VALUES_MAX];
};

struct journal {
	struct loop *loop;
	struct log *log;
	struct db *db;
	struct journal_listener listener;
	struct loop_timer heartbeat, publish;
	struct loop_timer again; /* wakes the loop for what waiters added */
	unsigned staged;
	bool opens_view;    /* the batch holds a view.open */
	bool lacks_room;    /* as it was last said */
	bool tells_stopped; /* stopped, and the listener does not know yet */
	uint64_t published_ns, published_size;
	char why[LOG_WHY_MAX]; /* set: stopped */
};

/* `log` and `db` stay the caller's. Hooks itself to the end of the loop's turns. */
void journal_start(struct journal *journal, struct loop *loop, struct log *log, struct db *db,
		   const struct journal_listener *listener);
/* Commits what is staged, publishes, and leaves the loop's timers. */
void journal_stop(struct journal *journal);

void journal_draft(struct journal_draft *draft, enum entry_kind kind, uint64_t person);
/* Commits to a value under `name`: the log gets a salted hash, the database the sealed opening. */
void journal_value(struct journal_draft *draft, const char *name, const void *value, size_t size);
void journal_text(struct journal_draft *draft, const char *name, const char *value);

/* Stages the entry, and its openings in the batch's transaction: rows the caller writes now with
 * this seq live and die with the entry. `waiter` (may be NULL) is settled when the entry is
 * durable. -EAGAIN: the batch is full, try next turn. -EIO: stopped. */
NODISCARD int journal_add(struct journal *journal, struct journal_draft *draft,
			  struct log_waiter *waiter, uint64_t *ret_seq);

/* Commits and settles now: for start and stop, outside of handlers. */
void journal_commit(struct journal *journal);

/* Why nothing can be recorded any more, or NULL. */
const char *journal_stopped(const struct journal *journal);
/* Neither stopped nor short of disk: rights may still be given. */
bool journal_has_room(const struct journal *journal);

/* A fresh key for a new person, in the batch's transaction. */
void journal_add_person(struct journal *journal, uint64_t person);
/* The opened value of one sealed opening: 0, or -ENOENT if the person was forgotten. `ret_value`
 * has COMMITMENT_VALUE_MAX + 1 bytes and ends in NUL. */
NODISCARD int journal_unseal(struct journal *journal, uint64_t person, const void *sealed,
			     size_t sealed_size, struct journal_opening *ret_opening);

/* An entry `config`: what changed, as a commitment of the house's, since names are in it. */
NODISCARD int journal_add_config(struct journal *journal, const char *what,
				 struct log_waiter *waiter, uint64_t *ret_seq);

#endif
