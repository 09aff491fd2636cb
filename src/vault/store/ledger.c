#include "vault/store/ledger.h"

#include <assert.h>

#include "vault/store/epoch.h"

static void add_spoken(struct db *db, const struct block *block, const struct ledger_mark *mark)
{
	for (unsigned i = 0; i < block->spoken_count; i++) {
		const struct block_spoken *spoken = &block->spoken[i];
		sqlite3_stmt *insert =
			db_use(db, "INSERT OR REPLACE INTO spoken (camera, start_us, sid, first, "
				   "samples, hz, run, talk_seq, epoch_us, log_seq) "
				   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

		db_bind_int(insert, 1, block->camera);
		db_bind_int(insert, 2, spoken->start_us);
		db_bind_blob(insert, 3, spoken->sid, sizeof(spoken->sid));
		db_bind_int(insert, 4, spoken->first);
		db_bind_int(insert, 5, spoken->samples);
		db_bind_int(insert, 6, spoken->hz);
		db_bind_int(insert, 7, spoken->run);
		db_bind_int(insert, 8, spoken->talk_seq);
		db_bind_int(insert, 9, mark->epoch_us);
		db_bind_int(insert, 10, mark->seq);
		db_run(db, insert);
	}
}

void ledger_add(struct db *db, const struct block *block, const struct ledger_mark *mark)
{
	uint8_t records[BLOCK_PIECES_MAX * BLOCK_RECORD_SIZE];
	size_t size = block_build_records(block, records, sizeof(records));
	uint64_t start_us, end_us;
	sqlite3_stmt *insert =
		db_use(db, "INSERT INTO blocks (camera, start_us, end_us, epoch_us, size, "
			   "hash, log_seq, pieces) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

	block_span(block, &start_us, &end_us);
	db_begin(db);
	db_bind_int(insert, 1, block->camera);
	db_bind_int(insert, 2, start_us);
	db_bind_int(insert, 3, end_us);
	db_bind_int(insert, 4, mark->epoch_us);
	db_bind_int(insert, 5, mark->size);
	db_bind_blob(insert, 6, mark->hash, sizeof(mark->hash));
	db_bind_int(insert, 7, mark->seq);
	db_bind_blob(insert, 8, records, size);
	db_run(db, insert);
	add_spoken(db, block, mark);
}

bool ledger_find_newest(struct db *db, uint32_t camera, uint8_t ret_hash[SHA256_SIZE],
			uint64_t *ret_end_us)
{
	sqlite3_stmt *select = db_use(db, "SELECT hash, end_us FROM blocks WHERE camera = ?1 "
					  "ORDER BY log_seq DESC, start_us DESC LIMIT 1");

	db_bind_int(select, 1, camera);
	bool is_found = db_step(db, select) && db_copy_blob(select, 0, ret_hash, SHA256_SIZE);

	if (is_found)
		*ret_end_us = db_int(select, 1);
	sqlite3_reset(select);
	return is_found;
}

static bool read_spoken(sqlite3_stmt *row, struct block_spoken *ret_spoken)
{
	*ret_spoken = (struct block_spoken){.start_us = db_int(row, 0),
					    .first = db_int(row, 2),
					    .samples = (uint32_t)db_int(row, 3),
					    .hz = (uint32_t)db_int(row, 4),
					    .run = (uint32_t)db_int(row, 5),
					    .talk_seq = db_int(row, 6)};
	return ret_spoken->hz && ret_spoken->run < RUN_COUNT &&
	       db_copy_blob(row, 1, ret_spoken->sid, sizeof(ret_spoken->sid));
}

void ledger_each_spoken(struct db *db, uint32_t camera, uint64_t from_us, uint64_t to_us,
			bool (*found)(void *context, const struct block_spoken *spoken),
			void *context)
{
	struct block_spoken spoken;
	sqlite3_stmt *select =
		db_use(db, "SELECT start_us, sid, first, samples, hz, run, talk_seq FROM spoken "
			   "WHERE camera = ?1 AND start_us < ?3 AND start_us > ?2 - 60000000 "
			   "AND start_us + samples * 1000000 / hz > ?2 "
			   "ORDER BY start_us DESC, first DESC");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, from_us);
	db_bind_int(select, 3, to_us);
	while (db_step(db, select))
		if (read_spoken(select, &spoken) && !found(context, &spoken))
			break;
	sqlite3_reset(select);
}

static void count_pieces(const uint8_t *records, size_t size, uint32_t numbers[LEDGER_TRACKS])
{
	struct block_piece piece;

	for (size_t i = 0; block_parse_record(records, size, i, &piece) == 0; i++)
		if (piece.track < LEDGER_TRACKS && !piece.is_init && !piece.gap &&
		    piece.number >= numbers[piece.track])
			numbers[piece.track] = piece.number + 1;
}

void ledger_count(struct db *db, uint32_t camera, uint64_t epoch_us,
		  uint32_t ret_numbers[LEDGER_TRACKS])
{
	sqlite3_stmt *select = db_use(db, "SELECT pieces FROM blocks INDEXED BY blocks_by_epoch "
					  "WHERE camera = ?1 AND epoch_us = ?2");

	for (unsigned i = 0; i < LEDGER_TRACKS; i++)
		ret_numbers[i] = 0;
	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, epoch_us);
	while (db_step(db, select))
		count_pieces(sqlite3_column_blob(select, 0),
			     (size_t)sqlite3_column_bytes(select, 0), ret_numbers);
}

