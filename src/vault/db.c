#include "vault/db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/text.h"
#include "vault/db_memory.h"

/* What makes each version out of the one before: schema/, as built in. */
static const char *const migrations[] = {
#include "schema.inc"
};
_Static_assert(ARRAY_COUNT(migrations) == DB_VERSION, "one file in schema/ for each version");

struct db {
	sqlite3 *connection;
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} cache[DB_STATEMENTS_MAX];
	unsigned cached;
	bool in_transaction;
	bool failed;
	bool is_reader; /* whoever reads says what is wrong */
	bool is_unclean;
	bool is_ours; /* opened, and of this version */
	char why[DB_WHY_MAX];
};

static void note_failure(struct db *db, const char *doing, const char *what)
{
	if (db->failed)
		return;
	db->failed = true;
	snprintf(db->why, sizeof(db->why), "the database cannot %s: %s", doing, what);
	if (!db->is_reader)
		diag_error("%s", db->why);
}

static bool execute(struct db *db, const char *sql)
{
	return sqlite3_exec(db->connection, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* One connection and an exclusive lock: no shared memory file, no second writer. */
static bool set_up(struct db *db)
{
	return execute(db, "PRAGMA locking_mode=EXCLUSIVE") &&
	       execute(db, "PRAGMA journal_mode=WAL") && execute(db, "PRAGMA synchronous=FULL") &&
	       execute(db, "PRAGMA secure_delete=ON") && execute(db, "PRAGMA temp_store=MEMORY") &&
	       execute(db, "PRAGMA trusted_schema=OFF") && execute(db, "PRAGMA cache_size=-1024");
}

static int migrate(struct db *db)
{
	sqlite3_stmt *statement = db_use(db, "PRAGMA user_version");
	uint64_t version = db_number(db, statement);
	char set_version[64];

	if (db->failed)
		return -EIO;
	if (version == DB_VERSION)
		return 0;
	if (version > DB_VERSION)
		return -ENOTSUP;
	if (!execute(db, "BEGIN IMMEDIATE"))
		return -EIO;
	for (; version < DB_VERSION; version++)
		if (!execute(db, migrations[version]))
			return -EIO;
	snprintf(set_version, sizeof(set_version), "PRAGMA user_version=%d", DB_VERSION);
	return execute(db, set_version) && execute(db, "COMMIT") ? 0 : -EIO;
}

/* ---- what is erased ---- */

/* The header first and durably: with the header gone the whole file counts as empty, while frames
 * without those behind them would bring older pages back. */
static int fill_with_zeros(sqlite3_file *journal)
{
	enum { HEADER_SIZE = 32, CHUNK = 64 * 1024 };
	static const uint8_t zeros[CHUNK];
	const sqlite3_io_methods *io = journal->pMethods;
	sqlite3_int64 size = 0, at = HEADER_SIZE;
	int error = io ? io->xFileSize(journal, &size) : SQLITE_OK;

	if (error != SQLITE_OK || size <= HEADER_SIZE)
		return error;
	error = io->xWrite(journal, zeros, HEADER_SIZE, 0);
	if (error == SQLITE_OK)
		error = io->xSync(journal, SQLITE_SYNC_NORMAL);
	for (; error == SQLITE_OK && at < size; at += CHUNK)
		error = io->xWrite(journal, zeros, size - at < CHUNK ? (int)(size - at) : CHUNK,
				   at);
	return error == SQLITE_OK ? io->xSync(journal, SQLITE_SYNC_NORMAL) : error;
}

static int bring_home(struct db *db, int mode)
{
	return sqlite3_wal_checkpoint_v2(db->connection, "main", mode, NULL, NULL);
}

bool db_scrub(struct db *db)
{
	sqlite3_file *journal = NULL;

	if (db->failed || !db->is_ours || db->in_transaction)
		return false;
	int error = bring_home(db, SQLITE_CHECKPOINT_FULL);

	if (error == SQLITE_LOCKED || error == SQLITE_BUSY) /* somebody is in the middle of rows */
		return false;
	if (error == SQLITE_OK)
		error = sqlite3_file_control(db->connection, "main", SQLITE_FCNTL_JOURNAL_POINTER,
					     &journal);
	if (error == SQLITE_OK)
		error = fill_with_zeros(journal);
	if (error == SQLITE_OK)
		error = bring_home(db, SQLITE_CHECKPOINT_TRUNCATE);
	if (error != SQLITE_OK)
		note_failure(db, "be cleaned", sqlite3_errstr(error));
	return !db->failed;
}

int db_open(const char *path, struct db **ret_db, char *ret_why)
{
	AUTO(db) db = calloc(1, sizeof(*db));

	if (!db)
		return -ENOMEM;

	mode_t mask = umask(077);

	db_memory_use();
	int error = sqlite3_open_v2(path, &db->connection,
				    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
				    NULL);
	int rc = error == SQLITE_OK && set_up(db) ? migrate(db) : -EIO;

	umask(mask);
	if (rc == -ENOTSUP)
		snprintf(ret_why, DB_WHY_MAX, "%s was written by a newer Ward; install that one",
			 path);
	else if (rc < 0)
		snprintf(ret_why, DB_WHY_MAX, "cannot open the database %s: %s", path,
			 sqlite3_errmsg(db->connection));
	if (rc < 0)
		return rc;
	db->is_ours = true;
	/* Also for what a failed sync left in the kernel's memory only: it is written again. */
	if (!db_scrub(db)) {
		snprintf(ret_why, DB_WHY_MAX, "%s", db->why);
		return -EIO;
	}
	*ret_db = take(db);
	return 0;
}

/* What every question of a reader needs is there; found out here, since later it would be fatal. */
static int check_reader(struct db *db, const char *path, char *ret_why)
{
	uint64_t version = db_number(db, db_use(db, "PRAGMA user_version"));
	bool is_ours = execute(db, "SELECT 1 FROM meta; SELECT 1 FROM epochs LIMIT 1");

	if (db->failed || (!is_ours && version == DB_VERSION)) {
		snprintf(ret_why, DB_WHY_MAX, "the database %s cannot be read: %s", path,
			 sqlite3_errmsg(db->connection));
		return -EIO;
	}
	if (version == DB_VERSION)
		return 0;
	snprintf(ret_why, DB_WHY_MAX, "%s is of another version of Ward (%" PRIu64 ", not %d)",
		 path, version, DB_VERSION);
	return -ENOTSUP;
}

int db_open_reader(const char *path, const char *vfs, struct db **ret_db, char *ret_why)
{
	AUTO(db) db = calloc(1, sizeof(*db));

	if (!db)
		return -ENOMEM;
	db->is_reader = true;
	int error = sqlite3_open_v2(
		path, &db->connection,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);

	if (error != SQLITE_OK || !execute(db, "PRAGMA locking_mode=EXCLUSIVE") ||
	    !execute(db, "PRAGMA trusted_schema=OFF")) {
		snprintf(ret_why, DB_WHY_MAX, "the database %s cannot be opened: %s", path,
			 sqlite3_errmsg(db->connection));
		return -EIO;
	}
	int rc = check_reader(db, path, ret_why);

	if (rc == 0)
		*ret_db = take(db);
	return rc;
}

void db_destroy(struct db *db)
{
	if (!db)
		return;
	(void)db_scrub(db);
	for (unsigned i = 0; i < db->cached; i++)
		sqlite3_finalize(db->cache[i].statement);
	sqlite3_close(db->connection);
	free(db);
}

static void forget_from(struct db *db, const char *sql, uint64_t log_size)
{
	sqlite3_stmt *statement = db_use(db, sql);

	db_bind_int(statement, 1, log_size);
	db_run(db, statement);
}

static bool is_of_log(struct db *db, const char *origin)
{
	sqlite3_stmt *find =
		db_use(db, "SELECT count(*) FROM meta WHERE key = 'origin' AND value = ?1");

	db_bind_text(find, 1, origin);
	return db_number(db, find) != 0;
}

static void belong_to_log(struct db *db, const char *origin)
{
	sqlite3_stmt *set = db_use(db, "INSERT OR REPLACE INTO meta VALUES ('origin', ?1)");

	db_bind_text(set, 1, origin);
	db_run(db, set);
}

int db_reconcile(struct db *db, const char *origin, uint64_t log_size)
{
	static const char *const statements[] = {
		("DELETE FROM blocks WHERE camera IN (SELECT id FROM cameras) "
		 "AND log_seq >= max(?1, 1)"),
		"DELETE FROM spoken WHERE log_seq >= max(?1, 1)",
		"DELETE FROM clips WHERE log_seq >= max(?1, 1)",
		"DELETE FROM recipients WHERE log_seq >= max(?1, 1)",
		"DELETE FROM custody WHERE log_seq >= max(?1, 1)",
		"DELETE FROM zones WHERE log_seq >= max(?1, 1)",
		"DELETE FROM cameras WHERE log_seq >= ?1",
		"DELETE FROM user_cameras WHERE user IN (SELECT id FROM users WHERE log_seq >= ?1)",
		"DELETE FROM person_keys WHERE person IN (SELECT id FROM users WHERE log_seq >= ?1)",
		"DELETE FROM users WHERE log_seq >= ?1",
		"DELETE FROM devices WHERE log_seq >= ?1",
		"DELETE FROM links WHERE log_seq >= ?1",
		("DELETE FROM token_cameras WHERE token IN "
		 "(SELECT id FROM tokens WHERE log_seq >= ?1)"),
		"DELETE FROM tokens WHERE log_seq >= ?1",
		"DELETE FROM sessions WHERE log_seq >= ?1",
		"DELETE FROM openings WHERE log_seq >= ?1",
		("DELETE FROM person_keys WHERE person IN "
		 "(SELECT id + 1099511627776 FROM faces WHERE log_seq >= max(?1, 1))"),
		("UPDATE faces SET name = '', consent = '', named_us = 0, log_seq = 0 "
		 "WHERE log_seq >= max(?1, 1)"),
		"UPDATE users SET removed_seq = NULL WHERE removed_seq >= ?1",
		"UPDATE devices SET removed_seq = NULL WHERE removed_seq >= ?1",
		"UPDATE tokens SET removed_seq = NULL WHERE removed_seq >= ?1",
		"UPDATE clips SET removed_seq = NULL WHERE removed_seq >= max(?1, 1)",
		"UPDATE recipients SET removed_seq = NULL WHERE removed_seq >= max(?1, 1)",
		"UPDATE links SET used_seq = NULL WHERE used_seq >= ?1",
	};

	db_begin(db);
	if (!is_of_log(db, origin)) {
		/* Recordings are nobody's right: they stay, as of an older log. */
		db_run(db, db_use(db, "UPDATE OR IGNORE blocks SET log_seq = 0"));
		db_run(db, db_use(db, "UPDATE spoken SET log_seq = 0, talk_seq = 0"));
		db_run(db, db_use(db, "UPDATE clips SET log_seq = 0"));
		db_run(db, db_use(db, "UPDATE faces SET log_seq = 0"));
		db_run(db, db_use(db, "UPDATE recipients SET log_seq = 0"));
		db_run(db, db_use(db, "DELETE FROM recipients WHERE removed_seq IS NOT NULL"));
		db_run(db, db_use(db, "UPDATE custody SET log_seq = 0"));
		db_run(db, db_use(db, "UPDATE zones SET log_seq = 0"));
		db_run(db, db_use(db, "DELETE FROM clips WHERE removed_seq IS NOT NULL"));
		log_size = 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
		forget_from(db, statements[i], log_size);
	belong_to_log(db, origin);
	return db_commit(db);
}

void db_begin(struct db *db)
{
	if (db->in_transaction || db->failed)
		return;
	db_run(db, db_use(db, "BEGIN IMMEDIATE"));
	db->in_transaction = !db->failed;
}

int db_commit(struct db *db)
{
	if (db->in_transaction && !db->failed)
		db_run(db, db_use(db, "COMMIT"));
	db->in_transaction = false;
	if (db->is_unclean)
		db->is_unclean = !db_scrub(db);
	return db->failed ? -EIO : 0;
}

void db_ask_scrub(struct db *db)
{
	db->is_unclean = true;
}

const char *db_failed(const struct db *db)
{
	return db->failed ? db->why : NULL;
}

sqlite3_stmt *db_use(struct db *db, const char *sql)
{
	for (unsigned i = 0; i < db->cached; i++) {
		if (db->cache[i].sql != sql)
			continue;
		sqlite3_reset(db->cache[i].statement);
		sqlite3_clear_bindings(db->cache[i].statement);
		return db->cache[i].statement;
	}
	if (db->cached == DB_STATEMENTS_MAX)
		fatal("too many kinds of database statements");

	sqlite3_stmt *statement;

	if (sqlite3_prepare_v3(db->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
			       NULL) != SQLITE_OK)
		fatal("database: %s in: %s", sqlite3_errmsg(db->connection), sql);
	db->cache[db->cached].sql = sql;
	db->cache[db->cached++].statement = statement;
	return statement;
}

bool db_step(struct db *db, sqlite3_stmt *statement)
{
	if (db->failed)
		return false;
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		sqlite3_reset(statement);
		return false;
	default:
		note_failure(db, "go on", sqlite3_errmsg(db->connection));
		sqlite3_reset(statement);
		return false;
	}
}

void db_run(struct db *db, sqlite3_stmt *statement)
{
	while (db_step(db, statement))
		;
}

void db_bind_int(sqlite3_stmt *statement, int index, uint64_t value)
{
	sqlite3_bind_int64(statement, index, (sqlite3_int64)value);
}

void db_bind_text(sqlite3_stmt *statement, int index, const char *value)
{
	sqlite3_bind_text(statement, index, value, -1, SQLITE_TRANSIENT);
}

void db_bind_blob(sqlite3_stmt *statement, int index, const void *value, size_t size)
{
	sqlite3_bind_blob(statement, index, value, (int)size, SQLITE_TRANSIENT);
}

uint64_t db_int(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}

void db_copy_text(sqlite3_stmt *statement, int column, char *ret_text, size_t size)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	text_copy(ret_text, size, text ? (const char *)text : "");
}

bool db_copy_blob(sqlite3_stmt *statement, int column, void *ret_data, size_t size)
{
	const void *data = sqlite3_column_blob(statement, column);

	if (!data || (size_t)sqlite3_column_bytes(statement, column) != size)
		return false;
	memcpy(ret_data, data, size);
	return true;
}

uint64_t db_number(struct db *db, sqlite3_stmt *statement)
{
	uint64_t value = db_step(db, statement) ? db_int(statement, 0) : 0;

	sqlite3_reset(statement);
	return value;
}
