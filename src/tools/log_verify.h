/* Checks a log directory from its files alone: every entry, every tile, the checkpoint and its
 * signature, and the entries of each session against each other (log_sessions.h). Reads, never writes; memory does not grow with the log. Behind `ward log verify`,
 * `ward log prove` and `ward log key`. */
#ifndef TOOLS_LOG_VERIFY_H
#define TOOLS_LOG_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"
#include "proto/log/merkle.h"
#include "proto/log/note.h"

enum { LOG_VERIFY_WHY_MAX = 512, LOG_VERIFY_PROOF_MAX = 8192 };

struct log_verify_report {
	struct merkle_head head;
	char vkey[NOTE_VKEY_MAX + 1];
	bool key_is_claimed;        /* taken from the log itself, not from the owner */
	uint64_t first_us, last_us; /* the box's clock at the first and the last entry */
	uint64_t boots;             /* entries of that kind */
	uint64_t views;
	uint64_t clock_backwards; /* entries whose wall clock is before the one before them */
};

/* `vkey` NULL: the key that the genesis entry names. 0 and the report; -EBADMSG and a sentence in
 * `ret_why` (LOG_VERIFY_WHY_MAX bytes) if anything is wrong; otherwise the error of reading. */
NODISCARD int log_verify_directory(const char *directory, const char *vkey,
				   struct log_verify_report *ret_report, char *ret_why);

/* Reads the entries in order, each checked as above before `each` sees it; stops at the first that
 * is wrong, or where `each` answers negative. */
typedef int log_verify_entry_fn(void *context, struct bytes text);
NODISCARD int log_verify_entries(const char *directory, log_verify_entry_fn *each, void *context,
				 char *ret_why);

/* A c2sp.org/tlog-proof@v1 of one entry under the checkpoint; `text` has LOG_VERIFY_PROOF_MAX
 * bytes. -ENOENT if the checkpoint has no such entry. */
NODISCARD int log_verify_prove(const char *directory, uint64_t index, struct text *text,
			       char *ret_why);

/* The vkey that the genesis entry names. */
NODISCARD int log_verify_key(const char *directory, char ret_vkey[NOTE_VKEY_MAX + 1],
			     char *ret_why);

#endif
