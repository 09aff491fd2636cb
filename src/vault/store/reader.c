#include "vault/store/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "vault/store/fragment.h"

enum {
	PIECE_SIZE_MAX = GOP_SIZE_MAX + GOP_SIZE_MAX / 8 /* of an age file; the index is our own */
};

struct reader {
	struct store *store;
	struct reader_scope scope;
	uint64_t log_seq; /* the entry that allows it */
	bool has_warned;  /* of damage */
	struct catalog_inits inits;
	uint64_t inits_epoch_us; /* whose `inits` are; UINT64_MAX: nobody's */
	struct bytes text;       /* of the block last looked at, checked; data NULL: none */
	uint64_t text_epoch_us, text_offset;
	uint8_t text_room[BLOCK_TEXT_MAX];
};

int reader_open(const struct log_receipt *receipt, struct store *store,
		const struct reader_scope *scope, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->store = store;
	reader->scope = *scope;
	reader->scope.tracks &= (uint32_t)READER_TRACKS;
	reader->log_seq = log_receipt_seq(receipt);
	*ret_reader = reader;
	return 0;
}

void reader_destroy(struct reader *reader)
{
	free(reader);
}

static struct db *db_of(const struct reader *reader)
{
	return reader->store->journal->db;
}

/* ---- one piece ---- */

/* Whether a pack may hold something of it. */
static bool is_epoch_in_scope(const struct reader *reader, uint64_t epoch_us)
{
	const struct catalog_span *span = &reader->scope.span;

	return epoch_us < span->to_us + EPOCH_MARGIN_US &&
	       epoch_us + 2 * EPOCH_LENGTH_US > span->from_us;
}

static bool is_in_scope(const struct reader *reader, const struct block_piece *piece,
			uint64_t epoch_us)
{
	const struct catalog_span *span = &reader->scope.span;

	if (piece->gap || !(reader->scope.tracks & TRACK_BIT(piece->track)))
		return false;
	/* An init segment covers no time; it goes with what its pack may hold. */
	if (piece->is_init)
		return is_epoch_in_scope(reader, epoch_us);
	return piece->start_us < span->to_us && piece->end_us > span->from_us;
}

int reader_find(struct reader *reader, const struct ipc_play_read *ask,
		struct reader_piece *ret_piece)
{
	struct catalog_name name = {.camera = reader->scope.span.camera,
				    .track = ask->track,
				    .epoch_us = ask->epoch_us,
				    .number = ask->number,
				    .is_init = ask->what == PLAY_INIT};
	int rc = catalog_find(db_of(reader), &name, &ret_piece->piece, &ret_piece->block);

	if (rc == -ENODATA && !is_epoch_in_scope(reader, ask->epoch_us))
		return -ENOENT;
	if (rc < 0)
		return rc;
	ret_piece->plain_size = (uint32_t)age_plain_size(ret_piece->piece.size);
	return is_in_scope(reader, &ret_piece->piece, ask->epoch_us) ? 0 : -ENOENT;
}

int reader_find_block(struct reader *reader, uint64_t log_seq, struct reader_piece *ret_piece)
{
	const struct catalog_span *span = &reader->scope.span;
	struct reader_piece found = {0};
	int rc = catalog_find_block(db_of(reader), span->camera, log_seq, &found.block);

	if (rc < 0)
		return rc;
	if (found.block.start_us >= span->to_us || found.block.end_us <= span->from_us)
		return -ENOENT;
	found.piece.offset = found.block.text_offset;
	found.piece.size = found.block.text_size;
	*ret_piece = found;
	return 0;
}

static int read_sealed(struct reader *reader, uint64_t epoch_us, uint64_t offset, size_t size)
{
	struct store *store = reader->store;
	char path[PACK_PATH_SIZE];

	if (size > PIECE_SIZE_MAX)
		return -EBADMSG;
	if (fragment_make_room(&store->sealed, size) < 0 ||
	    fragment_make_room(&store->plain, size) < 0)
		return -ENOMEM;
	pack_path(reader->scope.span.camera, epoch_us, path);
	int rc = pack_read(store->disk, path, offset, store->sealed.data, size);

	return rc == -ENOENT ? -EBADMSG : rc;
}

