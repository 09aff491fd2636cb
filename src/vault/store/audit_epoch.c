/* One epoch: its pack against its rows, its rows against the log, and inside the pack every text
 * and, if asked for, every byte. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "vault/store/audit.h"
#include "vault/store/fragment.h"
#include "vault/store/pack.h"

enum { HEX_HASH = 2 * SHA256_SIZE, SIZE_MAX_READ = 256 << 20 };

static const char prefix_plain[] = "ward/pt/1";

/* The epoch under the glass. */
struct glass {
	struct audit *audit;
	const struct audit_epoch *epoch;
	char path[PACK_PATH_SIZE];
	int file;
	uint64_t size; /* of the pack */
	uint64_t end;  /* of what rows have named so far */
};

/* One block of it, as its row says. */
struct leaf {
	const struct audit_block *row;
	struct block block;
	uint64_t first, end; /* its fragments in the pack; 0: gaps only */
	uint64_t text_size;
};

static void report(struct glass *glass, enum audit_kind kind, const struct leaf *leaf,
		   struct audit_finding finding)
{
	finding.kind = kind;
	finding.camera = glass->epoch->camera;
	finding.epoch_us = glass->epoch->start_us;
	if (leaf) {
		finding.seq = leaf->row->seq;
		if (!finding.end_us) {
			finding.start_us = leaf->row->start_us;
			finding.end_us = leaf->row->end_us;
		}
	}
	glass->audit->found(glass->audit->context, &finding);
}

/* `size` bytes of the pack in the audit's room, which has as much again behind them for what they
 * decrypt to; NULL: not to be had. */
static uint8_t *read_pack(struct glass *glass, uint64_t offset, uint64_t size)
{
	struct audit *audit = glass->audit;
	struct disk *disk = audit->disk;

	if (size > SIZE_MAX_READ)
		return NULL;
	if (audit->room_size < 2 * size) {
		free(audit->room);
		audit->room = malloc(2 * size);
		audit->room_size = audit->room ? 2 * size : 0;
	}
	if (!audit->room ||
	    disk->read(disk, glass->file, audit->room, size, offset) != (int64_t)size)
		return NULL;
	return audit->room;
}

static const uint8_t *open_sealed(struct glass *glass, uint64_t offset, uint64_t size,
				  size_t *ret_size)
{
	uint8_t *sealed = read_pack(glass, offset, size);

	if (!sealed || age_open(glass->epoch->secret, sealed, size, sealed + size, ret_size) < 0)
		return NULL;
	return sealed + size;
}

/* ---- what a row says ---- */

static bool take_pieces(struct leaf *leaf)
{
	uint64_t named = 0;
	struct block_piece piece;
	size_t count = leaf->row->records_size / BLOCK_RECORD_SIZE;

	if (count == 0 || leaf->row->records_size % BLOCK_RECORD_SIZE != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (block_parse_record(leaf->row->records, leaf->row->records_size, i, &piece) <
			    0 ||
		    block_add(&leaf->block, &piece) < 0)
			return false;
		if (piece.gap)
			continue;
		if (named != 0 && piece.offset != leaf->end)
			return false; /* a block is one stretch of the pack */
		if (named == 0)
			leaf->first = piece.offset;
		named += piece.size;
		leaf->end = piece.offset + piece.size;
	}
	if (leaf->row->size <= named)
		return false; /* where is its text? */
	leaf->text_size = leaf->row->size - named;
	return true;
}

static void add_sums(struct audit_sums *sums, const struct leaf *leaf)
{
	sums->blocks++;
	sums->bytes += leaf->row->size;
	sums->older_log += leaf->row->seq == 0;
	if (sums->oldest_us == 0 || leaf->row->start_us < sums->oldest_us)
		sums->oldest_us = leaf->row->start_us;
	if (leaf->row->end_us > sums->newest_us)
		sums->newest_us = leaf->row->end_us;
	for (unsigned i = 0; i < leaf->block.count; i++) {
		const struct block_piece *piece = &leaf->block.pieces[i];
		uint64_t length_us = piece->end_us - piece->start_us;

		sums->fragments += !piece->gap && !piece->is_init;
		if (piece->track != TRACK_VIDEO || piece->is_init)
			continue;
		if (!piece->gap) {
			sums->video_us += length_us;
			continue;
		}
		sums->gaps[piece->gap]++;
		sums->gap_us[piece->gap] += length_us;
	}
}

