/* The other way round: is every block that the log names in the index, unless it was erased? All
 * entries go through audit_log_note first, so that erasures are known; then each missing block is
 * judged by audit_log_is_erased. */
#ifndef VAULT_STORE_AUDIT_LOG_H
#define VAULT_STORE_AUDIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/log/entry.h"
#include "vault/db.h"

enum { AUDIT_LOG_CAMERAS = 256 }; /* with blocks; of more it knows less well */

struct audit_span {
	uint32_t camera;
	uint64_t from_us, to_us;
};

/* What was erased. Zero-initialised is empty. */
struct audit_log {
	struct audit_span *erased; /* owned */
	size_t count, capacity;
	bool is_sorted;
	struct {
		uint32_t camera;
		uint64_t logged_us;
	} newest[AUDIT_LOG_CAMERAS]; /* of blocks, as they go by */
};

/* The camera's number out of "c12"; 0: none. */
uint32_t audit_log_camera(const struct entry_view *view);

/* -ENOMEM. */
NODISCARD int audit_log_note(struct audit_log *log, const struct entry_view *view);
/* For each block of the log, in order: within which time it was recorded. From when the camera's
 * block before it was logged to when it was itself, maybe much later (the box slept); if the clock
 * was set back between, to a while after the one before it. */
struct audit_span audit_log_pass(struct audit_log *log, uint32_t camera, uint64_t logged_us);
/* Was what the camera recorded within that time erased? */
bool audit_log_is_erased(struct audit_log *log, const struct audit_span *span);
void audit_log_finish(struct audit_log *log);

/* Has the index the block of that entry? */
bool audit_log_has_block(struct db *db, uint32_t camera, uint64_t seq);

#endif
