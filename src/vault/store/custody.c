#include "vault/store/custody.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/log/ask.h"

/* ---- looking up ---- */

struct custody_mode custody_mode(struct db *db)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT is_private, days FROM custody ORDER BY id DESC LIMIT 1");
	struct custody_mode mode = {0};

	if (db_step(db, select))
		mode = (struct custody_mode){db_int(select, 0) != 0, db_int(select, 1)};
	sqlite3_reset(select);
	return mode;
}

unsigned custody_list(struct db *db, struct custody_key ret_keys[CUSTODY_KEYS_MAX])
{
	sqlite3_stmt *select = db_use(db, "SELECT key, name, user, log_seq FROM recipients "
					  "WHERE removed_seq IS NULL ORDER BY log_seq");
	unsigned count = 0;

	while (count < CUSTODY_KEYS_MAX && db_step(db, select)) {
		struct custody_key *key = &ret_keys[count];

		if (!db_copy_blob(select, 0, key->key, sizeof(key->key)))
			continue;
		db_copy_text(select, 1, key->name, sizeof(key->name));
		key->user = db_int(select, 2);
		key->log_seq = db_int(select, 3);
		count++;
	}
	sqlite3_reset(select);
	return count;
}

int custody_find_wrap(struct db *db, uint32_t camera, uint64_t start_us,
		      const uint8_t key[AGE_KEY_SIZE], uint8_t ret_file[CUSTODY_WRAP_SIZE])
{
	sqlite3_stmt *select = db_use(db, "SELECT file FROM wraps WHERE camera = ?1 "
					  "AND start_us = ?2 AND recipient = ?3");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, start_us);
	db_bind_blob(select, 3, key, AGE_KEY_SIZE);
	bool is_found = db_step(db, select) && db_copy_blob(select, 0, ret_file, CUSTODY_WRAP_SIZE);

	sqlite3_reset(select);
	return is_found ? 0 : -ENOENT;
}

int custody_find_wrap_of(struct db *db, uint32_t camera, uint64_t start_us,
			 const struct custody_key *key, uint8_t ret_file[CUSTODY_WRAP_SIZE])
{
	sqlite3_stmt *count = db_use(db, "SELECT count(*) FROM recipients WHERE key = ?1 "
					 "AND user = ?2 AND removed_seq IS NULL");

	db_bind_blob(count, 1, key->key, AGE_KEY_SIZE);
	db_bind_int(count, 2, key->user);
	if (key->user == 0 || db_number(db, count) == 0)
		return -ENOENT;
	return custody_find_wrap(db, camera, start_us, key->key, ret_file);
}

