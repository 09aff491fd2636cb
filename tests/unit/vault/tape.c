/* Reads recordings back (reel.h), with nothing but what index, keys, files and log say. */
#include "reel.h"

#include "../check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum { FREE_SIZE = 40, TAPE_MAX = 4096 };

static const uint8_t store_key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3};

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t be64(const uint8_t *at)
{
	return (uint64_t)be32(at) << 32 | be32(at + 4);
}

/* One block's row. */
struct row {
	uint32_t camera;
	uint64_t start_us, end_us, epoch_us, size, seq;
	uint8_t hash[SHA256_SIZE];
	const uint8_t *records;
	size_t records_size;
};

/* A sealed piece of the row's pack: its plaintext, owned by the caller, and its hash. */
static uint8_t *open_sealed(struct reel *reel, const struct row *row, const struct block_piece *at,
			    size_t *ret_size, uint8_t ret_hash[SHA256_SIZE])
{
	uint8_t *sealed = malloc(at->size), *plain = malloc(at->size), secret[AGE_KEY_SIZE];
	char path[PACK_PATH_SIZE];

	assert_true(sealed && plain);
	assert_int_equal(epoch_secret(reel->db, store_key, row->camera, row->epoch_us, secret), 0);
	pack_path(row->camera, row->epoch_us, path);
	assert_int_equal(pack_read(reel->disk.real, path, at->offset, sealed, at->size), 0);
	sha256_parts(&(struct bytes){sealed, at->size}, 1, ret_hash);
	assert_int_equal(age_open(secret, sealed, at->size, plain, ret_size), 0);
	free(sealed);
	return plain;
}

static void hash_plain(const uint8_t *plain, size_t size, uint8_t ret_hash[SHA256_SIZE])
{
	struct bytes parts[] = {{(const uint8_t *)"ward/pt/1", 10},
				{plain + 8, 32},
				{plain + FREE_SIZE, size - FREE_SIZE}};

	sha256_parts(parts, 3, ret_hash);
}

/* free, moof, mdat, and nothing else; times and counts as the index says. */
static void check_boxes(const struct reel_piece *piece)
{
	const uint8_t *plain = piece->plain, *moof = plain + FREE_SIZE;

	assert_int_equal(be32(plain), FREE_SIZE);
	assert_memory_equal(plain + 4, "free", 4);
	assert_memory_equal(moof + 4, "moof", 4);
	const uint8_t *mdat = moof + be32(moof), *tfdt = moof + 8 + 16 + 8 + 16, *trun = tfdt + 20;

	assert_memory_equal(mdat + 4, "mdat", 4);
	assert_ptr_equal(mdat + be32(mdat), plain + piece->size);
	assert_memory_equal(tfdt + 4, "tfdt", 4);
	assert_memory_equal(trun + 4, "trun", 4);
	assert_int_equal(be32(trun + 12), piece->piece.frames);
	if (piece->piece.track == TRACK_VIDEO)
		assert_int_equal(be64(tfdt + 12), piece->piece.start_us / 100 * 9);
	assert_true(piece->piece.end_us > piece->piece.start_us);
}

static void append_line(char *text, size_t size, const struct reel_piece *piece,
			const uint8_t cipher[SHA256_SIZE])
{
	uint8_t hash[SHA256_SIZE];
	char hex[2][2 * SHA256_SIZE + 1];
	size_t at = strlen(text);
	const struct block_piece *about = &piece->piece;
	char letter = block_track_letter(about->track);

	if (about->gap) {
		snprintf(text + at, size - at, "gap %c %" PRIu64 " %" PRIu64 " %s\n", letter,
			 about->start_us, about->end_us, block_gap_name(about->gap));
		return;
	}
	hash_plain(piece->plain, piece->size, hash);
	sodium_bin2hex(hex[0], sizeof(hex[0]), cipher, SHA256_SIZE);
	sodium_bin2hex(hex[1], sizeof(hex[1]), hash, SHA256_SIZE);
	snprintf(text + at, size - at,
		 "seg %c %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %s %s\n",
		 letter, about->number, about->start_us, about->end_us - about->start_us,
		 about->frames, about->size, hex[0], hex[1]);
}

/* The text that the vault sealed behind the pieces is the one that they make, and its hash is the
 * row's. */
static void check_text(struct reel *reel, const struct row *row, const struct block_piece *at,
		       const char *expected)
{
	uint8_t hash[SHA256_SIZE], ignored[SHA256_SIZE];

	sha256_parts(&(struct bytes){(const uint8_t *)expected, strlen(expected)}, 1, hash);
	assert_memory_equal(hash, row->hash, sizeof(hash));
	if (at->offset == 0)
		return; /* gaps only: where it stands is not known */
	size_t size;
	uint8_t *text = open_sealed(reel, row, at, &size, ignored);

	assert_int_equal(size, strlen(expected));
	assert_memory_equal(text, expected, size);
	free(text);
}

static void check_entry(struct reel *reel, const struct row *row)
{
	char text[ENTRY_SIZE_MAX], hex[2 * SHA256_SIZE + 1];
	struct entry_view view;
	size_t size;

	assert_int_equal(log_read_entry(reel->log, row->seq, text, &size), 0);
	assert_int_equal(entry_parse(text, size, &view), 0);
	assert_int_equal(view.kind, ENTRY_MEDIA);
	sodium_bin2hex(hex, sizeof(hex), row->hash, SHA256_SIZE);
	assert_int_equal(view.values[ENTRY_SHA256].size, strlen(hex));
	assert_memory_equal(view.values[ENTRY_SHA256].data, hex, strlen(hex));
}

