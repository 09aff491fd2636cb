/* Who may see what about whom: the one place that decides which sessions, entries and openings are
 * shown to an asker, and how much of them. */
#ifndef VAULT_SIGHT_H
#define VAULT_SIGHT_H

#include <stdbool.h>

#include "proto/log/entry.h"
#include "vault/grants.h"
#include "vault/people.h"

/* Owners and the tool see everything; members, what concerns their cameras; guests and tokens,
 * their own sessions, and that somebody ("someone") watches a camera of theirs. */
enum sight { SIGHT_NOTHING, SIGHT_SOMEONE, SIGHT_NAMES, SIGHT_ALL };

enum sight sight_of_session(struct people *people, const struct who *who,
			    const struct grant *grant);

/* What the log's entry means to the asker: whether it is shown, and which openings. */
struct sight_entry {
	enum sight text;     /* SIGHT_NOTHING: not shown at all */
	enum sight openings; /* SIGHT_NAMES: who and by what device, not from where */
};

struct sight_entry sight_of_entry(struct people *people, const struct who *who,
				  const struct entry_view *entry);
bool sight_shows_opening(const struct who *who, const struct sight_entry *sight, uint64_t person,
			 const char *name);

/* The row of a session as the asker may see it, without `request`. */
void sight_session_row(const struct who *who, const struct grant *grant, enum sight sight,
		       struct ipc_row_session *ret_row);

#endif
