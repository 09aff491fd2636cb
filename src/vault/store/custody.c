#include "vault/store/custody.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/log/ask.h"

/* ---- looking up ---- */

bool custody_is_private(struct db *db)
{
	return db_number(db, db_use(db, "SELECT is_private FROM custody ORDER BY id DESC LIMIT 1"));
}

unsigned custody_list(struct db *db, struct custody_key ret_keys[CUSTODY_KEYS_MAX])
{
	sqlite3_stmt *select = db_use(db, "SELECT key, name, log_seq FROM recipients "
					  "WHERE removed_seq IS NULL ORDER BY log_seq");
	unsigned count = 0;

	while (count < CUSTODY_KEYS_MAX && db_step(db, select)) {
		struct custody_key *key = &ret_keys[count];

		if (!db_copy_blob(select, 0, key->key, sizeof(key->key)))
			continue;
		db_copy_text(select, 1, key->name, sizeof(key->name));
		key->log_seq = db_int(select, 2);
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

int custody_add_key(struct journal *journal, const struct custody_key *key,
		    struct log_waiter *waiter)
{
	struct custody_key known[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(journal->db, known);
	char text[AGE_TEXT_SIZE], what[NAME_SIZE + AGE_TEXT_SIZE + 64];
	uint64_t seq;

	if (!is_usable(key))
		return -EINVAL;
	for (unsigned i = 0; i < count; i++)
		if (memcmp(known[i].key, key->key, AGE_KEY_SIZE) == 0)
			return -EEXIST;
	if (find_named(known, count, key->name))
		return -EEXIST;
	if (count == CUSTODY_KEYS_MAX)
		return -EMSGSIZE;
	age_print_public(key->key, text);
	snprintf(what, sizeof(what), "recordings: key of %s added, %s", key->name, text);
	int rc = journal_add_config(journal, what, waiter, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(journal->db, "INSERT OR REPLACE INTO recipients "
						"(key, name, log_seq) VALUES (?1, ?2, ?3)");

	db_bind_blob(add, 1, key->key, AGE_KEY_SIZE);
	db_bind_text(add, 2, key->name);
	db_bind_int(add, 3, seq);
	db_run(journal->db, add);
	return 0;
}

int custody_remove_key(struct journal *journal, const char *name, struct log_waiter *waiter)
{
	struct custody_key known[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(journal->db, known);
	const struct custody_key *key = find_named(known, count, name);
	char what[NAME_SIZE + 64];
	uint64_t seq;

	if (!key)
		return -ENOENT;
	if (count == 1 && custody_is_private(journal->db))
		return -EACCES;
	snprintf(what, sizeof(what), "recordings: key of %s removed", name);
	int rc = journal_add_config(journal, what, waiter, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *mark =
		db_use(journal->db, "UPDATE recipients SET removed_seq = ?2 WHERE key = ?1");

	db_bind_blob(mark, 1, key->key, AGE_KEY_SIZE);
	db_bind_int(mark, 2, seq);
	db_run(journal->db, mark);
	return 0;
}

int custody_set_private(struct journal *journal, bool is_private, struct log_waiter *waiter)
{
	struct custody_key known[CUSTODY_KEYS_MAX];
	uint64_t seq;

	if (is_private && custody_list(journal->db, known) == 0)
		return -EACCES;
	int rc = journal_add_config(journal,
				    is_private ? "recordings: private, the box keeps no key of them"
					       : "recordings: window, the box can play them back",
				    waiter, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(journal->db,
				   "INSERT INTO custody (is_private, log_seq) VALUES (?1, ?2)");

	db_bind_int(add, 1, is_private);
	db_bind_int(add, 2, seq);
	db_run(journal->db, add);
	return 0;
}

int custody_note_lock(struct journal *journal, struct log_waiter *waiter)
{
	uint64_t seq;

	return journal_add_config(journal, "recordings: locked, the box forgot its keys of them",
				  waiter, &seq);
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
