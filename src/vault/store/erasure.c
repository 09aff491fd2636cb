#include "vault/store/erasure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "vault/store/ledger.h"
#include "vault/store/store.h"

enum { NOTE_SIZE = 64 };

static const char note_format[] =
	"erase c%" PRIu32 " %" PRIu64; /* a key of `meta`; its value: seq */

/* ---- the note ---- */

static void write_note(struct store *store, const struct erasure *erasure, uint64_t seq)
{
	struct db *db = store->journal->db;
	sqlite3_stmt *insert = db_use(db, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)");
	char key[NOTE_SIZE], value[NOTE_SIZE];

	snprintf(key, sizeof(key), note_format, erasure->camera, erasure->epoch_us);
	snprintf(value, sizeof(value), "%" PRIu64, seq);
	db_begin(db);
	db_bind_text(insert, 1, key);
	db_bind_text(insert, 2, value);
	db_run(db, insert);
}

static void remove_note(struct store *store, const struct erasure *erasure)
{
	struct db *db = store->journal->db;
	sqlite3_stmt *delete = db_use(db, "DELETE FROM meta WHERE key = ?1");
	char key[NOTE_SIZE];

	snprintf(key, sizeof(key), note_format, erasure->camera, erasure->epoch_us);
	db_begin(db);
	db_bind_text(delete, 1, key);
	db_run(db, delete);
}

/* ---- the pack ---- */

static void remove_pack(struct erasure *erasure)
{
	struct store *store = erasure->store;
	char path[PACK_PATH_SIZE], directory[PACK_PATH_SIZE];

	thumb_cache_forget(&store->thumbs, erasure->camera, erasure->epoch_us);
	pack_path(erasure->camera, erasure->epoch_us, path);
	snprintf(directory, sizeof(directory), "c%" PRIu32, erasure->camera);
	int rc = store->disk->unlink(store->disk, path);

	if (rc == 0)
		rc = store->disk->sync_directory(store->disk, directory);
	if (rc == 0 || rc == -ENOENT)
		remove_note(store, erasure);
	else /* the note stays: the next start tries again */
		diag_warn("cannot remove the recording %s (error %d); its key is destroyed", path,
			  -rc);
	erasure->store = NULL;
}

static void entry_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct erasure *erasure = container_of(waiter, struct erasure, waiter);

	if (receipt)
		remove_pack(erasure);
	erasure->store = NULL;
}

/* ---- begin ---- */

static struct erasure *free_erasure(struct store *store)
{
	for (unsigned i = 0; i < ERASURES_MAX; i++)
		if (!store->erasures[i].store)
			return &store->erasures[i];
	return NULL;
}

static int record(struct store *store, struct erasure *erasure, const char *reason)
{
	struct journal_draft draft;
	char id[CAMERAS_ID_SIZE];
	uint64_t seq;

	snprintf(id, sizeof(id), "c%" PRIu32, erasure->camera);
	journal_draft(&draft, ENTRY_ERASE, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, id);
	entry_add_text(&draft.entry, ENTRY_REASON, reason);
	entry_add_pair(&draft.entry, ENTRY_SPAN, erasure->epoch_us,
		       erasure->epoch_us + EPOCH_LENGTH_US);
	int rc = journal_add(store->journal, &draft, &erasure->waiter, &seq);

	if (rc == 0)
		write_note(store, erasure, seq);
	return rc;
}

/* Not counted as erased before its entry is at least in the batch. */
static int begin(struct store *store, const struct erasure *what, const char *reason)
{
	struct erasure *erasure = free_erasure(store);

	if (!erasure)
		return -EAGAIN;
	*erasure = *what;
	erasure->waiter.settled = entry_settled;
	int rc = record(store, erasure, reason);

	if (rc == 0)
		erasure->store = store;
	return rc;
}

int erasure_begin(struct store *store, uint32_t camera, uint64_t epoch_us, const char *reason)
{
	int rc = begin(store, &(struct erasure){.camera = camera, .epoch_us = epoch_us}, reason);

	if (rc < 0)
		return rc;
	ledger_forget(store->journal->db, camera, epoch_us);
	store->is_unclean = true;
	return 0;
}

/* ---- after a crash ---- */

void erasure_resume(struct store *store)
{
	struct db *db = store->journal->db;
	sqlite3_stmt *select =
		db_use(db, "SELECT key, value FROM meta WHERE key LIKE 'erase %' LIMIT 64");
	struct {
		struct erasure erasure;
		uint64_t seq;
	} found[ERASURES_MAX];
	unsigned count = 0;

	while (count < ERASURES_MAX && db_step(db, select)) {
		char key[NOTE_SIZE];
		struct erasure *erasure = &found[count].erasure;

		*erasure = (struct erasure){0};
		db_copy_text(select, 0, key, sizeof(key));
		found[count].seq = db_int(select, 1);
		count += sscanf(key, note_format, &erasure->camera, &erasure->epoch_us) == 2;
	}
	sqlite3_reset(select);
	for (unsigned i = 0; i < count; i++) {
		struct erasure *erasure = &found[i].erasure;

		/* The key is gone, but the log does not know: it must. */
		if (found[i].seq >= log_durable_size(store->journal->log)) {
			(void)(begin(store, erasure, "resumed") == 0);
			continue;
		}
		erasure->store = store;
		remove_pack(erasure);
	}
}

void erasure_finish(struct store *store)
{
	for (unsigned i = 0; i < ERASURES_MAX; i++) {
		struct erasure *erasure = &store->erasures[i];

		if (erasure->store)
			log_waiter_cancel(store->journal->log, &erasure->waiter);
		erasure->store = NULL;
	}
}
