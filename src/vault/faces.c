#include "vault/faces.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "proto/log/ask.h"
#include "vault/words.h"

enum { SEALED_SIZE = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + sizeof(struct print) };

#define SECOND_US UINT64_C(1000000)

static struct db *db_of(const struct faces *faces)
{
	return faces->people->db;
}

static uint64_t now_us(const struct faces *faces)
{
	return faces->clock->real_us(faces->clock->context);
}

/* ---- rows ---- */

/* ?1 and, if it has one, ?2. */
static void run_with(struct faces *faces, const char *sql, uint64_t one, uint64_t two)
{
	sqlite3_stmt *statement = db_use(db_of(faces), sql);

	db_begin(db_of(faces));
	db_bind_int(statement, 1, one);
	db_bind_int(statement, 2, two);
	db_run(db_of(faces), statement);
}

static uint64_t last_row(struct faces *faces)
{
	return db_number(db_of(faces), db_use(db_of(faces), "SELECT last_insert_rowid()"));
}

static void add_print(struct faces *faces, uint64_t face, enum faces_kind kind,
		      const struct faces_seen *seen)
{
	sqlite3_stmt *add = db_use(db_of(faces), "INSERT INTO face_prints (face, kind, event, camera, "
						 "at_us, quality, sealed) VALUES "
						 "(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	uint8_t sealed[SEALED_SIZE];

	randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES,
			      (const uint8_t *)seen->print.numbers, sizeof(seen->print), sealed,
			      faces->key);
	db_begin(db_of(faces));
	db_bind_int(add, 1, face);
	db_bind_int(add, 2, kind);
	db_bind_int(add, 3, seen->event);
	db_bind_int(add, 4, seen->camera);
	db_bind_int(add, 5, seen->at_us);
	db_bind_int(add, 6, seen->quality);
	db_bind_blob(add, 7, sealed, sizeof(sealed));
	db_run(db_of(faces), add);
}

static uint64_t add_face(struct faces *faces, const char *name, const char *consent, uint64_t seq)
{
	sqlite3_stmt *add = db_use(db_of(faces), "INSERT INTO faces (name, consent, named_us, seen_us, "
						 "log_seq) VALUES (?1, ?2, ?3, ?4, ?5)");

	db_begin(db_of(faces));
	db_bind_text(add, 1, name);
	db_bind_text(add, 2, consent);
	db_bind_int(add, 3, name[0] ? now_us(faces) : 0);
	db_bind_int(add, 4, now_us(faces));
	db_bind_int(add, 5, seq);
	db_run(db_of(faces), add);
	return last_row(faces);
}

/* false: there is no such face. `ret_name` has NAME_SIZE bytes; empty: it has no name. */
static bool find_face(struct faces *faces, uint64_t face, char *ret_name)
{
	sqlite3_stmt *find = db_use(db_of(faces), "SELECT name FROM faces WHERE id = ?1");

	db_bind_int(find, 1, face);
	bool is_found = db_step(db_of(faces), find);

	if (is_found)
		db_copy_text(find, 0, ret_name, NAME_SIZE);
	sqlite3_reset(find);
	return is_found;
}

static uint64_t find_named(struct faces *faces, const char *name)
{
	sqlite3_stmt *find = db_use(db_of(faces), "SELECT id FROM faces WHERE name = ?1");

	db_bind_text(find, 1, name);
	return db_number(db_of(faces), find);
}

/* ---- what is compared with ---- */

static void forget_known(struct faces *faces)
{
	if (faces->known)
		sodium_memzero(faces->known, faces->count * sizeof(*faces->known));
	free(faces->known);
	faces->known = NULL;
	faces->count = 0;
}

static bool open_print(const struct faces *faces, sqlite3_stmt *row, int column,
		       struct print *ret_print)
{
	uint8_t sealed[SEALED_SIZE];

