/* Who can open recordings. In window mode the box keeps each epoch's private half, sealed under its
 * own store key, and plays recordings back; of a window of so many days, if the owner says so, and
 * then its halves of older ones go. In private mode it keeps none: each half goes, as an age
 * file, to the people's own keys only, and is wiped. In either mode everybody whose key is known
 * gets such a file, so that the store key can be thrown away ("lock") and nothing is lost to them.
 *
 * Every change is an entry `config` of the log, and its row names that entry. */
#ifndef VAULT_STORE_CUSTODY_H
#define VAULT_STORE_CUSTODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "proto/age/age.h"
#include "vault/journal.h"

enum {
	CUSTODY_KEYS_MAX = 8,
	CUSTODY_DAYS_MAX = 3650,
	CUSTODY_LINE_SIZE = 75,  /* "AGE-SECRET-KEY-1...", as age-keygen writes it, with its LF */
	CUSTODY_WRAP_SIZE = AGE_HEADER_SIZE + CUSTODY_LINE_SIZE + AGE_TAG_SIZE,
};

struct custody_key {
	uint8_t key[AGE_KEY_SIZE];
	char name[NAME_SIZE];
	uint64_t user;    /* whose it is; 0: it was added on the box, for nobody with an account */
	uint64_t log_seq; /* of the entry that made it known */
};

struct custody_mode {
	bool is_private;
	uint64_t days; /* in window mode: what the box keeps its own halves of; 0: of everything */
};

/* ---- looking up ---- */

struct custody_mode custody_mode(struct db *db);
unsigned custody_list(struct db *db, struct custody_key ret_keys[CUSTODY_KEYS_MAX]);
/* The age file that opens the epoch to one key. -ENOENT: it has none. */
NODISCARD int custody_find_wrap(struct db *db, uint32_t camera, uint64_t start_us,
				const uint8_t key[AGE_KEY_SIZE],
				uint8_t ret_file[CUSTODY_WRAP_SIZE]);
/* The same, if that key is in use and belongs to the person. */
NODISCARD int custody_find_wrap_of(struct db *db, uint32_t camera, uint64_t start_us,
				   const struct custody_key *key,
				   uint8_t ret_file[CUSTODY_WRAP_SIZE]);
/* Somebody's key, of whatever time, opens the epoch. */
bool custody_is_wrapped(struct db *db, uint32_t camera, uint64_t start_us);
/* Epochs that no key of a person opens: what a lock loses for good. */
uint64_t custody_count_unwrapped(struct db *db);

/* ---- changing: 0, or what journal_add said; the row is written with the entry ---- */

/* Who changes it, and who waits for its entry. */
struct custody_change {
	struct journal *journal;
	struct log_waiter *waiter; /* may be NULL */
	uint64_t person;           /* whose the entry is; PERSON_HOUSE: the box's own command */
	/* What the entry says besides; may be NULL. */
	void (*say)(struct journal_draft *draft, const void *context);
	const void *context;
};

/* A key that was added on the box becomes the person's who adds it too. -EINVAL: no usable key or
 * name; -EEXIST: known; -EMSGSIZE: CUSTODY_KEYS_MAX are known. */
NODISCARD int custody_add_key(const struct custody_change *change, const struct custody_key *key);
/* What was wrapped for it stays openable by whoever holds it. -ENOENT: unknown; -EACCES: it is the
 * last, and the box does not keep everything itself. */
NODISCARD int custody_remove_key(const struct custody_change *change, const char *name);
/* -EACCES: without any key, what the box does not keep would be for nobody; -EINVAL: days. */
NODISCARD int custody_set_mode(const struct custody_change *change,
			       const struct custody_mode *mode);

/* The store key was thrown away (store_lock): what the box knew until now, it can open no more. */
NODISCARD int custody_note_lock(const struct custody_change *change);

/* An epoch's private half, for everybody's key that does not have it, in the running transaction. */
void custody_wrap(struct db *db, uint32_t camera, uint64_t start_us,
		  const uint8_t secret[AGE_KEY_SIZE]);

#endif
