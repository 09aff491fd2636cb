#include "tools/log_verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/log/checkpoint.h"
#include "proto/log/entry.h"
#include "proto/log/tile.h"
#include "proto/log/tlog_proof.h"
#include "tools/log_sessions.h"
#include "vault/log/disk.h"
#include "vault/log/state_file.h"
#include "vault/log/tiles.h"
#include "vault/log/tree.h"

enum {
	VERIFY_BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_SIZE_MAX),
	VERIFY_LEVELS = TILE_LEVEL_MAX + 1,
	VERIFY_NOTE_MAX = NOTE_SIZE_MAX,
};

/* The hashes of the last, not yet full tile of each level, as they follow from the entries. */
struct verify_level {
	unsigned count;
	uint64_t number;
	struct merkle_hash hashes[TILE_WIDTH];
};

struct log_reader {
	struct disk *disk;
	struct tiles *tiles;
	char *why;
	log_verify_entry_fn *each; /* NULL: nobody wants to see the entries */
	void *each_context;
	struct checkpoint checkpoint;
	size_t note_size;
	char note[VERIFY_NOTE_MAX];
	struct entry_stamp last; /* of the entry before */
	struct log_verify_report report;
	struct log_sessions sessions;
	struct verify_level levels[VERIFY_LEVELS];
	uint8_t bundle[VERIFY_BUNDLE_MAX];
};

static int complain(struct log_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);

