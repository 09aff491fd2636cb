/* A log in a temporary directory, with a clock that the test moves. */
#ifndef UNIT_LOG_BOX_H
#define UNIT_LOG_BOX_H

#include "vault/log/log.h"

enum { BOX_PATH_MAX = 256 };

struct box {
	char path[BOX_PATH_MAX]; /* of the log */
	struct disk *disk;
	struct log *log; /* NULL: closed */
	uint64_t clock;
	uint64_t filled; /* entries, so that each is of a view of its own */
	uint8_t seed[LOG_SEED_SIZE];
	struct log_config config; /* for the next box_open */
	char why[LOG_WHY_MAX];
};

/* Makes the directory and opens the log in it. */
void box_init(struct box *box);
/* Closes and removes everything. */
void box_finish(struct box *box);

int box_open(struct box *box);
void box_close(struct box *box);
/* Appends view entries, in batches, and publishes. */
void box_fill(struct box *box, uint64_t count);
/* A whole `view.open` entry with two commitments. */
void box_make_entry(struct entry *entry, uint64_t number);

/* Runs a shell command in the log's directory; the test fails if it does. */
void box_shell(const struct box *box, const char *command);

#endif
