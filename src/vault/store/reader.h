/* Reads what was recorded: the one way from a pack to a picture. A reader is made from the receipt
 * of the play's own entry, so a byte before the entry does not compile; and it reads nothing but
 * the camera, the tracks and the time that this entry names. */
#ifndef VAULT_STORE_READER_H
#define VAULT_STORE_READER_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "vault/log/log.h"
#include "vault/store/catalog.h"
#include "vault/store/custody.h"
#include "vault/store/store.h"

enum {
	READER_TRACKS = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_SUB) | TRACK_BIT(TRACK_MIC) |
			TRACK_BIT(TRACK_TALK) | TRACK_BIT(TRACK_SPEAKER),
	READER_INITS_MAX = 64, /* init segments told in one list */
};

/* What the entry says. */
struct reader_scope {
	struct catalog_span span;
	uint32_t tracks; /* set of TRACK_BIT */
};

struct reader;

/* -ENOMEM. `store` stays the caller's, and must outlive the reader. */
NODISCARD __attribute__((nonnull)) int reader_open(const struct log_receipt *receipt,
						   struct store *store,
						   const struct reader_scope *scope,
						   struct reader **ret_reader);
void reader_destroy(struct reader *reader);

/* Told in a list: each init segment before the first fragment that needs it. No `request`. */
struct reader_listener {
	void (*init)(void *context, const struct ipc_row_init *row);
	void (*segment)(void *context, const struct ipc_segment *segment);
	void *context;
};

/* What there is to read of a span, as far as it lies in the scope; at most PLAY_SEGMENTS_MAX. 0, or
 * where the rest begins. */
uint64_t reader_list(struct reader *reader, uint64_t from_us, uint64_t to_us,
		     const struct reader_listener *listener);

/* Where a piece lies and how many bytes it has; -ENOENT: there is no such one in the scope;
 * -ENODATA: it was erased. */
struct reader_piece {
	struct block_piece piece;
	struct catalog_block block;
	uint32_t plain_size;
};
NODISCARD int reader_find(struct reader *reader, const struct ipc_play_read *ask,
			  struct reader_piece *ret_piece);

/* The text of the block that has that `media` entry, as a piece that is read sealed: whoever opens it
 * can hold the block's fragments against the log. -ENOENT: there is no such block in the scope. */
NODISCARD int reader_find_block(struct reader *reader, uint64_t log_seq,
				struct reader_piece *ret_piece);

/* The video fragment that is seen at a moment, of the smaller track if there is one; -ENOENT: nothing
 * in the scope is. */
NODISCARD int reader_find_picture(struct reader *reader, uint64_t at_us,
				  struct reader_piece *ret_piece);
/* The init segment that it needs; errors as of reader_find. */
NODISCARD int reader_find_init(struct reader *reader, const struct reader_piece *fragment,
			       struct reader_piece *ret_init);
/* The thumbnail that was made of it, borrowed as below; -ENOENT: it is to be made; other errors as of
 * reader_read. */
NODISCARD int reader_find_thumb(struct reader *reader, const struct reader_piece *fragment,
				struct bytes *ret_jpeg);
/* Keeps it for the next time, if it can. */
void reader_keep_thumb(struct reader *reader, const struct reader_piece *fragment,
		       struct bytes jpeg);

/* The piece, decrypted and checked against the block that the log knows. Borrowed until the next
 * call on any reader of the store. -ENODATA: erased; -EACCES: the box keeps no key of it
 * (custody.h); -EBADMSG: changed or damaged; other errors are the disk's. */
NODISCARD int reader_read(struct reader *reader, const struct reader_piece *piece,
			  struct bytes *ret_plain);
/* The piece as the age file that it is in the pack, for whoever has the epoch's key: unchecked, for
 * what it was checked against is sealed as well. Borrowed as above. */
NODISCARD int reader_read_sealed(struct reader *reader, const struct reader_piece *piece,
				 struct bytes *ret_file);
/* The epoch's own key, as an age file for a person's key (custody.h), if the scope may have something
 * of that epoch. -ENOENT: there is none for that key and person. */
NODISCARD int reader_read_wrap(struct reader *reader, uint64_t epoch_us,
			       const struct custody_key *key, struct bytes *ret_file);
/* Its first `size` bytes, or all if it has fewer. Without the check against the block, for which
 * all of it would have to be read: who plans with them meets the check when reading the whole. */
NODISCARD int reader_read_start(struct reader *reader, const struct reader_piece *piece,
				size_t size, struct bytes *ret_plain);

#endif
