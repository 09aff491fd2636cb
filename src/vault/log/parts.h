/* What the log is made of, for the files that work on it as a whole: log.c, recover.c, publish.c,
 * entries.c. */
#ifndef VAULT_LOG_PARTS_H
#define VAULT_LOG_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "vault/log/disk.h"
#include "vault/log/signer.h"
#include "vault/log/tiles.h"
#include "vault/log/tree.h"
#include "vault/log/wal.h"

enum { PARTS_NOTE_MAX = 1024 };

/* A head on its way out: signed, its tiles not all written. */
struct publication {
	bool is_open;
	int level; /* the tile that comes next */
	uint64_t number;
	struct merkle_head head;
	size_t note_size;
	char note[PARTS_NOTE_MAX];
};

struct parts {
	struct disk *disk; /* borrowed */
	struct signer *signer;
	struct wal *wal;
	struct tiles *tiles;
	struct tree *tree;
	int lock;                /* the one writer's file, -1: not held */
	struct merkle_head head; /* of `checkpoint`: the newest published one */
	uint64_t
		previous_size; /* of the checkpoint before it: its partial tiles are kept as well */
	uint64_t stale_size;   /* of the one before that: its partial tiles go next */
	size_t note_size;
	char note[PARTS_NOTE_MAX]; /* `checkpoint`, byte by byte */
	struct publication publication;
};

/* What recovery needs to know from outside. */
struct parts_config {
	struct disk *disk;
	const uint8_t *seed;
	size_t segment_bytes;
	bool new_epoch;
	uint32_t floor_epoch; /* 0: none */
	struct merkle_head floor;
};

/* Opens, checks and repairs everything; an empty tree if there was no log. `ret_old_head` then is
 * what the genesis entry names, or empty. On failure a sentence in `why`, and nothing to finish. */
NODISCARD int parts_open(struct parts *parts, const struct parts_config *config,
			 struct text *ret_old_head, struct text *why);
void parts_close(struct parts *parts);

#endif