static int secret_of(const struct reader *reader, uint64_t epoch_us,
		     uint8_t ret_secret[AGE_KEY_SIZE])
{
	int rc = epoch_secret(db_of(reader), reader->store->key, reader->scope.span.camera,
			      epoch_us, ret_secret);

	return rc == -ENOENT ? -ENODATA : rc;
}

/* `open` is age_open or age_open_start. */
static int open_with(struct reader *reader, uint64_t epoch_us, size_t size,
		     __typeof__(age_open) *open, struct bytes *ret_plain)
{
	struct store *store = reader->store;
	uint8_t secret[AGE_KEY_SIZE];
	size_t plain_size = 0;
	int rc = secret_of(reader, epoch_us, secret);

	if (rc < 0)
		return rc;
	rc = open(secret, store->sealed.data, size, store->plain.data, &plain_size);
	sodium_memzero(secret, sizeof(secret));
	*ret_plain = (struct bytes){store->plain.data, plain_size};
	return rc == -EACCES ? -EBADMSG : rc;
}

static int open_sealed(struct reader *reader, uint64_t epoch_us, size_t size,
		       struct bytes *ret_plain)
{
	return open_with(reader, epoch_us, size, age_open, ret_plain);
}

/* Whoever has the disk can write another hash into the index, but not into the log. */
static bool is_logged(const struct reader *reader, const struct catalog_block *block)
{
	char text[ENTRY_SIZE_MAX];
	uint8_t hash[SHA256_SIZE];
	struct entry_view entry;
	size_t size;

	if (block->log_seq == 0) /* that log is gone */
		return true;
	if (log_read_entry(reader->store->journal->log, block->log_seq, text, &size) < 0 ||
	    entry_parse(text, size, &entry) < 0 || entry.kind != ENTRY_MEDIA)
		return false;
	struct bytes hex = entry.values[ENTRY_SHA256];

	return text_parse_hex((const char *)hex.data, hex.size, hash, sizeof(hash)) == 0 &&
	       memcmp(hash, block->hash, sizeof(hash)) == 0;
}

/* The block's text, if it is the one whose hash is in the log. The next fragment is likely of the
 * same block. */
static int load_text(struct reader *reader, const struct catalog_block *block)
{
	uint8_t hash[SHA256_SIZE];
	struct bytes plain;

	if (reader->text.data && reader->text_epoch_us == block->epoch_us &&
	    reader->text_offset == block->text_offset)
		return 0;
	reader->text = (struct bytes){0};
	int rc = read_sealed(reader, block->epoch_us, block->text_offset, block->text_size);

	if (rc == 0)
		rc = open_sealed(reader, block->epoch_us, block->text_size, &plain);
	if (rc < 0)
		return rc;
	sha256_parts(&plain, 1, hash);
	if (memcmp(hash, block->hash, sizeof(hash)) != 0 ||
	    plain.size > sizeof(reader->text_room) || !is_logged(reader, block))
		return -EBADMSG;
	memcpy(reader->text_room, plain.data, plain.size);
	reader->text = (struct bytes){reader->text_room, plain.size};
	reader->text_epoch_us = block->epoch_us;
	reader->text_offset = block->text_offset;
	return 0;
}

static void warn(struct reader *reader, const struct reader_piece *piece)
{
	char path[PACK_PATH_SIZE];

	if (reader->has_warned)
		return;
	reader->has_warned = true;
	pack_path(reader->scope.span.camera, piece->block.epoch_us, path);
	diag_warn("recording %s: what lies at %" PRIu64 " (%" PRIu32 " bytes) is not what was "
		  "recorded; it is not shown",
		  path, piece->piece.offset, piece->piece.size);
}

static int read_checked(struct reader *reader, const struct reader_piece *found,
			struct bytes *ret_plain)
{
	struct block_piece piece = found->piece;
	int rc = piece.is_init ? 0 : load_text(reader, &found->block);