	return db_copy_blob(row, column, sealed, sizeof(sealed)) &&
	       crypto_secretbox_open_easy((uint8_t *)ret_print->numbers,
					  sealed + crypto_secretbox_NONCEBYTES,
					  sizeof(sealed) - crypto_secretbox_NONCEBYTES, sealed,
					  faces->key) == 0;
}

/* After every change. A row that does not open is no print: it was put there by somebody else. */
static int load(struct faces *faces)
{
	struct db *db = db_of(faces);
	size_t rows = db_number(
		db, db_use(db, "SELECT count(*) FROM face_prints WHERE kind IN (1, 2)"));
	sqlite3_stmt *list = db_use(
		db, "SELECT face, kind, sealed FROM face_prints WHERE kind IN (1, 2) ORDER BY id");

	forget_known(faces);
	if (rows == 0)
		return 0;
	faces->known = calloc(rows, sizeof(*faces->known));
	if (!faces->known)
		return -ENOMEM;
	while (faces->count < rows && db_step(db, list)) {
		struct print_known *known = &faces->known[faces->count];

		known->face = db_int(list, 0);
		known->kind = (enum print_kind)db_int(list, 1);
		faces->count += open_print(faces, list, 2, &known->print);
	}
	sqlite3_reset(list);
	return 0;
}

static void load_again(struct faces *faces)
{
	if (load(faces) < 0)
		fatal("out of memory");
}

uint64_t faces_find(const struct faces *faces, const struct print *print)
{
	return print_find(faces->known, faces->count, print);
}

/* ---- bounds ---- */

static void keep_best(struct faces *faces, uint64_t face, unsigned most)
{
	run_with(faces,
		 "DELETE FROM face_prints WHERE face = ?1 AND kind = 1 AND id NOT IN (SELECT id FROM "
		 "face_prints WHERE face = ?1 AND kind = 1 ORDER BY quality DESC, id DESC LIMIT ?2)",
		 face, most);
}

static void keep_newest_wrong(struct faces *faces, uint64_t face)
{
	run_with(faces,
		 "DELETE FROM face_prints WHERE face = ?1 AND kind = 2 AND id NOT IN (SELECT id FROM "
		 "face_prints WHERE face = ?1 AND kind = 2 ORDER BY id DESC LIMIT ?2)",
		 face, FACES_WRONG_MAX);
}

/* What nobody has named in time, and what is too much. */
static void tidy(struct faces *faces)
{
	uint64_t now = now_us(faces), age = FACES_UNKNOWN_S * SECOND_US;

	run_with(faces,
		 "DELETE FROM faces WHERE name = '' AND (seen_us < ?1 OR id NOT IN (SELECT id FROM faces "
		 "WHERE name = '' ORDER BY seen_us DESC, id DESC LIMIT ?2) OR NOT EXISTS (SELECT 1 FROM "
		 "face_prints WHERE face = faces.id AND kind = 1))",
		 now > age ? now - age : 0, FACES_UNKNOWN_MAX);
	run_with(faces,
		 "DELETE FROM face_prints WHERE face NOT IN (SELECT id FROM faces) OR (kind = 3 AND "
		 "(at_us < ?1 OR id NOT IN (SELECT id FROM face_prints WHERE kind = 3 ORDER BY id DESC "
		 "LIMIT ?2)))",
		 now > age ? now - age : 0, FACES_CLAIMS_MAX);
}

static void plan_tidy(struct faces *faces)
{
	loop_timer_start(faces->loop, &faces->tidy,
			 loop_now_ns(faces->loop) + FACES_TIDY_S * CLOCK_NS_PER_S);
}

static void tidy_due(struct loop_timer *timer)
{
	struct faces *faces = container_of(timer, struct faces, tidy);

	if (db_number(db_of(faces), db_use(db_of(faces), "SELECT count(*) FROM faces"))) {
		tidy(faces);
		load_again(faces);
	}
	plan_tidy(faces);
}

int faces_init(struct faces *faces, const struct faces *like, const uint8_t key[FACES_KEY_SIZE])
{
	*faces = *like;
	memcpy(faces->key, key, sizeof(faces->key));
	faces->tidy.due = tidy_due;
	plan_tidy(faces);
	return load(faces);
}

