#include "vault/store/catalog.h"

#include <errno.h>

/* A block may have begun this long before its last fragment ends: slow cameras have long ones. */
#define BLOCK_US_MAX (UINT64_C(1200) * 1000000)
/* As they usually are. */
#define BLOCK_US (UINT64_C(60) * 1000000)

#define COLUMNS "epoch_us, start_us, size, hash, pieces, end_us, log_seq"

static uint64_t before(uint64_t us, uint64_t by_us)
{
	return us > by_us ? us - by_us : 0;
}

static void bind_span(sqlite3_stmt *select, const struct catalog_span *span)
{
	db_bind_int(select, 1, span->camera);
	db_bind_int(select, 2, before(span->from_us, BLOCK_US_MAX));
	db_bind_int(select, 3, span->to_us);
	db_bind_int(select, 4, span->from_us);
}

bool catalog_has(struct db *db, const struct catalog_span *span)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT 1 FROM blocks WHERE camera = ?1 AND start_us >= ?2 "
			   "AND start_us < ?3 AND end_us > ?4 LIMIT 1");

	bind_span(select, span);
	return db_number(db, select) != 0;
}

/* false: the row is none of ours. */
static bool read_row(sqlite3_stmt *row, struct catalog_block *ret_block)
{
	struct block_piece piece;
	struct catalog_block block = {
		.epoch_us = db_int(row, 0),
		.start_us = db_int(row, 1),
		.records = {sqlite3_column_blob(row, 4), (size_t)sqlite3_column_bytes(row, 4)},
		.end_us = db_int(row, 5),
		.log_seq = db_int(row, 6)};
	uint64_t size = db_int(row, 2);

	/* The text stands behind the last piece, and is what the pieces leave of the size. */
	for (size_t i = 0;
	     block_parse_record(block.records.data, block.records.size, i, &piece) == 0; i++) {
		if (piece.offset + piece.size > block.text_offset)
			block.text_offset = piece.offset + piece.size;
		if (piece.size > size)
			return false;
		size -= piece.size;
	}
	if (size > UINT32_MAX || !db_copy_blob(row, 3, block.hash, sizeof(block.hash)))
		return false;
	block.text_size = (uint32_t)size;
	*ret_block = block;
	return true;
}

void catalog_each(struct db *db, const struct catalog_span *span,
		  bool (*found)(void *context, const struct catalog_block *block), void *context)
{
	struct catalog_block block;
	sqlite3_stmt *select = db_use(db, "SELECT " COLUMNS " FROM blocks "
					  "WHERE camera = ?1 AND start_us >= ?2 AND start_us < ?3 "
					  "AND end_us > ?4 ORDER BY start_us");

	bind_span(select, span);
	while (db_step(db, select))
		if (read_row(select, &block) && !found(context, &block))
			break;
	sqlite3_reset(select);
}

void catalog_each_later(struct db *db, uint32_t camera, const struct catalog_block *block,
			bool (*found)(void *context, const struct catalog_block *later),
			void *context)
{
	struct catalog_block later;
	sqlite3_stmt *select =
		db_use(db, "SELECT " COLUMNS " FROM blocks WHERE camera = ?1 AND start_us >= ?2 "
			   "AND start_us < ?3 AND end_us > ?4 AND log_seq > ?5");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, before(block->start_us, BLOCK_US));
	db_bind_int(select, 3, block->end_us);
	db_bind_int(select, 4, block->start_us);
	db_bind_int(select, 5, block->log_seq);
	while (db_step(db, select))
		if (read_row(select, &later) && !found(context, &later))
			break;
	sqlite3_reset(select);
}

static bool is_named(const struct block_piece *piece, const struct catalog_name *name)
{
	if (piece->track != name->track || piece->gap || piece->is_init != name->is_init)
		return false;
	return name->number == (piece->is_init ? piece->offset : piece->number);
}

static bool find_in(const struct catalog_block *block, const struct catalog_name *name,
		    struct block_piece *ret_piece)
{
	for (size_t i = 0;
	     block_parse_record(block->records.data, block->records.size, i, ret_piece) == 0; i++)
		if (is_named(ret_piece, name))
			return true;
	return false;
}

static bool has_epoch(struct db *db, const struct catalog_name *name)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT count(*) FROM epochs WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(select, 1, name->camera);
	db_bind_int(select, 2, name->epoch_us);
	return db_number(db, select) != 0;
}

int catalog_find(struct db *db, const struct catalog_name *name, struct block_piece *ret_piece,
		 struct catalog_block *ret_block)
{
	bool is_found = false;
	sqlite3_stmt *select =
		db_use(db, "SELECT " COLUMNS " FROM blocks "
			   "INDEXED BY blocks_by_epoch WHERE camera = ?1 AND epoch_us = ?2");

	db_bind_int(select, 1, name->camera);
	db_bind_int(select, 2, name->epoch_us);
	while (!is_found && db_step(db, select))
		is_found = read_row(select, ret_block) && find_in(ret_block, name, ret_piece);
	sqlite3_reset(select);
	ret_block->records = (struct bytes){0};
	if (is_found)
		return 0;
	return has_epoch(db, name) ? -ENOENT : -ENODATA;
}

int catalog_find_block(struct db *db, uint32_t camera, uint64_t log_seq,
		       struct catalog_block *ret_block)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT " COLUMNS " FROM blocks "
			   "INDEXED BY blocks_by_entry WHERE camera = ?1 AND log_seq = ?2");

	if (log_seq == 0) /* any number of an older log */
		return -ENOENT;
	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, log_seq);
	bool is_found = db_step(db, select) && read_row(select, ret_block);

	sqlite3_reset(select);
	ret_block->records = (struct bytes){0};
	return is_found ? 0 : -ENOENT;
}

void catalog_load_inits(struct db *db, uint32_t camera, uint64_t epoch_us,
			struct catalog_inits *ret_inits)
{
	struct catalog_block block;
	struct block_piece piece;
	sqlite3_stmt *select = db_use(
		db,
		"SELECT " COLUMNS " FROM blocks "
		"INDEXED BY blocks_by_epoch WHERE camera = ?1 AND epoch_us = ?2 ORDER BY log_seq");

	ret_inits->count = 0;
	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, epoch_us);
	while (db_step(db, select)) {
		if (!read_row(select, &block))
			continue;
		for (size_t i = 0;
		     block_parse_record(block.records.data, block.records.size, i, &piece) == 0 &&
		     ret_inits->count < CATALOG_INITS_MAX;
		     i++)
			if (piece.is_init)
				ret_inits->pieces[ret_inits->count++] = piece;
	}
}

const struct block_piece *catalog_init_of(const struct catalog_inits *inits,
					  const struct block_piece *fragment)
{
	const struct block_piece *best = NULL;

	for (unsigned i = 0; i < inits->count; i++) {
		const struct block_piece *init = &inits->pieces[i];

		if (init->track == fragment->track && init->offset < fragment->offset &&
		    (!best || init->offset > best->offset))
			best = init;
	}
	return best;
}
