#include "sim/sim_store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim/sim_vfs.h"
#include "vault/store/pack.h"

enum { PICTURE_SIZE = 300, SOUND_SIZE = 60, GROUP_MS = 2000, STEPS = 4 };

/* ---- a process ---- */

void sim_store_init(struct sim_store *store, struct sim_disk *sim)
{
	memset(&store->promises, 0, sizeof(store->promises));
	store->sim = sim;
	reel_init(&store->reel, sim ? sim_disk_ops(sim) : NULL);
}

void sim_store_clone(const struct sim_store *from, struct sim_disk *sim,
		     struct sim_store *ret_store)
{
	sim_store_init(ret_store, sim);
	ret_store->reel.real_us = from->reel.real_us;
	ret_store->reel.boot_ns = from->reel.boot_ns;
	ret_store->promises = from->promises;
}

void sim_store_kill(struct sim_store *store)
{
	/* The database would tidy up: it does so on a copy that nobody looks at. */
	struct sim_disk *copy = sim_disk_clone(store->sim);

	if (store->reel.loop)
		reel_crash(&store->reel);
	sim_disk_destroy(store->sim);
	store->sim = copy;
	store->reel.backing = sim_disk_ops(copy);
}

void sim_store_finish(struct sim_store *store)
{
	sim_store_kill(store);
	sim_disk_destroy(store->sim);
}

bool sim_store_start(struct sim_store *store, char why[SIM_STORE_WHY_MAX])
{
	sim_vfs_use(store->sim);
	store->reel.frame_count = 0;
	if (!reel_try_start(&store->reel, why))
		return false;
	reel_set_track(&store->reel, TRACK_VIDEO, CODEC_H264);
	reel_set_track(&store->reel, TRACK_MIC, CODEC_AAC);
	return !journal_stopped(&store->reel.journal);
}

void sim_store_send(struct sim_store *store)
{
	struct reel *reel = &store->reel;

	for (unsigned i = 0; i < STEPS; i++) {
		reel_send(reel, TRACK_VIDEO, i == 0, PICTURE_SIZE + i);
		reel_send(reel, TRACK_MIC, true, SOUND_SIZE);
		reel_pass(reel, GROUP_MS / STEPS);
	}
}

/* Takes in what the process now says is kept, and what it no longer has. */
static void note_promises(struct sim_store *store)
{
	struct sim_promises *promises = &store->promises;
	struct db *db = store->reel.db;
	uint64_t last = promises->blocks ? promises->block[promises->blocks - 1].seq : 0;
	sqlite3_stmt *select = db_use(db, "SELECT log_seq, epoch_us, hash FROM blocks "
					  "WHERE log_seq > ?1 ORDER BY log_seq");

	db_bind_int(select, 1, last);
	while (db_step(db, select)) {
		struct sim_block block = {db_int(select, 0), db_int(select, 1), {0}};

		assert(promises->blocks < SIM_BLOCKS_MAX &&
		       db_copy_blob(select, 2, block.hash, sizeof(block.hash)));
		promises->block[promises->blocks++] = block;
	}
	while (promises->erased < promises->blocks &&
	       !audit_has(db, store->reel.camera->id, promises->block[promises->erased].epoch_us))
		promises->erased++;
}

bool sim_store_tick(struct sim_store *store)
{
	struct reel *reel = &store->reel;

	reel_tick(reel);
	if (!journal_stopped(&reel->journal) && log_publish(reel->log) == 0)
		journal_commit(&reel->journal);
	if (journal_stopped(&reel->journal) || log_stopped(reel->log))
		return false;
	note_promises(store);
	return true;
}

void sim_store_retain(struct sim_store *store, uint64_t bytes)
{
	store->reel.store.limits.bytes = bytes;
}

/* ---- promises ---- */

