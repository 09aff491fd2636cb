#include "vault/store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/custody.h"
#include "vault/store/pack.h"

/* ---- words ---- */

static const struct {
	const char *name;
	bool is_bad;
	const char *words;
} kinds[AUDIT_KINDS] = {
	[AUDIT_PACK_MISSING] = {"pack-missing", true, "the pack is gone, and what it held with it"},
	[AUDIT_PACK_UNREADABLE] = {"pack-unreadable", true, "the pack cannot be read"},
	[AUDIT_PACK_SHORT] = {"pack-short", true, "the pack ends before this block does"},
	[AUDIT_PACK_UNNAMED] = {"pack-unnamed", false,
				"no key belongs to this pack: nothing can open it, and it may be "
				"removed"},
	[AUDIT_BYTES_LEFT] = {"bytes-left", false,
			      "no block names these bytes: what a crash or a failed write cut "
			      "off, lost for good"},
	[AUDIT_ROW_BAD] = {"row-bad", true, "the index contradicts itself about this block"},
	[AUDIT_KEY_LOST] = {"key-lost", true,
			    "its key is sealed under another store key: this pack cannot be "
			    "opened"},
	[AUDIT_ENTRY_LOST] = {"entry-lost", true, "the log has no such entry of this block"},
	[AUDIT_TEXT_DAMAGED] = {"text-damaged", true,
				"the block's text is damaged: its fragments cannot be held against "
				"the log"},
	[AUDIT_TEXT_OTHER] = {"text-other", true,
			      "the block's text is not the one that the log stands for"},
	[AUDIT_CHAIN_BROKEN] = {"chain-broken", true,
				"the block does not follow the one before it: one between them "
				"was taken out"},
	[AUDIT_FRAGMENT_DAMAGED] = {"fragment-damaged", true, "damaged: this stretch is lost"},
	[AUDIT_BLOCK_LOST] = {"block-lost", true,
			      "the log names a block that is not in the index and was never "
			      "erased"},
};

const char *audit_kind_name(enum audit_kind kind)
{
	return kinds[kind].name;
}

bool audit_is_bad(enum audit_kind kind)
{
	return kinds[kind].is_bad;
}

static const char *track_word(char letter)
{
	return letter == 'm' ? "sound" : letter == 'w' ? "smaller picture" : "picture";
}

void audit_describe(const struct audit_finding *finding, struct text *text)
{
	char path[PACK_PATH_SIZE];

	pack_path(finding->camera, finding->epoch_us, path);
	if (finding->epoch_us)
		text_printf(text, "store/%s", path);
	else
		text_printf(text, "camera c%" PRIu32, finding->camera);
	if (finding->size)
		text_printf(text, ", %" PRIu64 " bytes from %" PRIu64 " on", finding->size,
			    finding->offset);
	if (finding->track)
		text_printf(text, ", %s", track_word(finding->track));
	if (finding->seq)
		text_printf(text, ", log entry %" PRIu64, finding->seq);
	text_printf(text, ": %s", kinds[finding->kind].words);
	if (finding->error)
		text_printf(text, " (%s)", strerror(-finding->error));
}

/* ---- out of the index ---- */

bool audit_next(struct db *db, uint32_t *camera, uint64_t *start_us)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT camera, start_us FROM epochs WHERE start_us > ?1 OR "
			   "(start_us = ?1 AND camera > ?2) ORDER BY start_us, camera LIMIT 1");

	db_bind_int(select, 1, *start_us);
	db_bind_int(select, 2, *camera);
	bool is_found = db_step(db, select);

	if (is_found) {
		*camera = (uint32_t)db_int(select, 0);
		*start_us = db_int(select, 1);
	}
	sqlite3_reset(select);
	return is_found;
}

uint64_t audit_count(struct db *db)
{
	return db_number(db, db_use(db, "SELECT count(*) FROM epochs"));
}

bool audit_has(struct db *db, uint32_t camera, uint64_t start_us)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT 1 FROM epochs WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, start_us);
	return db_number(db, select) != 0;
}

static void find_previous(struct db *db, uint32_t camera, struct audit_block *block)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT hash, log_seq FROM blocks WHERE camera = ?1 AND log_seq < ?2 "
			   "ORDER BY log_seq DESC, start_us DESC LIMIT 1");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, block->seq);
	block->has_previous =
		db_step(db, select) && db_copy_blob(select, 0, block->previous, SHA256_SIZE);
	if (block->has_previous)
		block->previous_seq = db_int(select, 1);
	sqlite3_reset(select);
}

static bool take_row(struct db *db, sqlite3_stmt *select, struct audit_block *ret_block)
{
	const void *records = sqlite3_column_blob(select, 5);
	struct audit_block block = {.start_us = db_int(select, 0),
				    .end_us = db_int(select, 1),
				    .size = db_int(select, 2),
				    .seq = db_int(select, 4),
				    .records_size = (size_t)sqlite3_column_bytes(select, 5)};

	(void)db;
	if (!db_copy_blob(select, 3, block.hash, sizeof(block.hash)))
		block.records_size = 0; /* a row that says nothing is found bad */
	block.records = malloc(block.records_size + 1);
	if (!block.records)
		return false;
	if (block.records_size)
		memcpy(block.records, records, block.records_size);
	*ret_block = block;
	return true;
}

static void load_blocks(struct db *db, struct audit_epoch *epoch)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT start_us, end_us, size, hash, log_seq, pieces FROM blocks "
			   "WHERE camera = ?1 AND epoch_us = ?2 ORDER BY log_seq, start_us");

	db_bind_int(select, 1, epoch->camera);
	db_bind_int(select, 2, epoch->start_us);
	while (epoch->count < AUDIT_BLOCKS_MAX && db_step(db, select) &&
	       take_row(db, select, &epoch->blocks[epoch->count]))
		epoch->count++;
	sqlite3_reset(select);
	for (unsigned i = 0; i < epoch->count; i++)
		if (epoch->blocks[i].seq)
			find_previous(db, epoch->camera, &epoch->blocks[i]);
}

void audit_load(struct db *db, const uint8_t *store_key, uint32_t camera, uint64_t start_us,
		struct audit_epoch *ret_epoch)
{
	*ret_epoch = (struct audit_epoch){
		.camera = camera,
		.start_us = start_us,
		.blocks = calloc(AUDIT_BLOCKS_MAX, sizeof(*ret_epoch->blocks)),
	};
	if (store_key) {
		ret_epoch->secret_error =
			epoch_secret(db, store_key, camera, start_us, ret_epoch->secret);
		ret_epoch->has_secret = ret_epoch->secret_error == 0;
		ret_epoch->is_wrapped = custody_is_wrapped(db, camera, start_us);
	}
	if (ret_epoch->blocks)
		load_blocks(db, ret_epoch);
}

void audit_unload(struct audit_epoch *epoch)
{
	for (unsigned i = 0; i < epoch->count; i++)
		free(epoch->blocks[i].records);
	free(epoch->blocks);
	sodium_memzero(epoch->secret, sizeof(epoch->secret));
	*epoch = (struct audit_epoch){0};
}