void faces_finish(struct faces *faces)
{
	loop_timer_stop(&faces->tidy);
	forget_known(faces);
	sodium_memzero(faces->key, sizeof(faces->key));
}

/* ---- meeting ---- */

uint64_t faces_meet(struct faces *faces, uint64_t face, const struct faces_seen *seen, size_t count)
{
	char name[NAME_SIZE];

	if (face && !find_face(faces, face, name))
		return 0;
	if (!face) {
		face = add_face(faces, "", "", 0);
		name[0] = '\0';
	}
	run_with(faces, "UPDATE faces SET seen_us = max(seen_us, ?2) WHERE id = ?1", face, seen->at_us);
	run_with(faces, "UPDATE events SET face = ?2 WHERE id = ?1", seen->event, face);
	for (size_t i = 0; i < count; i++)
		add_print(faces, face, name[0] ? FACES_CLAIM : FACES_OWN, &seen[i]);
	if (!name[0])
		keep_best(faces, face, FACES_GROUP_MAX);
	tidy(faces);
	load_again(faces);
	return face;
}

/* ---- changes ---- */

static void say_who(struct journal_draft *draft, const struct who *who)
{
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	if (who->via != WHO_DEVICE)
		return;
	entry_add_number(&draft->entry, ENTRY_GRANT, who->right_seq);
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, "device", who->device_name);
}

/* The log gets which kind of change it was, who made it, and a commitment to the rest. */
static int record(struct faces *faces, const struct faces_change *change, uint64_t face,
		  const char *reason, const char *what, uint64_t *ret_seq)
{
	struct journal *journal = faces->people->journal;
	struct journal_draft draft;

	journal_add_person(journal, FACES_PERSON + face);
	journal_draft(&draft, ENTRY_CONFIG, FACES_PERSON + face);
	entry_add_text(&draft.entry, ENTRY_REASON, reason);
	journal_text(&draft, "what", what);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	say_who(&draft, change->who);
	return journal_add(journal, &draft, change->waiter, ret_seq);
}

/* What is to be recorded of a naming. */
struct named {
	uint64_t face;
	const char *name, *consent, *how;
};

/* What a camera saw and what somebody sent in are told apart for good. */
static int record_named(struct faces *faces, const struct faces_change *change,
			const struct named *named, uint64_t *ret_seq)
{
	char what[4 * NAME_SIZE];

	if (named->consent[0])
		snprintf(what, sizeof(what), "faces: %s is known by %s, as consented by %s", named->name,
			 named->how, named->consent);
	else
		snprintf(what, sizeof(what), "faces: %s is known by more: %s", named->name, named->how);
	return record(faces, change, named->face, "face-named", what, ret_seq);
}

/* May the name be given? `known` has it already, or is 0. */
static int check_name(struct faces *faces, const char *name, const char *consent, uint64_t known)
{
	if (!ask_name_is_valid(name))
		return -EINVAL;
	if (known)
		return 0;
	if (!ask_name_is_valid(consent))
		return -EINVAL;
	sqlite3_stmt *count =
		db_use(db_of(faces), "SELECT count(*) FROM faces WHERE name != ''");

	return db_number(db_of(faces), count) < FACES_KNOWN_MAX ? 0 : -EMSGSIZE;
}

static void give_name(struct faces *faces, uint64_t face, const char *name, const char *consent,
		      uint64_t seq)
{
	sqlite3_stmt *set = db_use(db_of(faces), "UPDATE faces SET name = ?2, consent = ?3, "
						 "named_us = ?4, log_seq = ?5 WHERE id = ?1");

	db_begin(db_of(faces));
	db_bind_int(set, 1, face);
	db_bind_text(set, 2, name);
	db_bind_text(set, 3, consent);
	db_bind_int(set, 4, now_us(faces));
	db_bind_int(set, 5, seq);
	db_run(db_of(faces), set);
}

