#include "vault/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "vault/head.h"
#include "vault/log/room.h"

enum {
	PLAIN_MAX = COMMITMENT_SALT_SIZE + COMMITMENT_VALUE_MAX,
	SEAL_OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
};

/* ---- sealing ---- */

static bool person_key(struct journal *journal, uint64_t person,
		       uint8_t ret_key[crypto_secretbox_KEYBYTES])
{
	sqlite3_stmt *find = db_use(journal->db, "SELECT key FROM person_keys WHERE person = ?1");

	db_bind_int(find, 1, person);
	bool found = db_step(journal->db, find) &&
		     db_copy_blob(find, 0, ret_key, crypto_secretbox_KEYBYTES);

	sqlite3_reset(find);
	return found;
}

void journal_add_person(struct journal *journal, uint64_t person)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	sqlite3_stmt *add =
		db_use(journal->db, "INSERT OR IGNORE INTO person_keys VALUES (?1, ?2)");

	db_begin(journal->db);
	crypto_secretbox_keygen(key);
	db_bind_int(add, 1, person);
	db_bind_blob(add, 2, key, sizeof(key));
	db_run(journal->db, add);
	sodium_memzero(key, sizeof(key));
}

static void seal_opening(struct journal *journal, uint64_t seq, uint64_t person,
			 const struct journal_opening *opening)
{
	uint8_t key[crypto_secretbox_KEYBYTES], plain[PLAIN_MAX], sealed[PLAIN_MAX + SEAL_OVERHEAD];
	size_t size = COMMITMENT_SALT_SIZE + opening->size;
	sqlite3_stmt *add = db_use(journal->db, "INSERT INTO openings VALUES (?1, ?2, ?3, ?4)");

	/* Somebody already forgotten: the commitment stays closed for ever, as it should. */
	if (!person_key(journal, person, key))
		return;
	memcpy(plain, opening->opening.salt, COMMITMENT_SALT_SIZE);
	memcpy(plain + COMMITMENT_SALT_SIZE, opening->value, opening->size);
	randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, plain, size, sealed, key);
	sodium_memzero(key, sizeof(key));
	db_bind_int(add, 1, seq);
	db_bind_text(add, 2, opening->opening.name);
	db_bind_int(add, 3, person);
	db_bind_blob(add, 4, sealed, size + SEAL_OVERHEAD);
	db_run(journal->db, add);
}

int journal_unseal(struct journal *journal, uint64_t person, const void *sealed, size_t sealed_size,
		   struct journal_opening *ret_opening)
{
	uint8_t key[crypto_secretbox_KEYBYTES], plain[PLAIN_MAX];
	const uint8_t *nonce = sealed;

	if (sealed_size < SEAL_OVERHEAD + COMMITMENT_SALT_SIZE ||
	    sealed_size > PLAIN_MAX + SEAL_OVERHEAD || !person_key(journal, person, key))
		return -ENOENT;
	int rc = crypto_secretbox_open_easy(plain, nonce + crypto_secretbox_NONCEBYTES,
					    sealed_size - crypto_secretbox_NONCEBYTES, nonce, key);

	sodium_memzero(key, sizeof(key));
	if (rc != 0)
		return -ENOENT;
	ret_opening->size = sealed_size - SEAL_OVERHEAD - COMMITMENT_SALT_SIZE;
	memcpy(ret_opening->opening.salt, plain, COMMITMENT_SALT_SIZE);
	memcpy(ret_opening->value, plain + COMMITMENT_SALT_SIZE, ret_opening->size);
	return 0;
}

/* ---- drafting and adding ---- */

void journal_draft(struct journal_draft *draft, enum entry_kind kind, uint64_t person)
{
	entry_init(&draft->entry, kind);
	draft->person = person;
	draft->count = 0;
}

void journal_value(struct journal_draft *draft, const char *name, const void *value, size_t size)
{
	assert(draft->count < JOURNAL_VALUES_MAX && size <= COMMITMENT_VALUE_MAX);
	struct journal_opening *opening = &draft->openings[draft->count++];

	memcpy(opening->value, value, size);
	opening->size = size;
	log_commit_value(&draft->entry, name, value, size, &opening->opening);
}

void journal_text(struct journal_draft *draft, const char *name, const char *value)
{
	journal_value(draft, name, value, strlen(value));
}

static void become_stopped(struct journal *journal, const char *why)
{
	if (journal->why[0])
		return;
	text_copy(journal->why, sizeof(journal->why), why && *why ? why : "the log stopped");
	diag_error("the log has stopped, nothing will be shown: %s", journal->why);
	journal->tells_stopped = true;
	/* The listener hears of it in a turn of its own, whoever found out. */
	loop_timer_start(journal->loop, &journal->publish, 0);
}

int journal_add(struct journal *journal, struct journal_draft *draft, struct log_waiter *waiter,
		uint64_t *ret_seq)
{
	uint64_t seq;

	if (journal->why[0])
		return -EIO;
	int rc = log_append(journal->log, &draft->entry, waiter, &seq);

	if (rc == -EINVAL)
		fatal("a %s entry was not whole", entry_kind_name(draft->entry.kind));
	if (rc < 0)
		return rc;
	journal->staged++;
	if (draft->entry.kind == ENTRY_VIEW_OPEN)
		journal->opens_view = true;
	db_begin(journal->db);
	for (unsigned i = 0; i < draft->count; i++)
		seal_opening(journal, seq, draft->person, &draft->openings[i]);
	*ret_seq = seq;
	return 0;
}

/* ---- committing ---- */