static void check_log(struct sim_audit *audit)
{
	struct reel *reel = audit->reel;
	uint64_t log_size = log_durable_size(reel->log);
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	size_t size;

	for (uint64_t seq = 0; seq < log_size; seq++)
		if (log_read_entry(reel->log, seq, text, &size) < 0 ||
		    entry_parse(text, size, &view) < 0 || audit_log_note(&audit->erased, &view) < 0)
			sim_audit_violate(audit, "an entry cannot be read");
	for (uint64_t seq = 0; seq < log_size; seq++)
		if (log_read_entry(reel->log, seq, text, &size) == 0 &&
		    entry_parse(text, size, &view) == 0 && view.kind == ENTRY_MEDIA)
			sim_audit_block(audit, seq, &view);
}

static bool has_pack(const struct sim_store *store, uint32_t camera, uint64_t epoch_us)
{
	char path[PACK_PATH_SIZE];
	struct disk *disk = sim_disk_ops(store->sim);

	pack_path(camera, epoch_us, path);
	return disk->open(disk, path, DISK_READ) >= 0;
}

static bool has_block(struct db *db, uint32_t camera, const struct sim_block *block)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT 1 FROM blocks WHERE camera = ?1 AND log_seq = ?2 AND hash = ?3");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, block->seq);
	db_bind_blob(select, 3, block->hash, sizeof(block->hash));
	return db_number(db, select) != 0;
}

/* A crash in the middle of an erasure that nobody was told of may have brought it about. */
static void check_promises(struct sim_store *store, struct sim_audit *audit)
{
	uint32_t camera = store->reel.camera->id;

	for (unsigned i = 0; i < store->promises.blocks; i++) {
		const struct sim_block *block = &store->promises.block[i];
		bool is_kept = audit_has(store->reel.db, camera, block->epoch_us);

		if (i < store->promises.erased && is_kept)
			sim_audit_violate(audit, "an erased epoch has its key again");
		struct audit_span span = {camera, block->epoch_us, block->epoch_us};

		if (!is_kept && !audit_log_is_erased(&audit->erased, &span))
			sim_audit_violate(audit, "an acknowledged block's key is lost");
		if (!is_kept && has_pack(store, camera, block->epoch_us))
			sim_audit_violate(audit, "the pack of an erased epoch is still there");
		if (is_kept && !has_block(store->reel.db, camera, block))
			sim_audit_violate(audit, "an acknowledged block is lost");
	}
}

static void check_database(struct sim_audit *audit)
{
	struct db *db = audit->reel->db;
	sqlite3_stmt *check = db_use(db, "PRAGMA quick_check(1)");
	char answer[128] = "";

	if (db_step(db, check))
		db_copy_text(check, 0, answer, sizeof(answer));
	sqlite3_reset(check);
	if (strcmp(answer, "ok") != 0)
		sim_audit_violate(audit, answer);
}

static void inspect(struct sim_store *store, struct sim_audit *audit)
{
	sim_audit_begin(audit, &store->reel, sim_disk_ops(store->sim), true);
	check_database(audit);
	sim_audit_epochs(audit);
	check_log(audit);
	check_promises(store, audit);
	sim_audit_finish(audit);
}

static void record_more(struct sim_store *store, struct sim_audit *audit)
{
	unsigned blocks = store->promises.blocks;

	for (unsigned i = 0; i < 3; i++)
		sim_store_send(store);
	if (!sim_store_tick(store) || !sim_store_tick(store) || !sim_store_tick(store) ||
	    store->promises.blocks == blocks)
		sim_audit_violate(audit, "recording does not go on");
}

const char *sim_store_check(const struct sim_store *store, struct sim_disk *image,
			    char ret_why[SIM_STORE_WHY_MAX])
{
	static struct sim_store copy; /* 200 KB */
	struct sim_audit audit = {.why = ret_why};
	char why[SIM_STORE_WHY_MAX] = "";

	sim_store_clone(store, image, &copy);
	if (!sim_store_start(&copy, why)) {
		sim_audit_violate(&audit, why[0] ? why : "it does not start");
	} else {
		/* The batch of the start tells what a crash left undone. */
		if (!sim_store_tick(&copy))
			sim_audit_violate(&audit, "it stops at its start");
		inspect(&copy, &audit);
		record_more(&copy, &audit);
		inspect(&copy, &audit);
	}
	sim_store_finish(&copy);
	return audit.is_violated ? ret_why : NULL;
}
