#include "vault/enroll.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/log/ask.h"
#include "vault/names.h"
#include "vault/words.h"

/* ---- people ---- */

static void add_cameras(struct people *people, uint64_t user, const char *cameras)
{
	char name[NAME_SIZE];

	while (names_next(&cameras, name)) {
		sqlite3_stmt *add =
			db_use(people->db, "INSERT OR IGNORE INTO user_cameras VALUES (?1, ?2)");

		db_bind_int(add, 1, user);
		db_bind_text(add, 2, name);
		db_run(people->db, add);
	}
}

/* The number the next person gets. SQLite never gives one twice, even after the row is gone. */
static uint64_t next_user(struct people *people)
{
	return db_number(people->db, db_use(people->db, "SELECT coalesce(max(seq), 0) + 1 "
							"FROM sqlite_sequence "
							"WHERE name = 'users'"));
}

/* What a role may do unless the owner says otherwise: recordings are not a guest's. */
static uint32_t verbs_of(const struct enroll_user *user)
{
	if (user->verbs)
		return user->verbs;
	return user->role == ROLE_GUEST ? VERB_VIEW | VERB_LISTEN : PEOPLE_VERBS;
}

static void insert_user(struct people *people, uint64_t id, const struct enroll_user *user,
			uint64_t seq)
{
	sqlite3_stmt *add = db_use(people->db, "INSERT INTO users (id, name, role, all_cameras, "
					       "added_us, log_seq, verbs) "
					       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

	db_bind_int(add, 1, id);
	db_bind_int(add, 7, verbs_of(user));
	db_bind_text(add, 2, user->name);
	db_bind_int(add, 3, user->role);
	db_bind_int(add, 4, user->cameras[0] == '\0');
	db_bind_int(add, 5, clock_real_us());
	db_bind_int(add, 6, seq);
	db_run(people->db, add);
	add_cameras(people, id, user->cameras);
}

int enroll_add_user(struct people *people, const struct enroll_user *user,
		    struct log_waiter *waiter)
{
	struct who who;
	uint64_t seq;

	if (!ask_name_is_valid(user->name) || user->role <= ROLE_NONE ||
	    user->role >= ROLE_INTEGRATION || strlen(user->cameras) > COMMITMENT_VALUE_MAX ||
	    names_count(user->cameras, PEOPLE_CAMERAS_MAX) < 0 ||
	    (user->verbs & ~(uint32_t)PEOPLE_VERBS))
		return -EINVAL;
	if (people_find_user(people, user->name, &who) == 0)
		return -EEXIST;
	if (people_count(people) >= PEOPLE_USERS_MAX)
		return -EMSGSIZE;
	uint64_t id = next_user(people);
	struct journal_draft draft;
	char verbs[WORDS_VERBS_SIZE];

	/* The entry that names a person is the one that gives the right: sessions refer to it. */
	journal_add_person(people->journal, id);
	journal_draft(&draft, ENTRY_USER_ADD, id);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(user->role));
	if (words_verb_tracks(verbs_of(user)))
		entry_add_tracks(&draft.entry, words_verb_tracks(verbs_of(user)));
	journal_text(&draft, "acct", user->name);
	journal_text(&draft, "cameras", user->cameras[0] ? user->cameras : "all");
	words_verbs(verbs_of(user), verbs);
	journal_text(&draft, "verbs", verbs);
	int rc = journal_add(people->journal, &draft, waiter, &seq);

	if (rc < 0)
		return rc;
	insert_user(people, id, user, seq);
	return 0;
}

static void mark_removed(struct people *people, const char *sql, uint64_t user, uint64_t seq)
{
	sqlite3_stmt *mark = db_use(people->db, sql);

	db_bind_int(mark, 1, user);
	db_bind_int(mark, 2, seq);
	db_run(people->db, mark);
}