static void read_piece(struct reel *reel, const struct row *row, struct reel_piece *piece,
		       char *text, struct block_piece *end)
{
	uint8_t cipher[SHA256_SIZE] = {0};

	piece->log_seq = row->seq;
	if (!piece->piece.gap) {
		piece->plain = open_sealed(reel, row, &piece->piece, &piece->size, cipher);
		end->offset = piece->piece.offset + piece->piece.size;
		end->size -= piece->piece.size;
	}
	if (piece->piece.is_init) {
		assert_memory_equal(piece->plain + 4, "ftyp", 4);
		return;
	}
	if (!piece->piece.gap)
		check_boxes(piece);
	append_line(text, BLOCK_TEXT_MAX, piece, cipher);
}

static void read_block(struct reel *reel, const struct row *row, const uint8_t *previous,
		       struct reel_tape *tape)
{
	static char text[BLOCK_TEXT_MAX];
	char hex[2 * SHA256_SIZE + 1];
	struct block_piece end = {.size = (uint32_t)row->size};

	sodium_bin2hex(hex, sizeof(hex), previous, SHA256_SIZE);
	snprintf(text, sizeof(text),
		 "ward/block/1\ncam c%u\nprev %s\nspan %" PRIu64 " %" PRIu64 "\n", row->camera, hex,
		 row->start_us, row->end_us);
	for (size_t i = 0; i < row->records_size / BLOCK_RECORD_SIZE; i++) {
		struct reel_piece *piece = &tape->pieces[tape->count++];

		assert_true(tape->count < TAPE_MAX);
		assert_int_equal(
			block_parse_record(row->records, row->records_size, i, &piece->piece), 0);
		read_piece(reel, row, piece, text, &end);
	}
	check_text(reel, row, &end, text);
	check_entry(reel, row);
	tape->blocks++;
}

struct reel_tape reel_read(struct reel *reel)
{
	uint8_t previous[SHA256_SIZE] = {0};
	bool is_first = reel_entries(reel, ENTRY_ERASE) > 0; /* its predecessor's hash is gone */
	struct reel_tape tape = {.pieces = calloc(TAPE_MAX, sizeof(*tape.pieces))};
	sqlite3_stmt *select = db_use(
		reel->db, "SELECT camera, start_us, end_us, epoch_us, size, hash, log_seq, pieces "
			  "FROM blocks ORDER BY log_seq");

	assert_non_null(tape.pieces);
	while (db_step(reel->db, select)) {
		struct row row = {(uint32_t)db_int(select, 0),
				  db_int(select, 1),
				  db_int(select, 2),
				  db_int(select, 3),
				  db_int(select, 4),
				  db_int(select, 6),
				  {0},
				  sqlite3_column_blob(select, 7),
				  (size_t)sqlite3_column_bytes(select, 7)};

		assert_true(db_copy_blob(select, 5, row.hash, sizeof(row.hash)));
		if (!is_first)
			read_block(reel, &row, previous, &tape);
		is_first = false;
		memcpy(previous, row.hash, sizeof(previous));
	}
	return tape;
}

void reel_free_tape(struct reel_tape *tape)
{
	for (unsigned i = 0; i < tape->count; i++)
		free(tape->pieces[i].plain);
	free(tape->pieces);
}

static unsigned check_frames(struct reel *reel, const struct reel_piece *piece)
{
	const uint8_t *moof = piece->plain + FREE_SIZE, *trun = moof + 8 + 16 + 8 + 16 + 20;
	const uint8_t *data = moof + be32(moof) + 8;

	for (uint32_t i = 0; i < piece->piece.frames; i++) {
		const uint8_t *sample = trun + 20 + 16 * i;
		uint32_t size = be32(sample + 4), index = be32(data);

		assert_true(index < reel->frame_count);
		const struct reel_frame *sent = &reel->frames[index];

		assert_int_equal(sent->track, piece->piece.track);
		assert_int_equal(sent->size, size);
		assert_int_equal(be32(sample + 8), sent->is_key ? 0x02000000 : 0x01010000);
		assert_true(sent->wall_us >= piece->piece.start_us &&
			    sent->wall_us < piece->piece.end_us);
		for (uint32_t byte = 4; byte < size; byte++)
			assert_int_equal(data[byte], index & 0xff);
		data += size;
	}
	assert_ptr_equal(data, piece->plain + piece->size);
	return piece->piece.frames;
}

unsigned reel_count_frames(struct reel *reel, const struct reel_tape *tape, enum media_track track)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tape->count; i++) {
		const struct reel_piece *piece = &tape->pieces[i];

		if (piece->piece.track == track && !piece->piece.gap && !piece->piece.is_init)
			count += check_frames(reel, piece);
	}
	return count;
}

unsigned reel_count_gaps(const struct reel_tape *tape, enum media_track track, enum block_gap gap)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tape->count; i++)
		count += tape->pieces[i].piece.track == track && tape->pieces[i].piece.gap == gap &&
			 !tape->pieces[i].piece.is_init && gap != GAP_NONE;
	return count;
}