/* ---- the log ---- */

static void check_entry(struct glass *glass, const struct leaf *leaf)
{
	struct audit *audit = glass->audit;
	uint8_t hash[SHA256_SIZE];

	if (leaf->row->seq == 0)
		return;
	int rc = audit->entry(audit->context, leaf->row->seq, glass->epoch->camera, hash);

	if (rc == -ERANGE)
		audit->sums.unpublished++;
	else if (rc < 0 || memcmp(hash, leaf->row->hash, sizeof(hash)) != 0)
		report(glass, AUDIT_ENTRY_LOST, leaf, (struct audit_finding){.error = rc});
}

/* A block between the two that the index does not have: erased, or lost, which the log's own pass
 * finds; if the log does not know it either, somebody took it out. */
static bool is_in_log(struct audit *audit, uint32_t camera, const struct audit_block *row,
		      const uint8_t wanted[SHA256_SIZE])
{
	uint8_t hash[SHA256_SIZE];

	for (uint64_t seq = row->seq; seq-- > row->previous_seq + 1;)
		if (audit->entry(audit->context, seq, camera, hash) == 0 &&
		    memcmp(hash, wanted, sizeof(hash)) == 0)
			return true;
	return false;
}

static void check_chain(struct glass *glass, const struct leaf *leaf)
{
	const struct audit_block *row = leaf->row;

	if (row->seq == 0 || !row->has_previous || row->previous_seq == 0 ||
	    memcmp(row->previous, leaf->block.previous, SHA256_SIZE) == 0)
		return;
	if (!is_in_log(glass->audit, glass->epoch->camera, row, leaf->block.previous))
		report(glass, AUDIT_CHAIN_BROKEN, leaf, (struct audit_finding){0});
}

/* ---- a block's text ---- */

static bool take_hex(const char *hex, uint8_t ret_hash[SHA256_SIZE])
{
	size_t size;

	return sodium_hex2bin(ret_hash, SHA256_SIZE, hex, HEX_HASH, NULL, &size, NULL) == 0 &&
	       size == SHA256_SIZE;
}

/* The two hashes at the end of each `seg` line, and the one of `prev`; everything else in the text
 * follows from the row. False: it is another text. */
static bool take_hashes(struct leaf *leaf, const char *text, size_t size)
{
	static const char prev[] = "\nprev ";
	const char *at = memmem(text, size, prev, sizeof(prev) - 1), *end = text + size;

	if (!at || end - at < (ptrdiff_t)(sizeof(prev) + HEX_HASH) ||
	    !take_hex(at + sizeof(prev) - 1, leaf->block.previous))
		return false;
	at = memmem(at, (size_t)(end - at), "\nspan ", 6);
	for (unsigned i = 0; at && i < leaf->block.count; i++) {
		struct block_piece *piece = &leaf->block.pieces[i];

		if (piece->is_init)
			continue;
		at = memchr(at + 1, '\n', (size_t)(end - at - 1));
		const char *next =
			at && at + 1 < end ? memchr(at + 1, '\n', (size_t)(end - at - 1)) : NULL;

		if (!next)
			return false;
		if (piece->gap)
			continue;
		if (next - at < 2 * HEX_HASH + 3 ||
		    !take_hex(next - 2 * HEX_HASH - 1, piece->cipher_hash) ||
		    !take_hex(next - HEX_HASH, piece->plain_hash))
			return false;
	}
	return at != NULL;
}

