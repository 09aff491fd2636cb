/* Who may see what about whom: the one place that decides which sessions, entries and openings are
 * shown to an asker, and how much of them. */
#ifndef VAULT_SIGHT_H
#define VAULT_SIGHT_H

#include <stdbool.h>

#include "proto/log/entry.h"
#include "vault/grants.h"
#include "vault/people.h"
#include "vault/play/plays.h"

/* Owners and the tool see everything; members, what concerns their cameras; guests and tokens,
 * their own sessions, and that somebody ("someone") watches a camera of theirs. */
enum sight { SIGHT_NOTHING, SIGHT_SOMEONE, SIGHT_NAMES, SIGHT_ALL };

/* A view or a play, as far as it is anybody's business; pointers are borrowed. */
struct sight_session {
	enum session_type kind;
	const struct who *who;
	const struct ipc_origin *origin;
	const struct camera *camera;
	const uint8_t *sid;
	uint32_t tracks;
	uint64_t log_seq, since_us, bytes;
	uint64_t from_us, to_us; /* of a play */
	uint32_t sound;          /* of a talk that nobody speaks in: enum speaker_sound */
};
void sight_view(const struct grant *grant, struct sight_session *ret_session);
void sight_play(const struct play *play, struct sight_session *ret_session);

enum sight sight_of_session(struct people *people, const struct who *who,
			    const struct sight_session *session);

/* Of a talk that was: how much of it is shown to who may look back at its camera. */
enum sight sight_of_talk(struct people *people, const struct who *who, const uint8_t sid[16],
			 bool *ret_is_own);

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
void sight_session_row(const struct who *who, const struct sight_session *session, enum sight sight,
		       struct ipc_row_session *ret_row);

#endif
