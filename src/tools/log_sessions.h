/* What the entries of one session must be to each other: opened first, nothing past what was
 * allowed before, never less than before, nothing of another time than was opened, nothing after
 * the end. The same for views, plays and talks. */
#ifndef TOOLS_LOG_SESSIONS_H
#define TOOLS_LOG_SESSIONS_H

#include <stdint.h>

#include "base/attr.h"
#include "proto/log/entry.h"

enum { LOG_SESSIONS_MAX = 4096 /* open at once: more than Ward ever has */ };

struct log_session_pair {
	uint64_t first, second;
};

struct log_session {
	uint8_t sid[16];
	unsigned family; /* views, plays, talks */
	uint8_t cam_size;
	char cam[ENTRY_CAM_MAX];
	uint64_t allowed;              /* bytes, of all its entries so far */
	struct log_session_pair used;  /* bytes, seconds */
	struct log_session_pair span;  /* that it was opened for; 0, 0: live */
};

/* Those that are open; zero is none. */
struct log_sessions {
	unsigned count;
	struct log_session table[LOG_SESSIONS_MAX];
};

/* Takes entries in their order. NULL, or what is wrong with this one. */
NODISCARD const char *log_sessions_check(struct log_sessions *sessions,
					 const struct entry_view *entry);

#endif