	if (rc == 0)
		rc = read_sealed(reader, found->block.epoch_us, piece.offset, piece.size);
	if (rc < 0)
		return rc;
	sha256_parts(&(struct bytes){reader->store->sealed.data, piece.size}, 1, piece.cipher_hash);
	if (!piece.is_init && !block_has(reader->text, &piece))
		return -EBADMSG;
	return open_sealed(reader, found->block.epoch_us, piece.size, ret_plain);
}

int reader_read(struct reader *reader, const struct reader_piece *piece, struct bytes *ret_plain)
{
	int rc = read_checked(reader, piece, ret_plain);

	if (rc == -EBADMSG)
		warn(reader, piece);
	return rc;
}

int reader_read_sealed(struct reader *reader, const struct reader_piece *piece,
		       struct bytes *ret_file)
{
	int rc = read_sealed(reader, piece->block.epoch_us, piece->piece.offset, piece->piece.size);

	if (rc == -EBADMSG)
		warn(reader, piece);
	if (rc == 0)
		*ret_file = (struct bytes){reader->store->sealed.data, piece->piece.size};
	return rc;
}

int reader_read_wrap(struct reader *reader, uint64_t epoch_us, const struct custody_key *key,
		     struct bytes *ret_file)
{
	struct store *store = reader->store;

	if (epoch_us > INT64_MAX - 2 * EPOCH_LENGTH_US || !is_epoch_in_scope(reader, epoch_us))
		return -ENOENT;
	if (fragment_make_room(&store->sealed, CUSTODY_WRAP_SIZE) < 0)
		return -ENOMEM;
	int rc = custody_find_wrap_of(db_of(reader), reader->scope.span.camera, epoch_us, key,
				      store->sealed.data);

	if (rc == 0)
		*ret_file = (struct bytes){store->sealed.data, CUSTODY_WRAP_SIZE};
	return rc;
}

int reader_read_start(struct reader *reader, const struct reader_piece *piece, size_t size,
		      struct bytes *ret_plain)
{
	size_t whole = piece->piece.size, start = whole;
	struct bytes plain;

	if (start > AGE_START_SIZE)
		start = AGE_START_SIZE;
	int rc = read_sealed(reader, piece->block.epoch_us, piece->piece.offset, start);

	if (rc == 0)
		rc = open_with(reader, piece->block.epoch_us, whole, age_open_start, &plain);
	if (rc == -EBADMSG)
		warn(reader, piece);
	if (rc < 0)
		return rc;
	*ret_plain = (struct bytes){plain.data, plain.size < size ? plain.size : size};
	return 0;
}

/* ---- lists ---- */

struct listing {
	struct reader *reader;
	struct catalog_span span;
	const struct reader_listener *listener;
	struct {
		uint64_t epoch_us, number;
	} told[READER_INITS_MAX]; /* init segments */
	unsigned told_count, segments;
	uint64_t next_us;
};

static bool is_told(const struct listing *listing, uint64_t epoch_us, uint64_t number)
{
	for (unsigned i = 0; i < listing->told_count; i++)
		if (listing->told[i].epoch_us == epoch_us && listing->told[i].number == number)
			return true;
	return false;
}

/* Codecs come out of the init segment itself; one that cannot be read has none. */
static void tell_init(struct listing *listing, uint64_t epoch_us, const struct block_piece *init)
{
	struct ipc_row_init row = {
		.epoch_us = epoch_us, .number = init->offset, .track = init->track};
	struct reader_piece piece = {.piece = *init, .block = {.epoch_us = epoch_us}};
	struct bytes plain;

	if (is_told(listing, epoch_us, init->offset))
		return;
	int rc = reader_read(listing->reader, &piece, &plain);

	if (rc < 0 || cmaf_parse_codecs(plain, row.codecs, sizeof(row.codecs)) < 0)
		row.codecs[0] = '\0';
	row.is_sealed = rc == -EACCES;
	listing->told[listing->told_count].epoch_us = epoch_us;
	listing->told[listing->told_count++].number = init->offset;
	listing->listener->init(listing->listener->context, &row);
}