/* What the speaker was given stands in the text alone. */
static bool take_spoken(struct leaf *leaf, const char *text, size_t size)
{
	const char *at = text, *end = text + size;
	struct block_spoken spoken;

	while ((at = memmem(at, (size_t)(end - at), "\nspk ", 5))) {
		const char *line = at + 1, *next = memchr(line, '\n', (size_t)(end - line));

		if (!next || block_parse_spoken(line, (size_t)(next - line), &spoken) < 0 ||
		    block_add_spoken(&leaf->block, &spoken) < 0)
			return false;
		at = next;
	}
	return true;
}

/* It must be what the row's pieces make, byte for byte. */
static bool is_of_row(struct leaf *leaf, const uint8_t *plain, size_t size)
{
	static char room[BLOCK_TEXT_MAX];
	uint8_t hash[SHA256_SIZE];
	struct text text;

	sha256_parts(&(struct bytes){plain, size}, 1, hash);
	if (memcmp(hash, leaf->row->hash, sizeof(hash)) != 0 ||
	    !take_hashes(leaf, (const char *)plain, size) ||
	    !take_spoken(leaf, (const char *)plain, size))
		return false;
	text_init(&text, room, sizeof(room));
	block_build_text(&leaf->block, &text);
	return !text.failed && text.size == size && memcmp(text.data, plain, size) == 0;
}

/* A block of nothing but gaps: its text stands behind the block before it, or behind what a crash
 * left there. */
static uint64_t find_lonely_text(struct glass *glass, const struct leaf *leaf)
{
	static const char magic[] = "age-encryption.org/v1\n";
	uint64_t from = glass->end, to = glass->size;
	const uint8_t *bytes;
	size_t size;

	while (from + leaf->text_size <= to && (bytes = read_pack(glass, from, to - from))) {
		const uint8_t *at = memmem(bytes, to - from, magic, sizeof(magic) - 1);

		if (!at)
			break;
		from += (uint64_t)(at - bytes);
		if (from + leaf->text_size <= to &&
		    open_sealed(glass, from, leaf->text_size, &size))
			return from;
		from++;
	}
	return glass->end;
}

/* True: its hashes may be relied on. */
static bool check_text(struct glass *glass, struct leaf *leaf)
{
	size_t size;

	if (leaf->first == leaf->end)
		leaf->first = leaf->end = find_lonely_text(glass, leaf);

	struct audit_finding place = {.offset = leaf->end, .size = leaf->text_size};
	const uint8_t *plain = open_sealed(glass, leaf->end, leaf->text_size, &size);

	if (!plain) {
		report(glass, AUDIT_TEXT_DAMAGED, leaf, place);
		return false;
	}
	if (!is_of_row(leaf, plain, size)) {
		report(glass, AUDIT_TEXT_OTHER, leaf, place);
		return false;
	}
	check_chain(glass, leaf);
	return true;
}

/* ---- fragments ---- */

static bool is_plain_right(const uint8_t *plain, size_t size, const uint8_t wanted[SHA256_SIZE])
{
	uint8_t hash[SHA256_SIZE];

	if (size < FRAGMENT_FREE_SIZE)
		return false;
	struct bytes parts[] = {{(const uint8_t *)prefix_plain, sizeof(prefix_plain)},
				{plain + 8, FRAGMENT_SALT_SIZE},
				{plain + FRAGMENT_FREE_SIZE, size - FRAGMENT_FREE_SIZE}};

	sha256_parts(parts, ARRAY_COUNT(parts), hash);
	return memcmp(hash, wanted, sizeof(hash)) == 0;
}

static bool is_piece_right(struct glass *glass, const struct block_piece *piece, bool has_hashes)
{
	uint8_t hash[SHA256_SIZE];
	const uint8_t *sealed = read_pack(glass, piece->offset, piece->size);
	size_t size;

	if (!sealed)
		return false;
	has_hashes = has_hashes && !piece->is_init;
	sha256_parts(&(struct bytes){sealed, piece->size}, 1, hash);
	if (has_hashes && memcmp(hash, piece->cipher_hash, sizeof(hash)) != 0)
		return false;
	const uint8_t *plain = open_sealed(glass, piece->offset, piece->size, &size);

	return plain && (!has_hashes || is_plain_right(plain, size, piece->plain_hash));
}