/* Signing waits a little, so that a burst of entries is signed once. */
static void plan_publishing(struct journal *journal, bool soon)
{
	uint64_t wait_ms = soon ? JOURNAL_PUBLISH_SOON_MS : JOURNAL_PUBLISH_MS;
	uint64_t now = loop_now_ns(journal->loop);
	uint64_t at = journal->published_ns + wait_ms * CLOCK_NS_PER_MS;

	if (at < now)
		at = now;
	if (!journal->publish.loop || at < journal->publish.at_ns)
		loop_timer_start(journal->loop, &journal->publish, at);
}

void journal_commit(struct journal *journal)
{
	bool soon = journal->opens_view;

	if (journal->why[0])
		return;
	/* Openings and rights first: an entry must never be durable without them. */
	if (db_commit(journal->db) < 0) {
		become_stopped(journal, db_failed(journal->db));
		return;
	}
	if (journal->staged == 0)
		return;
	journal->staged = 0;
	journal->opens_view = false;
	if (log_commit(journal->log) < 0) {
		become_stopped(journal, log_stopped(journal->log));
		return;
	}
	plan_publishing(journal, soon);
}

static void turn_ended(void *context)
{
	struct journal *journal = context;

	journal_commit(journal);
	/* Those who waited may have added entries: they make a batch of the next turn. */
	if (journal->staged && !journal->why[0])
		loop_timer_start(journal->loop, &journal->again, 0);
}

static void again_due(struct loop_timer *timer)
{
	(void)timer;
}

static void tell_published(struct journal *journal)
{
	uint64_t size = log_published_size(journal->log);

	journal->published_ns = clock_boot_ns();
	if (size > journal->published_size && journal->listener.published)
		journal->listener.published(journal->listener.context, size);
	if (size > journal->published_size) {
		struct log_floor head = log_head(journal->log);

		head_remember(journal->db, &head);
	}
	journal->published_size = size;
}

/* Said once each way: a disk that fills up must not do so in silence. */
static void tell_room(struct journal *journal)
{
	bool lacks_room = !log_has_room(journal->log);

	if (lacks_room == journal->lacks_room)
		return;
	journal->lacks_room = lacks_room;
	if (lacks_room)
		diag_warn("less than %d MB are free for the access log: nobody can begin to watch; "
			  "make room on the state directory's disk",
			  ROOM_FREE_MIN >> 20);
	else
		diag_info("the access log has room again");
}

/* One step in a turn, so that pictures never wait for all the syncs of a checkpoint. */
static void publish_step(struct journal *journal)
{
	int rc = log_publish_step(journal->log);

	if (rc < 0) {
		become_stopped(journal, log_stopped(journal->log));
		return;
	}
	if (rc > 0) {
		loop_timer_start(journal->loop, &journal->publish, 0);
		return;
	}
	tell_published(journal);
	tell_room(journal);
	if (log_durable_size(journal->log) > journal->published_size)
		plan_publishing(journal, false);
}

static void publish_due(struct loop_timer *timer)
{
	struct journal *journal = container_of(timer, struct journal, publish);

	if (!journal->why[0])
		publish_step(journal);
	if (journal->tells_stopped) {
		journal->tells_stopped = false;
		if (journal->listener.stopped)
			journal->listener.stopped(journal->listener.context, journal->why);
	}
}

static void heartbeat_due(struct loop_timer *timer)
{
	struct journal *journal = container_of(timer, struct journal, heartbeat);
	struct journal_draft draft;
	uint64_t seq;

	loop_timer_start(journal->loop, timer,
			 loop_now_ns(journal->loop) + JOURNAL_HEARTBEAT_MS * CLOCK_NS_PER_MS);
	journal_draft(&draft, ENTRY_HEARTBEAT, PERSON_HOUSE);
	if (journal_add(journal, &draft, NULL, &seq) == -EAGAIN)
		loop_timer_start(journal->loop, timer, loop_now_ns(journal->loop));
}

void journal_start(struct journal *journal, struct loop *loop, struct log *log, struct db *db,
		   const struct journal_listener *listener)
{
	*journal = (struct journal){.loop = loop, .log = log, .db = db, .listener = *listener};
	journal->heartbeat.due = heartbeat_due;
	journal->publish.due = publish_due;
	journal->again.due = again_due;
	journal_add_person(journal, PERSON_HOUSE);
	loop_at_turn_end(loop, turn_ended, journal);
	loop_timer_start(loop, &journal->heartbeat,
			 clock_boot_ns() + JOURNAL_HEARTBEAT_MS * CLOCK_NS_PER_MS);
}

void journal_stop(struct journal *journal)
{
	journal_commit(journal);
	journal_commit(journal); /* what the waiters of the first added */
	if (!journal->why[0] && log_publish(journal->log) == 0)
		tell_published(journal);
	if (db_commit(journal->db) < 0)
		diag_warn("%s", db_failed(journal->db));
	loop_timer_stop(&journal->heartbeat);
	loop_timer_stop(&journal->publish);
	loop_timer_stop(&journal->again);
}

const char *journal_stopped(const struct journal *journal)
{
	return journal->why[0] ? journal->why : NULL;
}

bool journal_has_room(const struct journal *journal)
{
	return !journal->why[0] && log_has_room(journal->log);
}

int journal_add_config(struct journal *journal, const char *what, struct log_waiter *waiter,
		       uint64_t *ret_seq)
{
	struct journal_draft draft;

	journal_draft(&draft, ENTRY_CONFIG, PERSON_HOUSE);
	journal_text(&draft, "what", what);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	return journal_add(journal, &draft, waiter, ret_seq);
}
