/* The vault's database: one SQLite connection to vault.db, write-ahead journal, synchronous=FULL,
 * secure_delete. A batch of the loop's turn is one transaction. An error of SQLite is final: it is
 * kept, every later write is refused, and the journal stops the log. */
#ifndef VAULT_DB_H
#define VAULT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/attr.h"

enum { DB_VERSION = 10, DB_STATEMENTS_MAX = 256, DB_WHY_MAX = 256 };

struct db;

/* Opens or makes the database at `path` (0600). A database of a newer Ward is -ENOTSUP. On failure
 * `ret_why` (DB_WHY_MAX bytes) is a sentence for the owner. */
NODISCARD int db_open(const char *path, struct db **ret_db, char *ret_why);
/* The same to read only, through the SQLite file system named `vfs`: takes no lock and makes
 * nothing (glance.h). A database of an older Ward is -ENOTSUP as well. */
NODISCARD int db_open_reader(const char *path, const char *vfs, struct db **ret_db, char *ret_why);
void db_destroy(struct db *db);
AUTO_DEFINE(db)

/* Drops rows of entries at or above `log_size`, and restores what such entries had taken back: the
 * log does not have them, so they never happened. If the database belongs to another log than
 * `origin` (the owner began a new epoch), everything goes: rights must be given anew, in that log;
 * recordings stay.
 * 0 or -EIO. */
NODISCARD int db_reconcile(struct db *db, const char *origin, uint64_t log_size);

/* Starts the batch's transaction unless it runs. */
void db_begin(struct db *db);
/* Commits it, if one runs: 0, or -EIO, and then nothing may be acknowledged ever again. */
NODISCARD int db_commit(struct db *db);
/* Overwrites what was deleted or changed: brings the write-ahead file's pages home, fills it with
 * zeros and cuts it off, so that the bytes of an erased key are in neither file. Also at every open
 * and close. A few syncs. False: not done, since a batch or a query runs, or the database failed.
 */
bool db_scrub(struct db *db);
/* The same, behind the next batch. */
void db_ask_scrub(struct db *db);
/* Why the database failed, or NULL. */
const char *db_failed(const struct db *db);

/* A prepared statement, reset and unbound, ready to bind. `sql` is a literal: its address is its
 * name in the cache. A statement that does not compile is our own fault and fatal. */
sqlite3_stmt *db_use(struct db *db, const char *sql);
/* true: a row; false: no (more) rows, or an error, which db_failed then tells. */
bool db_step(struct db *db, sqlite3_stmt *statement);
/* For statements without rows. Resets the statement. */
void db_run(struct db *db, sqlite3_stmt *statement);

/* Binding and reading in the types that the vault uses. Borrowed until the statement's next use. */
void db_bind_int(sqlite3_stmt *statement, int index, uint64_t value);
void db_bind_text(sqlite3_stmt *statement, int index, const char *value);
void db_bind_blob(sqlite3_stmt *statement, int index, const void *value, size_t size);
uint64_t db_int(sqlite3_stmt *statement, int column);
/* Copies at most `size - 1` bytes and ends them with NUL. */
void db_copy_text(sqlite3_stmt *statement, int column, char *ret_text, size_t size);
/* True if the column holds exactly `size` bytes, which are copied. */
bool db_copy_blob(sqlite3_stmt *statement, int column, void *ret_data, size_t size);

/* The first column of the first row, or 0. Resets the statement. */
uint64_t db_number(struct db *db, sqlite3_stmt *statement);

#endif