/* Nothing of theirs is good any more: devices, tokens, links. */
static void take_everything(struct people *people, uint64_t user, uint64_t seq)
{
	static const char *const marks[] = {
		"UPDATE devices SET removed_seq = ?2 WHERE user = ?1 AND removed_seq IS NULL",
		"UPDATE tokens SET removed_seq = ?2 WHERE user = ?1 AND removed_seq IS NULL",
		"UPDATE links SET used_seq = ?2 WHERE user = ?1 AND used_seq IS NULL",
	};

	for (size_t i = 0; i < ARRAY_COUNT(marks); i++)
		mark_removed(people, marks[i], user, seq);
}

static int record_taking(struct people *people, enum entry_kind kind, const struct who *user,
			 struct log_waiter *waiter, uint64_t *ret_seq)
{
	struct journal_draft draft;

	journal_draft(&draft, kind, user->user);
	entry_add_number(&draft.entry, ENTRY_GRANT, user->right_seq);
	journal_text(&draft, "acct", user->user_name);
	return journal_add(people->journal, &draft, waiter, ret_seq);
}

int enroll_revoke_user(struct people *people, const struct who *user, struct log_waiter *waiter)
{
	uint64_t seq;
	int rc = record_taking(people, ENTRY_GRANT_REVOKE, user, waiter, &seq);

	if (rc < 0)
		return rc;
	take_everything(people, user->user, seq);
	return 0;
}

int enroll_remove_user(struct people *people, const struct who *user, struct log_waiter *waiter)
{
	uint64_t seq;
	int rc = record_taking(people, ENTRY_USER_REMOVE, user, waiter, &seq);

	if (rc < 0)
		return rc;
	mark_removed(people, "UPDATE users SET removed_seq = ?2 WHERE id = ?1", user->user, seq);
	take_everything(people, user->user, seq);
	return 0;
}

/* ---- links ---- */

static void tidy_links(struct people *people, uint64_t user)
{
	sqlite3_stmt *expired = db_use(people->db, "DELETE FROM links WHERE expires_us < ?1");
	sqlite3_stmt *surplus =
		db_use(people->db,
		       "DELETE FROM links WHERE hash IN (SELECT hash FROM links WHERE user = ?1 "
		       "AND used_seq IS NULL ORDER BY expires_us DESC LIMIT -1 OFFSET ?2)");

	db_bind_int(expired, 1, clock_real_us());
	db_run(people->db, expired);
	db_bind_int(surplus, 1, user);
	db_bind_int(surplus, 2, ENROLL_LINKS_MAX - 1);
	db_run(people->db, surplus);
}

int enroll_add_link(struct people *people, const struct who *user, struct log_waiter *waiter,
		    uint8_t ret_secret[ENROLL_SECRET_SIZE], uint64_t *ret_expires_us)
{
	struct journal_draft draft;
	uint8_t hash[crypto_hash_sha256_BYTES];
	uint64_t seq, expires_us = clock_real_us() + ENROLL_LINK_LIFE_S * UINT64_C(1000000);

	journal_draft(&draft, ENTRY_GRANT_CREATE, user->user);
	entry_add_text(&draft.entry, ENTRY_REASON, "link");
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(user->role));
	entry_add_number(&draft.entry, ENTRY_GRANT, user->right_seq);
	entry_add_number(&draft.entry, ENTRY_UNTIL, expires_us);
	entry_add_tracks(&draft.entry, ENTRY_TRACK_VIDEO | ENTRY_TRACK_MICROPHONE);
	journal_text(&draft, "acct", user->user_name);
	int rc = journal_add(people->journal, &draft, waiter, &seq);

	if (rc < 0)
		return rc;
	tidy_links(people, user->user);
	randombytes_buf(ret_secret, ENROLL_SECRET_SIZE);
	crypto_hash_sha256(hash, ret_secret, ENROLL_SECRET_SIZE);
	sqlite3_stmt *add =
		db_use(people->db, "INSERT INTO links (hash, user, expires_us, log_seq) "
				   "VALUES (?1, ?2, ?3, ?4)");

	db_bind_blob(add, 1, hash, sizeof(hash));
	db_bind_int(add, 2, user->user);
	db_bind_int(add, 3, expires_us);
	db_bind_int(add, 4, seq);
	db_run(people->db, add);
	*ret_expires_us = expires_us;
	return 0;
}