uint64_t ledger_total(struct db *db)
{
	return db_number(db, db_use(db, "SELECT bytes FROM store_total"));
}

uint64_t ledger_total_of(struct db *db, uint32_t camera)
{
	sqlite3_stmt *select = db_use(db, "SELECT bytes FROM camera_totals WHERE camera = ?1");

	db_bind_int(select, 1, camera);
	return db_number(db, select);
}

uint32_t ledger_next_camera(struct db *db, uint32_t camera)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT camera FROM camera_totals WHERE camera > ?1 ORDER BY camera");

	db_bind_int(select, 1, camera);
	return (uint32_t)db_number(db, select);
}

/* EPOCH_MARGIN_US either way. */
#define UNPROTECTED                                                                                \
	"NOT EXISTS (SELECT 1 FROM clips WHERE clips.camera = epochs.camera "                      \
	"AND removed_seq IS NULL AND from_us < start_us + 690000000 AND to_us > start_us - 90000000)"
static_assert(EPOCH_MARGIN_US == 90000000 && EPOCH_LENGTH_US + EPOCH_MARGIN_US == 690000000,
	      "as in UNPROTECTED");

bool ledger_find_oldest(struct db *db, uint32_t camera, uint64_t from_us, uint32_t *ret_camera,
			uint64_t *ret_epoch_us)
{
	sqlite3_stmt *select =
		camera ? db_use(db,
				"SELECT camera, start_us FROM epochs WHERE camera = ?2 "
				"AND start_us >= ?1 AND " UNPROTECTED " ORDER BY start_us LIMIT 1")
		       : db_use(db, "SELECT camera, start_us FROM epochs WHERE start_us >= ?1 "
				    "AND " UNPROTECTED " ORDER BY start_us LIMIT 1");

	db_bind_int(select, 1, from_us);
	if (camera)
		db_bind_int(select, 2, camera);
	bool is_found = db_step(db, select);

	if (is_found) {
		*ret_camera = (uint32_t)db_int(select, 0);
		*ret_epoch_us = db_int(select, 1);
	}
	sqlite3_reset(select);
	return is_found;
}

/* Where the gap that begins between these times and has the clock as its reason ends; 0: none. */
static uint64_t clock_set_to(sqlite3_stmt *row, uint64_t from_us, uint64_t to_us)
{
	const uint8_t *records = sqlite3_column_blob(row, 0);
	size_t size = (size_t)sqlite3_column_bytes(row, 0);
	struct block_piece piece;

	for (size_t i = 0; block_parse_record(records, size, i, &piece) == 0; i++)
		if (piece.gap == GAP_CLOCK && piece.start_us >= from_us && piece.start_us <= to_us)
			return piece.end_us;
	return 0;
}

/* The block that was written next of a time more than a day later says whether that day was. */
uint64_t ledger_recorded_until(struct db *db, uint32_t camera, uint64_t epoch_us)
{
	const uint64_t later_us = epoch_us + EPOCH_LENGTH_US + UINT64_C(86400) * 1000000;
	sqlite3_stmt *select = db_use(
		db, "SELECT pieces FROM blocks INDEXED BY blocks_by_entry WHERE camera = ?1 "
		    "AND log_seq > (SELECT max(log_seq) FROM blocks INDEXED BY blocks_by_epoch "
		    "WHERE camera = ?1 AND epoch_us = ?2) AND start_us > ?3 "
		    "ORDER BY log_seq LIMIT 1");
	uint64_t set_us = 0;

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, epoch_us);
	db_bind_int(select, 3, later_us);
	if (db_step(db, select))
		set_us = clock_set_to(select, epoch_us, later_us);
	sqlite3_reset(select);
	return set_us > later_us ? set_us : epoch_us + EPOCH_LENGTH_US;
}

static void run_for_epoch(struct db *db, const char *sql, uint32_t camera, uint64_t epoch_us)
{
	sqlite3_stmt *statement = db_use(db, sql);

	db_bind_int(statement, 1, camera);
	db_bind_int(statement, 2, epoch_us);
	db_run(db, statement);
}

void ledger_forget(struct db *db, uint32_t camera, uint64_t epoch_us)
{
	db_begin(db);
	run_for_epoch(db, "DELETE FROM epochs WHERE camera = ?1 AND start_us = ?2", camera,
		      epoch_us);
	run_for_epoch(db, "DELETE FROM wraps WHERE camera = ?1 AND start_us = ?2", camera, epoch_us);
	run_for_epoch(db, "DELETE FROM spoken WHERE camera = ?1 AND epoch_us = ?2", camera, epoch_us);
	run_for_epoch(
		db,
		"DELETE FROM blocks INDEXED BY blocks_by_epoch WHERE camera = ?1 AND epoch_us = ?2",
		camera, epoch_us);
}