/* All of one face is the other's from now on. */
static void join(struct faces *faces, uint64_t face, uint64_t into)
{
	run_with(faces, "UPDATE face_prints SET face = ?2 WHERE face = ?1", face, into);
	run_with(faces, "UPDATE events SET face = ?2 WHERE face = ?1", face, into);
	run_with(faces, "DELETE FROM person_keys WHERE person = ?1", FACES_PERSON + face, 0);
	run_with(faces, "DELETE FROM faces WHERE id = ?1", face, 0);
	keep_best(faces, into, FACES_OWN_MAX);
	keep_newest_wrong(faces, into);
}

int faces_name(struct faces *faces, const struct faces_change *change, uint64_t face,
	       const char *name, const char *consent, uint64_t *ret_face)
{
	uint64_t known = find_named(faces, name), seq;
	char was[NAME_SIZE];

	if (!find_face(faces, face, was))
		return -ENOENT;
	/* A face that has a name keeps its place among the known ones. */
	int rc = check_name(faces, name, consent, known);

	if (rc == -EMSGSIZE && was[0])
		rc = 0;
	if (rc == 0)
		rc = record_named(faces, change,
				  &(struct named){known ? known : face, name, known ? "" : consent,
						  "what cameras saw"},
				  &seq);
	if (rc < 0)
		return rc;
	if (!known)
		give_name(faces, face, name, consent, seq);
	else if (known != face)
		join(faces, face, known);
	load_again(faces);
	*ret_face = known ? known : face;
	return 0;
}

int faces_add(struct faces *faces, const struct faces_change *change, const struct faces_seen *seen,
	      const char *name, const char *consent, uint64_t *ret_face)
{
	uint64_t face = find_named(faces, name), seq;
	bool is_known = face != 0;
	int rc = check_name(faces, name, consent, face);

	if (rc < 0)
		return rc;
	/* Its number is in the entry's key: it begins without a name. */
	if (!is_known)
		face = add_face(faces, "", "", 0);
	rc = record_named(faces, change,
			  &(struct named){face, name, is_known ? "" : consent,
					  "a picture that was sent in"},
			  &seq);
	if (rc < 0) {
		if (!is_known)
			run_with(faces, "DELETE FROM faces WHERE id = ?1", face, 0);
		return rc;
	}
	if (!is_known)
		give_name(faces, face, name, consent, seq);
	add_print(faces, face, FACES_OWN, seen);
	keep_best(faces, face, FACES_OWN_MAX);
	load_again(faces);
	*ret_face = face;
	return 0;
}

/* ---- corrections ---- */

static uint64_t face_of_event(struct faces *faces, uint32_t camera, uint64_t event)
{
	sqlite3_stmt *find =
		db_use(db_of(faces), "SELECT face FROM events WHERE id = ?1 AND camera = ?2");

	db_bind_int(find, 1, event);
	db_bind_int(find, 2, camera);
	return db_number(db_of(faces), find);
}

/* What was seen in the event becomes somebody else, who is unknown yet; 0: nothing is kept of it. */
static uint64_t part(struct faces *faces, uint64_t face, uint64_t event)
{
	sqlite3_stmt *count = db_use(db_of(faces), "SELECT count(*) FROM face_prints WHERE face = ?1 "
						   "AND event = ?2 AND kind != 2");
	sqlite3_stmt *copy = db_use(
		db_of(faces), "INSERT INTO face_prints (face, kind, event, camera, at_us, quality, sealed) "
			      "SELECT ?3, 1, event, camera, at_us, quality, sealed FROM face_prints "
			      "WHERE face = ?1 AND event = ?2 AND kind != 2");

	db_bind_int(count, 1, face);
	db_bind_int(count, 2, event);
	if (db_number(db_of(faces), count) == 0)
		return 0;
	uint64_t other = add_face(faces, "", "", 0);

	db_bind_int(copy, 1, face);
	db_bind_int(copy, 2, event);
	db_bind_int(copy, 3, other);
	db_run(db_of(faces), copy);
	keep_best(faces, other, FACES_GROUP_MAX);
	return other;
}