static int complain(struct log_reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reader->why, LOG_VERIFY_WHY_MAX, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

static void log_reader_destroy(struct log_reader *reader)
{
	if (!reader)
		return;
	tiles_destroy(reader->tiles);
	disk_directory_close(reader->disk);
	free(reader);
}
AUTO_DEFINE(log_reader)

/* ---- reading ---- */

static int read_checkpoint(struct log_reader *reader)
{
	struct note note;
	int result = state_file_read(reader->disk, "checkpoint", reader->note, sizeof(reader->note),
				     &reader->note_size);

	if (result < 0)
		return complain(reader, "There is no readable `checkpoint`: %s.",
				strerror(-result));
	if (note_parse(reader->note, reader->note_size, &note) < 0 ||
	    checkpoint_parse(note.text, &reader->checkpoint) < 0)
		return complain(reader, "The file `checkpoint` is not a checkpoint.");
	reader->report.head = reader->checkpoint.head;
	return 0;
}

static int open_reader(const char *directory, char *ret_why, struct log_reader **ret_reader)
{
	AUTO(log_reader) reader = calloc(1, sizeof(*reader));
	struct stat status;

	if (!reader)
		return -ENOMEM;
	reader->why = ret_why;
	ret_why[0] = '\0';
	if (stat(directory, &status) < 0 || !S_ISDIR(status.st_mode)) {
		(void)complain(reader, "There is no directory %s.", directory);
		return -ENOENT;
	}

	int result = disk_directory_open(directory, &reader->disk);

	if (result == 0)
		result = tiles_create(reader->disk, &reader->tiles);
	if (result == 0)
		result = read_checkpoint(reader);
	if (result == 0)
		*ret_reader = take(reader);
	return result;
}

/* Reads a tile of the checkpoint's tree, from the full tile if the partial one is gone. */
static int read_tile_bytes(struct log_reader *reader, const struct tile *tile, void *ret_data,
			   size_t capacity, size_t *ret_size)
{
	struct tile full = {tile->level, TILE_WIDTH, tile->number};
	int result = tiles_read(reader->tiles, tile, ret_data, capacity, ret_size);

	if (result == -ENOENT && tile->width < TILE_WIDTH)
		result = tiles_read(reader->tiles, &full, ret_data, capacity, ret_size);
	if (result < 0) {
		char path[TILE_PATH_MAX];
		struct text text;

		text_init(&text, path, sizeof(path));
		tile_build_path(tile, &text);
		return complain(reader, "The file `%s` cannot be read: %s.", path,
				strerror(-result));
	}
	return 0;
}

static int read_hashes(struct log_reader *reader, const struct tile *tile,
		       struct merkle_hash hashes[TILE_WIDTH])
{
	size_t size;
	int result = read_tile_bytes(reader, tile, hashes, TILE_WIDTH * sizeof(*hashes), &size);

	if (result == 0 && size < tile->width * sizeof(*hashes))
		return complain(reader, "Tile %llu of level %d is too short.",
				(unsigned long long)tile->number, tile->level);
	return result;
}

/* ---- checking ---- */

/* The tile as it is on disk must be the one that the entries make. */
static int check_level(struct log_reader *reader, int level)
{
	const struct verify_level *built = &reader->levels[level];
	struct tile tile = {level, built->count, built->number};
	struct merkle_hash hashes[TILE_WIDTH];
	int result = read_hashes(reader, &tile, hashes);

	if (result == 0 && memcmp(hashes, built->hashes, built->count * sizeof(*hashes)) != 0)
		return complain(reader,
				"Tile %llu of level %d does not hold the hashes of the entries.",
				(unsigned long long)built->number, level);
	return result;
}

static int add_hash(struct log_reader *reader, int level, struct merkle_hash hash)
{
	for (; level < VERIFY_LEVELS; level++) {
		struct verify_level *built = &reader->levels[level];
		struct merkle_hash copy[TILE_WIDTH];

		built->hashes[built->count++] = hash;
		if (built->count < TILE_WIDTH)
			return 0;

		int result = check_level(reader, level);

		if (result < 0)
			return result;
		memcpy(copy, built->hashes, sizeof(copy));
		merkle_fold(copy, TILE_WIDTH, &hash);
		built->count = 0;
		built->number++;
	}
	return 0;
}

static void count_entry(struct log_verify_report *report, const struct entry_view *view)
{
	report->boots += view->kind == ENTRY_BOOT;
	report->views += view->kind == ENTRY_VIEW_OPEN;
	if (view->stamp.seq == 0)
		report->first_us = view->stamp.real_us;
	else if (view->stamp.real_us < report->last_us)
		report->clock_backwards++;
	report->last_us = view->stamp.real_us;
}

static int check_entry(struct log_reader *reader, uint64_t index, const uint8_t *data, size_t size)
{
	const char *wrong;
	struct entry_view view;
	struct merkle_hash leaf;

	if (entry_parse(data, size, &view) < 0)
		return complain(reader, "Entry %llu is not a valid entry.",
				(unsigned long long)index);
	if (view.stamp.seq != index)
		return complain(reader, "Entry %llu says that it is number %llu.",
				(unsigned long long)index, (unsigned long long)view.stamp.seq);
	if ((view.kind == ENTRY_GENESIS) != (index == 0))
		return complain(reader,
				"Entry %llu: the log's first entry, and no other, must be "
				"its genesis.",
				(unsigned long long)index);
	if (index > 0 && view.stamp.boot_id == reader->last.boot_id &&
	    view.stamp.boot_ns < reader->last.boot_ns)
		return complain(reader,
				"Entry %llu: the clock that counts since the start of the "
				"box runs backwards.",
				(unsigned long long)index);
	wrong = log_sessions_check(&reader->sessions, &view);
	if (wrong)
		return complain(reader, "Entry %llu: %s.", (unsigned long long)index, wrong);
	reader->last = view.stamp;
	count_entry(&reader->report, &view);
	merkle_leaf(data, size, &leaf);
	if (reader->each && reader->each(reader->each_context, (struct bytes){data, size}) < 0)
		return -EBADMSG;
	return add_hash(reader, 0, leaf);
}

static int check_bundle(struct log_reader *reader, uint64_t number)
{
	unsigned width = tile_width_at(reader->checkpoint.head.size, TILE_LEVEL_ENTRIES, number);
	struct tile tile = {TILE_LEVEL_ENTRIES, width, number};
	size_t size;
	int result = read_tile_bytes(reader, &tile, reader->bundle, sizeof(reader->bundle), &size);
	struct bytes_reader bytes = bytes_read(reader->bundle, result < 0 ? 0 : size);

	for (unsigned i = 0; result == 0 && i < width; i++) {
		size_t entry_size = bytes_get_be16(&bytes);
		const uint8_t *entry = bytes_get(&bytes, entry_size);
		uint64_t index = number * TILE_WIDTH + i;

		result = entry ? check_entry(reader, index, entry, entry_size)
			       : complain(reader, "Entry %llu is missing from its bundle.",
					  (unsigned long long)index);
	}
	return result;
}

/* What the levels hold at the end makes up the root: the leaves' last tile is the lowest part. */
static void compute_root(const struct log_reader *reader, struct merkle_hash *ret_root)
{
	struct merkle_frontier frontier = {0};
	bool started = false;

	merkle_empty(ret_root);
	for (unsigned level = 0; level < VERIFY_LEVELS; level++) {
		const struct verify_level *built = &reader->levels[level];

		memset(&frontier, 0, sizeof(frontier));
		for (unsigned i = 0; i < built->count; i++)
			merkle_frontier_add(&frontier, &built->hashes[i]);
		for (unsigned bit = 0; bit < 8; bit++) {
			if (!(frontier.size >> bit & 1))
				continue;
			if (started)
				merkle_node(&frontier.roots[bit], ret_root, ret_root);
			else
				*ret_root = frontier.roots[bit];
			started = true;
		}
	}
}

static int check_tree(struct log_reader *reader)
{
	uint64_t size = reader->checkpoint.head.size;
	struct merkle_hash root;
	int result = 0;

	for (uint64_t number = 0; result == 0 && number * TILE_WIDTH < size; number++)
		result = check_bundle(reader, number);
	for (int level = 0; result == 0 && level < VERIFY_LEVELS; level++)
		if (reader->levels[level].count)
			result = check_level(reader, level);
	if (result < 0)
		return result;
	compute_root(reader, &root);
	if (!merkle_equal(&root, &reader->checkpoint.head.root))
		return complain(reader,
				"The entries do not add up to the signed root: entries were "
				"changed, left out or added.");
	return 0;
}

static int check_signature(struct log_reader *reader, const char *vkey)
{
	struct checkpoint checkpoint;
	struct note_key key;

	if (note_key_parse(vkey, strlen(vkey), &key) < 0)
		return complain(reader, "The log's key is not a vkey (name+id+base64).");

	int result = checkpoint_open(reader->note, reader->note_size, &key, &checkpoint);

	if (result == -ENOKEY)
		return complain(reader, "The checkpoint is not signed by the key %s.", vkey);
	if (result < 0)
		return complain(reader, "The signature of the checkpoint is wrong.");
	text_copy(reader->report.vkey, sizeof(reader->report.vkey), vkey);
	return 0;
}

/* The mark of the newest signature, where the directory is a running log's. */
static int check_mark(struct log_reader *reader)
{
	struct checkpoint mark;
	char note[VERIFY_NOTE_MAX];
	struct note_key key;
	size_t size;
	int result = state_file_read(reader->disk, ".state/signed", note, sizeof(note), &size);

	if (result == -ENOENT)
		return 0;
	if (result < 0 ||
	    note_key_parse(reader->report.vkey, strlen(reader->report.vkey), &key) < 0 ||
	    checkpoint_open(note, size, &key, &mark) < 0)
		return complain(reader, "The mark of the newest signature, `.state/signed`, is "
					"damaged or signed by another key.");
	if (mark.head.size < reader->checkpoint.head.size ||
	    (mark.head.size == reader->checkpoint.head.size &&
	     !merkle_equal(&mark.head.root, &reader->checkpoint.head.root)))
		return complain(reader, "The mark of the newest signature, `.state/signed`, does "
					"not belong to this checkpoint.");
	return 0;
}

/* ---- the key ---- */

static int read_genesis_key(struct log_reader *reader, char ret_vkey[NOTE_VKEY_MAX + 1])
{
	unsigned width = tile_width_at(reader->checkpoint.head.size, TILE_LEVEL_ENTRIES, 0);
	struct tile tile = {TILE_LEVEL_ENTRIES, width, 0};
	struct entry_view view;
	size_t size;

	if (width == 0)
		return complain(reader, "The log is empty.");

	int result = read_tile_bytes(reader, &tile, reader->bundle, sizeof(reader->bundle), &size);

	if (result < 0)
		return result;

	struct bytes_reader bytes = bytes_read(reader->bundle, size);
	size_t entry_size = bytes_get_be16(&bytes);
	const uint8_t *entry = bytes_get(&bytes, entry_size);

	if (!entry || entry_parse(entry, entry_size, &view) < 0 || view.kind != ENTRY_GENESIS)
		return complain(reader, "The log does not begin with a genesis entry.");

	struct bytes value = view.values[ENTRY_LOG_KEY];

	memcpy(ret_vkey, value.data, value.size);
	ret_vkey[value.size] = '\0';
	return 0;
}

int log_verify_key(const char *directory, char ret_vkey[NOTE_VKEY_MAX + 1], char *ret_why)
{
	AUTO(log_reader) reader = NULL;
	int result = open_reader(directory, ret_why, &reader);

	return result < 0 ? result : read_genesis_key(reader, ret_vkey);
}

int log_verify_directory(const char *directory, const char *vkey,
			 struct log_verify_report *ret_report, char *ret_why)
{
	AUTO(log_reader) reader = NULL;
	char genesis_vkey[NOTE_VKEY_MAX + 1];
	int result = open_reader(directory, ret_why, &reader);

	if (result == 0)
		result = read_genesis_key(reader, genesis_vkey);
	if (result == 0)
		result = check_signature(reader, vkey ? vkey : genesis_vkey);
	if (result == 0 && vkey && strcmp(vkey, genesis_vkey) != 0)
		result = complain(reader, "The genesis entry names another key: %s.", genesis_vkey);
	if (result == 0)
		result = check_tree(reader);
	if (result == 0)
		result = check_mark(reader);
	if (result < 0)
		return result;
	reader->report.key_is_claimed = vkey == NULL;
	*ret_report = reader->report;
	return 0;
}

int log_verify_entries(const char *directory, log_verify_entry_fn *each, void *context,
		       char *ret_why)
{
	AUTO(log_reader) reader = NULL;
	int result = open_reader(directory, ret_why, &reader);

	if (result < 0)
		return result;
	reader->each = each;
	reader->each_context = context;
	return check_tree(reader);
}

/* ---- proofs ---- */

/* The tree of the checkpoint, from the tiles alone. */
static int load_tree(struct log_reader *reader, struct tree *tree)
{
	uint64_t size = reader->checkpoint.head.size;
	struct tile tile = {0, tile_width_at(size, 0, size / TILE_WIDTH), size / TILE_WIDTH};
	struct merkle_hash hashes[TILE_WIDTH], root;
	int result = tree_load(tree, size);

	if (result == 0 && tile.width)
		result = read_hashes(reader, &tile, hashes);
	for (unsigned i = 0; result == 0 && i < tile.width; i++)
		result = tree_add(tree, &hashes[i], (struct wal_position){0, 0});
	if (result == 0)
		result = tree_root_at(tree, size, &root);
	if (result < 0)
		return complain(reader, "Tiles of the log are missing or damaged.");
	return merkle_equal(&root, &reader->checkpoint.head.root)
		       ? 0
		       : complain(reader, "The tiles do not add up to the signed root.");
}

int log_verify_prove(const char *directory, uint64_t index, struct text *text, char *ret_why)
{
	AUTO(log_reader) reader = NULL;
	AUTO(tree) tree = NULL;
	struct tlog_proof proof = {.index = index};
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	int result = open_reader(directory, ret_why, &reader);

	if (result == 0)
		result = tree_create(reader->tiles, &tree);
	if (result == 0)
		result = load_tree(reader, tree);
	if (result < 0)
		return result;
	result = tree_prove_inclusion(tree, index, reader->checkpoint.head.size, hashes);
	if (result == -ENOENT) {
		(void)complain(reader,
			       "The checkpoint has %llu entries; there is no entry %llu "
			       "under it yet.",
			       (unsigned long long)reader->checkpoint.head.size,
			       (unsigned long long)index);
		return -ENOENT;
	}
	if (result < 0)
		return complain(reader, "Tiles of the log are missing or damaged.");
	proof.hash_count = (unsigned)result;
	memcpy(proof.hashes, hashes, proof.hash_count * sizeof(*hashes));
	proof.note = (struct bytes){(const uint8_t *)reader->note, reader->note_size};
	tlog_proof_build(&proof, text);
	return text->failed ? -EMSGSIZE : 0;
}