static void tell_segment(struct listing *listing, const struct catalog_block *block,
			 const struct block_piece *piece)
{
	uint64_t epoch_us = block->epoch_us;
	const struct block_piece *init = catalog_init_of(&listing->reader->inits, piece);
	struct ipc_segment row = {.start_us = piece->start_us,
				  .end_us = piece->end_us,
				  .epoch_us = epoch_us,
				  .number = piece->number,
				  .log_seq = block->log_seq,
				  .track = piece->track,
				  .bytes = (uint32_t)age_plain_size(piece->size)};

	/* A pack with more formats than this holds what nobody can play in order. */
	if (!init ||
	    (listing->told_count == READER_INITS_MAX && !is_told(listing, epoch_us, init->offset)))
		return;
	tell_init(listing, epoch_us, init);
	row.init = init->offset;
	listing->listener->segment(listing->listener->context, &row);
	listing->segments++;
}

static void load_inits(struct reader *reader, uint64_t epoch_us)
{
	if (reader->inits_epoch_us == epoch_us)
		return;
	catalog_load_inits(db_of(reader), reader->scope.span.camera, epoch_us, &reader->inits);
	reader->inits_epoch_us = epoch_us;
}

/* ---- times that come twice, since the clock was set back ---- */

/* Pieces of the block that is listed, and which of them give way: bit by bit. */
struct again {
	const struct catalog_block *block;
	bool gives_way[BLOCK_PIECES_MAX];
};

static bool covers(const struct block_piece *later, const struct block_piece *piece)
{
	uint64_t middle_us = piece->start_us + (piece->end_us - piece->start_us) / 2;

	return later->track == piece->track && !later->gap && !later->is_init &&
	       later->start_us <= middle_us && middle_us < later->end_us;
}

static void mark_covered(struct again *again, const struct block_piece *later)
{
	struct bytes records = again->block->records;
	struct block_piece piece;

	for (size_t i = 0;
	     i < BLOCK_PIECES_MAX && block_parse_record(records.data, records.size, i, &piece) == 0;
	     i++)
		if (covers(later, &piece))
			again->gives_way[i] = true;
}

static bool mark_block(void *context, const struct catalog_block *later)
{
	struct again *again = context;
	struct block_piece piece;

	for (size_t i = 0;
	     block_parse_record(later->records.data, later->records.size, i, &piece) == 0; i++)
		if (piece.start_us < again->block->end_us && piece.end_us > again->block->start_us)
			mark_covered(again, &piece);
	return true;
}

/* ---- blocks ---- */

static bool list_block(void *context, const struct catalog_block *block)
{
	struct listing *listing = context;
	struct reader *reader = listing->reader;
	struct again again = {.block = block};
	struct block_piece piece;

	if (listing->segments + BLOCK_PIECES_MAX > PLAY_SEGMENTS_MAX ||
	    listing->told_count + READER_INITS_MAX / 4 > READER_INITS_MAX) {
		listing->next_us = block->start_us;
		return false;
	}
	load_inits(reader, block->epoch_us);
	catalog_each_later(db_of(reader), listing->span.camera, block, mark_block, &again);
	for (size_t i = 0;
	     i < BLOCK_PIECES_MAX &&
	     block_parse_record(block->records.data, block->records.size, i, &piece) == 0;
	     i++)
		if (!piece.is_init && !again.gives_way[i] &&
		    is_in_scope(reader, &piece, block->epoch_us) &&
		    piece.start_us < listing->span.to_us && piece.end_us > listing->span.from_us)
			tell_segment(listing, block, &piece);
	return true;
}

uint64_t reader_list(struct reader *reader, uint64_t from_us, uint64_t to_us,
		     const struct reader_listener *listener)
{
	struct listing listing = {
		.reader = reader, .span = reader->scope.span, .listener = listener};

	if (from_us > listing.span.from_us)
		listing.span.from_us = from_us;
	if (to_us < listing.span.to_us)
		listing.span.to_us = to_us;
	reader->inits_epoch_us = UINT64_MAX; /* packs grow */
	if (listing.span.from_us < listing.span.to_us)
		catalog_each(db_of(reader), &listing.span, list_block, &listing);
	return listing.next_us;
}