static void check_pieces(struct glass *glass, const struct leaf *leaf, bool has_hashes)
{
	for (unsigned i = 0; i < leaf->block.count; i++) {
		const struct block_piece *piece = &leaf->block.pieces[i];

		if (piece->gap)
			continue;
		glass->audit->sums.checked += !piece->is_init;
		if (!is_piece_right(glass, piece, has_hashes))
			report(glass, AUDIT_FRAGMENT_DAMAGED, leaf,
			       (struct audit_finding){.offset = piece->offset,
						      .size = piece->size,
						      .start_us = piece->start_us,
						      .end_us = piece->end_us,
						      .track = block_track_letter(piece->track)});
	}
}

/* ---- the pack ---- */

static void check_left(struct glass *glass, uint64_t until)
{
	if (until <= glass->end)
		return;
	glass->audit->sums.bytes_left += until - glass->end;
	report(glass, AUDIT_BYTES_LEFT, NULL,
	       (struct audit_finding){.offset = glass->end, .size = until - glass->end});
}

static void check_block(struct glass *glass, const struct audit_block *row)
{
	static struct leaf leaf; /* 20 KB, and never nested */

	leaf = (struct leaf){.row = row, .block = {.camera = glass->epoch->camera}};
	if (!take_pieces(&leaf) || (leaf.first != leaf.end && leaf.first < glass->end)) {
		report(glass, AUDIT_ROW_BAD, &leaf, (struct audit_finding){0});
		return;
	}
	add_sums(&glass->audit->sums, &leaf);
	check_entry(glass, &leaf);
	if (leaf.end + leaf.text_size > glass->size) {
		report(glass, AUDIT_PACK_SHORT, &leaf,
		       (struct audit_finding){.offset = leaf.first, .size = row->size});
		glass->end = glass->size;
		return;
	}
	bool has_hashes = glass->epoch->has_secret && check_text(glass, &leaf);

	if (glass->audit->is_deep && glass->epoch->has_secret)
		check_pieces(glass, &leaf, has_hashes);
	if (leaf.end == 0)
		return; /* gaps only, and closed: its place is not known */
	check_left(glass, leaf.first);
	glass->end = leaf.end + leaf.text_size;
}

static bool open_pack(struct glass *glass)
{
	struct disk *disk = glass->audit->disk;

	glass->file = disk->open(disk, glass->path, DISK_READ);
	if (glass->file >= 0) {
		int64_t size = disk->size(disk, glass->file);

		glass->size = size < 0 ? 0 : (uint64_t)size;
		return true;
	}
	/* An epoch that a crash ended before its first block has nothing to lose. */
	if (glass->epoch->count)
		report(glass, glass->file == -ENOENT ? AUDIT_PACK_MISSING : AUDIT_PACK_UNREADABLE,
		       NULL,
		       (struct audit_finding){.error = glass->file == -ENOENT ? 0 : glass->file});
	return false;
}

void audit_epoch(struct audit *audit, const struct audit_epoch *epoch)
{
	struct glass glass = {.audit = audit, .epoch = epoch};

	audit->sums.epochs++;
	pack_path(epoch->camera, epoch->start_us, glass.path);
	if (epoch->secret_error == -EACCES && epoch->is_wrapped)
		audit->sums.sealed++;
	else if (epoch->secret_error == -EACCES && epoch->count)
		report(&glass, AUDIT_KEY_LOST, NULL, (struct audit_finding){0});
	if (!open_pack(&glass))
		return;
	audit->sums.packs++;
	for (unsigned i = 0; i < epoch->count; i++)
		check_block(&glass, &epoch->blocks[i]);
	if (epoch->start_us < audit->written_us)
		check_left(&glass, glass.size);
	audit->disk->close(audit->disk, glass.file);
}

void audit_finish(struct audit *audit)
{
	free(audit->room);
	audit->room = NULL;
	audit->room_size = 0;
}