/* ---- devices ---- */

static int find_link(struct people *people, const uint8_t hash[crypto_hash_sha256_BYTES],
		     char ret_user[NAME_SIZE])
{
	sqlite3_stmt *find =
		db_use(people->db, "SELECT u.name FROM links l JOIN users u ON u.id = l.user "
				   "WHERE l.hash = ?1 AND l.used_seq IS NULL AND l.expires_us > ?2 "
				   "AND u.removed_seq IS NULL");

	db_bind_blob(find, 1, hash, crypto_hash_sha256_BYTES);
	db_bind_int(find, 2, clock_real_us());
	bool found = db_step(people->db, find);

	if (found)
		db_copy_text(find, 0, ret_user, NAME_SIZE);
	sqlite3_reset(find);
	return found ? 0 : -ENOENT;
}

static bool key_is_known(struct people *people, const uint8_t *key)
{
	sqlite3_stmt *find = db_use(people->db, "SELECT count(*) FROM devices WHERE key = ?1 "
						"AND removed_seq IS NULL");

	db_bind_blob(find, 1, key, 32);
	return db_number(people->db, find) != 0;
}

static void use_link(struct people *people, const uint8_t hash[crypto_hash_sha256_BYTES],
		     uint64_t seq)
{
	sqlite3_stmt *use = db_use(people->db, "UPDATE links SET used_seq = ?2 WHERE hash = ?1");

	db_bind_blob(use, 1, hash, crypto_hash_sha256_BYTES);
	db_bind_int(use, 2, seq);
	db_run(people->db, use);
}

static void insert_device(struct people *people, const struct who *who,
			  const struct enroll_device *device, uint64_t seq)
{
	sqlite3_stmt *add =
		db_use(people->db, "INSERT INTO devices (id, user, key, name, added_us, "
				   "log_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

	db_bind_blob(add, 1, who->device, PEOPLE_DEVICE_SIZE);
	db_bind_int(add, 2, who->user);
	db_bind_blob(add, 3, device->key, 32);
	db_bind_text(add, 4, device->name);
	db_bind_int(add, 5, clock_real_us());
	db_bind_int(add, 6, seq);
	db_run(people->db, add);
}

int enroll_add_device(struct people *people, const struct enroll_device *device,
		      struct log_waiter *waiter, uint8_t ret_device[PEOPLE_DEVICE_SIZE])
{
	struct journal_draft draft;
	uint8_t hash[crypto_hash_sha256_BYTES];
	char name[NAME_SIZE], key_hex[2 * 32 + 1];
	struct text key;
	struct who who;
	uint64_t seq;

	crypto_hash_sha256(hash, device->secret, ENROLL_SECRET_SIZE);
	if (find_link(people, hash, name) < 0 || people_find_user(people, name, &who) < 0)
		return -ENOENT;
	if (key_is_known(people, device->key))
		return -EEXIST;
	if (people_device_count(people, who.user) >= PEOPLE_DEVICES_MAX)
		return -EMSGSIZE;
	journal_draft(&draft, ENTRY_DEVICE_ADD, who.user);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(who.role));
	entry_add_number(&draft.entry, ENTRY_GRANT, who.right_seq);
	journal_text(&draft, "acct", who.user_name);
	journal_text(&draft, "device", device->name);
	text_init(&key, key_hex, sizeof(key_hex));
	text_add_hex(&key, device->key, 32);
	journal_text(&draft, "key", key_hex);
	int rc = journal_add(people->journal, &draft, waiter, &seq);

	if (rc < 0)
		return rc;
	use_link(people, hash, seq);
	randombytes_buf(who.device, PEOPLE_DEVICE_SIZE);
	insert_device(people, &who, device, seq);
	memcpy(ret_device, who.device, PEOPLE_DEVICE_SIZE);
	return 0;
}
