#include "vault/log/recover.h"

#include <errno.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "vault/log/epoch.h"
#include "vault/log/publish.h"
#include "vault/log/state_file.h"

static const char state_directory[] = ".state", lock_path[] = ".state/lock";

/* What stands on disk before the WAL is read. */
struct recover {
	struct parts *parts;
	struct text *why;
	struct merkle_head signed_head; /* size 0: nothing was ever signed */
	bool has_signed, has_checkpoint;
	uint64_t next_index;             /* after the WAL's last record; 0: it has none */
	struct wal_position unsigned_at; /* the first record at or after the signed size */
	bool has_unsigned;
};

static int refuse(struct text *why, const char *sentence)
{
	text_add(why, sentence);
	text_add(why, " Nothing more is written and nobody can watch. If you know why this is so, "
		      "begin a new log that names the old one: start Ward once with "
		      "`ward run --new-epoch`.");
	return -EUCLEAN;
}

int recover_lock(struct parts *parts, struct text *why)
{
	struct disk *disk = parts->disk;
	int result = disk->make_directory(disk, state_directory);

	if (result < 0 && result != -EEXIST)
		return result;
	result = disk->sync_directory(disk, ".");
	if (result < 0)
		return result;

	int lock = disk->open(disk, lock_path, DISK_WRITE);

	if (lock == -ENOENT)
		lock = disk->open(disk, lock_path, DISK_CREATE);
	if (lock < 0)
		return lock;
	result = disk->lock(disk, lock);
	if (result < 0) {
		disk->close(disk, lock);
		if (result == -EWOULDBLOCK)
			text_add(why, "Another process has the access log open: Ward is running "
				      "already.");
		return result;
	}
	parts->lock = lock;
	return 0;
}

/* ---- the notes ---- */

/* Reads one of our own notes. 0 with size 0 if there is none. */
static int read_note(struct recover *recover, const char *path, char *ret_note, size_t *ret_size,
		     struct merkle_head *ret_head)
{
	struct parts *parts = recover->parts;
	struct checkpoint checkpoint;
	struct note note;
	int result = state_file_read(parts->disk, path, ret_note, PARTS_NOTE_MAX, ret_size);

	*ret_head = (struct merkle_head){0};
	if (result == -ENOENT) {
		*ret_size = 0;
		return 0;
	}
	if (result < 0 && result != -EMSGSIZE)
		return result;
	text_printf(recover->why, "The file `log/%s` ", path);
	if (result < 0 || note_parse(ret_note, *ret_size, &note) < 0 ||
	    checkpoint_parse(note.text, &checkpoint) < 0)
		return refuse(recover->why, "is damaged: it is not a signed head of the log.");

	uint32_t epoch = signer_epoch_of(parts->signer, checkpoint.origin);

	if (epoch == 0)
		return refuse(recover->why, "was signed by another key than `vault/log.key`.");
	signer_set_epoch(parts->signer, epoch);
	if (checkpoint_open(ret_note, *ret_size, signer_key(parts->signer), &checkpoint) < 0)
		return refuse(recover->why, "does not carry a valid signature.");
	text_init(recover->why, recover->why->data, recover->why->capacity);
	*ret_head = checkpoint.head;
	return 0;
}

static int read_notes(struct recover *recover)
{
	struct parts *parts = recover->parts;
	char signed_note[PARTS_NOTE_MAX];
	size_t signed_size;
	int result = read_note(recover, PUBLISH_SIGNED, signed_note, &signed_size,
			       &recover->signed_head);
	uint32_t epoch = signer_epoch(parts->signer);

	if (result == 0)
		result = read_note(recover, PUBLISH_CHECKPOINT, parts->note, &parts->note_size,
				   &parts->head);
	if (result < 0)
		return result;
	recover->has_signed = signed_size > 0;
	recover->has_checkpoint = parts->note_size > 0;
	if (recover->has_checkpoint &&
	    (!recover->has_signed || parts->head.size > recover->signed_head.size ||
	     signer_epoch(parts->signer) != epoch)) {
		text_printf(recover->why,
			    "The access log's `checkpoint` shows %llu entries, but its mark of the "
			    "newest signature, `log/%s`, is older or missing: part of the log was "
			    "put back from an old copy.",
			    (unsigned long long)parts->head.size, PUBLISH_SIGNED);
		return refuse(recover->why, "");
	}
	parts->previous_size = parts->head.size;
	parts->stale_size = recover->signed_head.size;
	return 0;
}

/* ---- the records ---- */

static int found_record(void *context, const struct wal_record *record,
			struct wal_position position)
{
	struct recover *recover = context;
	struct tree *tree = recover->parts->tree;

	recover->next_index = record->index + 1;
	if (!recover->has_unsigned && record->index >= recover->signed_head.size) {
		recover->unsigned_at = position;
		recover->has_unsigned = true;
	}
	if (record->index < tree_size(tree))
		return 0; /* in a full tile */
	/* A hole before the first record: wal_scan cannot know where it should begin. */
	if (record->index > tree_size(tree))
		return -EUCLEAN;
	return tree_add(tree, &record->leaf, position);
}