/* ---- thumbnails ---- */

struct picture_search {
	const struct reader *reader;
	uint64_t at_us;
	struct reader_piece *found;
	bool is_found;
};

/* The smaller picture is enough, and costs less; of two of the same track, the later one. */
static bool is_better(const struct picture_search *search, const struct block_piece *piece)
{
	const struct block_piece *found = &search->found->piece;

	if (!search->is_found)
		return true;
	return piece->track == found->track ? piece->start_us > found->start_us
					    : piece->track == TRACK_SUB;
}

static bool search_block(void *context, const struct catalog_block *block)
{
	struct picture_search *search = context;
	struct block_piece piece;

	for (size_t i = 0;
	     block_parse_record(block->records.data, block->records.size, i, &piece) == 0; i++) {
		if (piece.is_init || (piece.track != TRACK_VIDEO && piece.track != TRACK_SUB) ||
		    !is_in_scope(search->reader, &piece, block->epoch_us) ||
		    piece.start_us > search->at_us || piece.end_us <= search->at_us ||
		    !is_better(search, &piece))
			continue;
		*search->found = (struct reader_piece){.piece = piece, .block = *block};
		search->is_found = true;
	}
	return true;
}

int reader_find_picture(struct reader *reader, uint64_t at_us, struct reader_piece *ret_piece)
{
	const struct catalog_span *scope = &reader->scope.span;
	const struct catalog_span moment = {scope->camera, at_us, at_us + 1};
	struct reader_piece piece;
	struct picture_search search = {reader, at_us, &piece, false};

	if (at_us < scope->from_us || at_us >= scope->to_us)
		return -ENOENT;
	catalog_each(db_of(reader), &moment, search_block, &search);
	if (!search.is_found)
		return -ENOENT;
	piece.block.records = (struct bytes){0};
	piece.plain_size = (uint32_t)age_plain_size(piece.piece.size);
	*ret_piece = piece;
	return 0;
}

int reader_find_init(struct reader *reader, const struct reader_piece *fragment,
		     struct reader_piece *ret_init)
{
	reader->inits_epoch_us = 0; /* packs grow */
	load_inits(reader, fragment->block.epoch_us);
	const struct block_piece *init = catalog_init_of(&reader->inits, &fragment->piece);

	if (!init)
		return -ENOENT;
	*ret_init = (struct reader_piece){.piece = *init,
					  .block = {.epoch_us = fragment->block.epoch_us},
					  .plain_size = (uint32_t)age_plain_size(init->size)};
	return 0;
}

static struct thumb_name thumb_name_of(const struct reader *reader,
				       const struct reader_piece *fragment)
{
	return (struct thumb_name){.camera = reader->scope.span.camera,
				   .track = fragment->piece.track,
				   .epoch_us = fragment->block.epoch_us,
				   .number = fragment->piece.number};
}

int reader_find_thumb(struct reader *reader, const struct reader_piece *fragment,
		      struct bytes *ret_jpeg)
{
	const struct thumb_name name = thumb_name_of(reader, fragment);
	uint8_t secret[AGE_KEY_SIZE];
	int rc = secret_of(reader, name.epoch_us, secret);

	if (rc == 0)
		rc = thumb_cache_find(&reader->store->thumbs, &name, secret, ret_jpeg);
	sodium_memzero(secret, sizeof(secret));
	return rc;
}

void reader_keep_thumb(struct reader *reader, const struct reader_piece *fragment,
		       struct bytes jpeg)
{
	const struct thumb_name name = thumb_name_of(reader, fragment);
	uint8_t secret[AGE_KEY_SIZE];

	/* A full disk is for the log first, and then for what is recorded. */
	if (!reader->store->rests && secret_of(reader, name.epoch_us, secret) == 0)
		thumb_cache_add(&reader->store->thumbs, &name, secret, jpeg);
	sodium_memzero(secret, sizeof(secret));
}