bool custody_is_wrapped(struct db *db, uint32_t camera, uint64_t start_us)
{
	sqlite3_stmt *count =
		db_use(db, "SELECT count(*) FROM wraps WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(count, 1, camera);
	db_bind_int(count, 2, start_us);
	return db_number(db, count) != 0;
}

uint64_t custody_count_unwrapped(struct db *db)
{
	return db_number(db, db_use(db, "SELECT count(*) FROM epochs WHERE NOT EXISTS (SELECT 1 "
					"FROM wraps, recipients WHERE wraps.camera = epochs.camera "
					"AND wraps.start_us = epochs.start_us "
					"AND recipient = key AND removed_seq IS NULL)"));
}

/* ---- changing ---- */

static const struct custody_key *find_named(const struct custody_key *keys, unsigned count,
					    const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* A key of low order would make every wrap readable by anybody. */
static bool is_usable(const struct custody_key *key)
{
	uint8_t room[CUSTODY_WRAP_SIZE];
	struct age_sealer sealer;
	size_t size;

	if (!ask_name_is_valid(key->name) ||
	    age_seal_begin(&sealer, key->key, room, sizeof(room)) < 0)
		return false;
	return age_seal_end(&sealer, &size) == 0;
}

/* The log gets which kind of change it was, and a commitment to the rest. */
static int record(const struct custody_change *change, const char *reason, const char *what,
		  uint64_t *ret_seq)
{
	struct journal_draft draft;

	journal_draft(&draft, ENTRY_CONFIG, change->person);
	entry_add_text(&draft.entry, ENTRY_REASON, reason);
	journal_text(&draft, "what", what);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	if (change->say)
		change->say(&draft, change->context);
	return journal_add(change->journal, &draft, change->waiter, ret_seq);
}

static int check_key(struct db *db, const struct custody_key *key)
{
	struct custody_key known[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(db, known);

	if (!is_usable(key))
		return -EINVAL;
	for (unsigned i = 0; i < count; i++) {
		if (memcmp(known[i].key, key->key, AGE_KEY_SIZE) == 0)
			return known[i].user == 0 && key->user ? 0 : -EEXIST;
		if (strcmp(known[i].name, key->name) == 0)
			return -EEXIST;
	}
	return count == CUSTODY_KEYS_MAX ? -EMSGSIZE : 0;
}

int custody_add_key(const struct custody_change *change, const struct custody_key *key)
{
	struct db *db = change->journal->db;
	char text[AGE_TEXT_SIZE], what[NAME_SIZE + AGE_TEXT_SIZE + 64];
	uint64_t seq;
	int rc = check_key(db, key);

	if (rc < 0)
		return rc;
	age_print_public(key->key, text);
	snprintf(what, sizeof(what), "recordings: key of %s added, %s", key->name, text);
	rc = record(change, "key-added", what, &seq);
	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(db, "INSERT OR REPLACE INTO recipients "
				       "(key, name, user, log_seq) VALUES (?1, ?2, ?3, ?4)");

	db_bind_blob(add, 1, key->key, AGE_KEY_SIZE);
	db_bind_text(add, 2, key->name);
	db_bind_int(add, 3, key->user);
	db_bind_int(add, 4, seq);
	db_run(db, add);
	return 0;
}

int custody_remove_key(const struct custody_change *change, const char *name)
{
	struct db *db = change->journal->db;
	struct custody_key known[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(db, known);
	const struct custody_key *key = find_named(known, count, name);
	struct custody_mode mode = custody_mode(db);
	char what[NAME_SIZE + 64];
	uint64_t seq;

	if (!key)
		return -ENOENT;
	if (count == 1 && (mode.is_private || mode.days))
		return -EACCES;
	snprintf(what, sizeof(what), "recordings: key of %s removed", name);
	int rc = record(change, "key-removed", what, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *mark =
		db_use(db, "UPDATE recipients SET removed_seq = ?2 WHERE key = ?1");

	db_bind_blob(mark, 1, key->key, AGE_KEY_SIZE);
	db_bind_int(mark, 2, seq);
	db_run(db, mark);
	return 0;
}

static int record_mode(const struct custody_change *change, const struct custody_mode *mode,
		       uint64_t *ret_seq)
{
	char what[96] = "recordings: window, the box can play them back";

	if (mode->is_private)
		snprintf(what, sizeof(what), "recordings: private, the box keeps no key of them");
	else if (mode->days)
		snprintf(what, sizeof(what),
			 "recordings: window, the box can play back the last %" PRIu64 " days",
			 mode->days);
	return record(change, mode->is_private ? "keys-private" : "keys-window", what, ret_seq);
}

int custody_set_mode(const struct custody_change *change, const struct custody_mode *mode)
{
	struct db *db = change->journal->db;
	struct custody_key known[CUSTODY_KEYS_MAX];
	uint64_t seq;

	if (mode->days > CUSTODY_DAYS_MAX || (mode->is_private && mode->days))
		return -EINVAL;
	if ((mode->is_private || mode->days) && custody_list(db, known) == 0)
		return -EACCES;
	int rc = record_mode(change, mode, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(
		db, "INSERT INTO custody (is_private, days, log_seq) VALUES (?1, ?2, ?3)");

	db_bind_int(add, 1, mode->is_private);
	db_bind_int(add, 2, mode->days);
	db_bind_int(add, 3, seq);
	db_run(db, add);
	return 0;
}

int custody_note_lock(const struct custody_change *change)
{
	uint64_t seq;

	return record(change, "keys-locked", "recordings: locked, the box forgot its keys of them",
		      &seq);
}

/* ---- wrapping ---- */

static void add_wrap(struct db *db, uint32_t camera, uint64_t start_us, const uint8_t *recipient,
		     const uint8_t file[CUSTODY_WRAP_SIZE])
{
	sqlite3_stmt *add = db_use(db, "INSERT INTO wraps (camera, start_us, recipient, file) "
				       "VALUES (?1, ?2, ?3, ?4)");

	db_bind_int(add, 1, camera);
	db_bind_int(add, 2, start_us);
	db_bind_blob(add, 3, recipient, AGE_KEY_SIZE);
	db_bind_blob(add, 4, file, CUSTODY_WRAP_SIZE);
	db_run(db, add);
}

void custody_wrap(struct db *db, uint32_t camera, uint64_t start_us,
		  const uint8_t secret[AGE_KEY_SIZE])
{
	struct custody_key keys[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(db, keys);
	uint8_t file[CUSTODY_WRAP_SIZE];
	char line[AGE_TEXT_SIZE];
	struct age_sealer sealer;
	size_t size;

	age_print_secret(secret, line);
	line[CUSTODY_LINE_SIZE - 1] = '\n';
	for (unsigned i = 0; i < count; i++) {
		/* It was found usable when it became known. */
		if (custody_find_wrap(db, camera, start_us, keys[i].key, file) == 0 ||
		    age_seal_begin(&sealer, keys[i].key, file, sizeof(file)) < 0)
			continue;
		age_seal_add(&sealer, line, CUSTODY_LINE_SIZE);
		if (age_seal_end(&sealer, &size) == 0 && size == sizeof(file))
			add_wrap(db, camera, start_us, keys[i].key, file);
	}
	sodium_memzero(line, sizeof(line));
}