static int refuse_short(struct recover *recover)
{
	text_printf(recover->why,
		    "The access log on disk ends after %llu entries, but %llu were signed: entries "
		    "are missing. It was put back from an old copy, or the disk lost what it had "
		    "confirmed.",
		    (unsigned long long)recover->next_index,
		    (unsigned long long)recover->signed_head.size);
	return refuse(recover->why, "");
}

/* The tree must have the signed heads as prefixes. */
static int check_head(struct recover *recover, const struct merkle_head *head, const char *whose)
{
	struct merkle_hash root;

	if (head->size == 0)
		return 0;

	int result = tree_root_at(recover->parts->tree, head->size, &root);

	if (result == 0 && merkle_equal(&root, &head->root))
		return 0;
	if (result < 0 && result != -ENOENT && result != -EUCLEAN)
		return result;
	text_printf(recover->why,
		    "The access log on disk is not the one that %s remembers: at %llu entries it "
		    "differs. It was changed, or put back from another copy.",
		    whose, (unsigned long long)head->size);
	return refuse(recover->why, "");
}

static int read_records(struct recover *recover)
{
	struct parts *parts = recover->parts;
	int result = tree_load(parts->tree, parts->head.size);

	if (result == -ENOENT || result == -EUCLEAN)
		return refuse(recover->why, "Tiles of the access log are missing or damaged.");
	if (result == 0)
		result = wal_scan(parts->wal, found_record, recover);
	if (result == -EUCLEAN)
		return refuse(recover->why,
			      "The access log's write-ahead log is damaged: entries are missing "
			      "before others that were written later.");
	return result;
}

static int check_floor(struct recover *recover, const struct parts_config *config)
{
	struct parts *parts = recover->parts;

	if (config->floor_epoch == 0 || config->floor_epoch < signer_epoch(parts->signer))
		return 0;
	if (!recover->has_signed || config->floor_epoch > signer_epoch(parts->signer) ||
	    config->floor.size > tree_size(parts->tree)) {
		text_printf(recover->why,
			    "The access log on disk holds %llu entries, but the database remembers "
			    "%llu: entries are missing. It was removed, or put back from an old "
			    "copy.",
			    (unsigned long long)tree_size(parts->tree),
			    (unsigned long long)config->floor.size);
		return refuse(recover->why, "");
	}
	return check_head(recover, &config->floor, "the database");
}

int recover_log(struct parts *parts, const struct parts_config *config, struct text *why)
{
	struct recover recover = {.parts = parts, .why = why};
	int result = read_notes(&recover);

	if (result == 0)
		result = read_records(&recover);
	if (result < 0)
		return result;
	/* Full tiles are not enough: the WAL always reaches to the end of the log. */
	if (recover.next_index < tree_size(parts->tree) ||
	    recover.next_index < recover.signed_head.size)
		return refuse_short(&recover);
	result = check_head(&recover, &recover.signed_head, "its own signature");
	if (result == 0)
		result = check_head(&recover, &parts->head, "its own checkpoint");
	if (result == 0)
		result = check_floor(&recover, config);
	if (result < 0)
		return result;
	return wal_repair(parts->wal,
			  recover.has_unsigned ? recover.unsigned_at : wal_end(parts->wal));
}

int recover_epoch(struct parts *parts, const struct parts_config *config, struct text *ret_head)
{
	char note_text[PARTS_NOTE_MAX];
	struct checkpoint checkpoint;
	struct note note;
	uint32_t last;
	size_t size;
	int result = epoch_find_last(parts->disk, &last);

	if (result < 0)
		return result;
	if (last > 0)
		result = epoch_read_signed(parts->disk, last, note_text, sizeof(note_text), &size);

	bool has_note = last > 0 && result == 0 && note_parse(note_text, size, &note) == 0 &&
			checkpoint_parse(note.text, &checkpoint) == 0;

	if (last > 0 && config->floor_epoch == last &&
	    (!has_note || config->floor.size > checkpoint.head.size)) {
		signer_set_epoch(parts->signer, last);
		text_printf(ret_head, "%s %llu ", signer_key(parts->signer)->name,
			    (unsigned long long)config->floor.size);
		text_add_base64(ret_head, config->floor.root.bytes, MERKLE_HASH_SIZE);
	} else if (has_note) {
		text_printf(ret_head, "%.*s %llu ", (int)checkpoint.origin.size,
			    (const char *)checkpoint.origin.data,
			    (unsigned long long)checkpoint.head.size);
		text_add_base64(ret_head, checkpoint.head.root.bytes, MERKLE_HASH_SIZE);
	}
	signer_set_epoch(parts->signer, last + 1);
	return ret_head->failed ? -EMSGSIZE : 0;
}