int faces_correct(struct faces *faces, const struct faces_change *change, uint32_t camera,
		  uint64_t event, uint64_t *ret_face)
{
	uint64_t face = face_of_event(faces, camera, event), seq;
	char name[NAME_SIZE], what[NAME_SIZE + 64];

	if (!face || !find_face(faces, face, name))
		return -ENOENT;
	snprintf(what, sizeof(what), "faces: event %" PRIu64 " was not %s", event,
		 name[0] ? name : "that unknown face");
	int rc = record(faces, change, face, "face-wrong", what, &seq);

	if (rc < 0)
		return rc;
	uint64_t other = part(faces, face, event);

	run_with(faces, "UPDATE face_prints SET kind = 2 WHERE face = ?1 AND event = ?2", face, event);
	run_with(faces, "UPDATE events SET face = ?2 WHERE id = ?1", event, other);
	keep_newest_wrong(faces, face);
	tidy(faces);
	load_again(faces);
	*ret_face = other;
	return 0;
}

int faces_erase(struct faces *faces, const struct faces_change *change, uint64_t face)
{
	struct journal *journal = faces->people->journal;
	struct journal_draft draft;
	char name[NAME_SIZE];
	uint64_t seq;

	if (!find_face(faces, face, name))
		return -ENOENT;
	/* Who asked is said; whom it was about is what is to be forgotten. */
	journal_draft(&draft, ENTRY_ERASE, change->who->user);
	entry_add_text(&draft.entry, ENTRY_REASON, "face");
	say_who(&draft, change->who);
	int rc = journal_add(journal, &draft, change->waiter, &seq);

	if (rc < 0)
		return rc;
	run_with(faces, "DELETE FROM face_prints WHERE face = ?1", face, 0);
	run_with(faces, "DELETE FROM person_keys WHERE person = ?1", FACES_PERSON + face, 0);
	run_with(faces, "UPDATE events SET face = 0 WHERE face = ?1", face, 0);
	run_with(faces, "DELETE FROM faces WHERE id = ?1", face, 0);
	db_ask_scrub(db_of(faces));
	load_again(faces);
	return 0;
}

/* ---- listing ---- */

static void read_newest(struct faces *faces, struct ipc_row_face *row)
{
	sqlite3_stmt *find = db_use(
		db_of(faces), "SELECT event, at_us, camera FROM face_prints WHERE face = ?1 AND kind != 2 "
			      "AND event != 0 ORDER BY at_us DESC LIMIT 1");

	db_bind_int(find, 1, row->id);
	if (db_step(db_of(faces), find)) {
		row->event = db_int(find, 0);
		row->event_us = db_int(find, 1);
		row->camera = (uint32_t)db_int(find, 2);
	}
	sqlite3_reset(find);
}

void faces_list(struct faces *faces, void (*found)(void *context, struct ipc_row_face *row),
		void *context)
{
	sqlite3_stmt *list = db_use(
		db_of(faces),
		"SELECT id, named_us, seen_us, log_seq, name, consent, "
		"(SELECT count(*) FROM face_prints WHERE face = faces.id AND kind = 1), "
		"(SELECT count(*) FROM face_prints WHERE face = faces.id AND kind = 2) "
		"FROM faces ORDER BY name = '', seen_us DESC, id DESC");

	while (db_step(db_of(faces), list)) {
		struct ipc_row_face row = {.id = db_int(list, 0),
					   .named_us = db_int(list, 1),
					   .seen_us = db_int(list, 2),
					   .log_seq = db_int(list, 3),
					   .prints = (uint32_t)db_int(list, 6),
					   .wrong = (uint32_t)db_int(list, 7)};

		db_copy_text(list, 4, row.name, sizeof(row.name));
		db_copy_text(list, 5, row.consent, sizeof(row.consent));
		read_newest(faces, &row);
		found(context, &row);
	}
}
