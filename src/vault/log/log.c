#include "vault/log/log.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/log/wal_record.h"
#include "vault/log/entries.h"
#include "vault/log/parts.h"
#include "vault/log/publish.h"
#include "vault/log/room.h"

_Static_assert((int)LOG_NOTE_MAX == (int)PARTS_NOTE_MAX, "one size of a note");
_Static_assert((int)LOG_BUNDLE_MAX == (int)ENTRIES_BUNDLE_MAX, "one size of a bundle");
_Static_assert(LOG_UNPUBLISHED_MAX + LOG_BATCH_ENTRIES_MAX <= TREE_LEAVES_MAX, "leaves fit");

/* Proof that the entry `seq` is on disk: made in settle_waiters and nowhere else. */
struct log_receipt {
	uint64_t seq;
};

struct log_waiters {
	struct log_waiter *first, **end;
};

struct log {
	struct parts parts;
	struct log_clock clock;
	bool has_room;
	char stopped[LOG_WHY_MAX]; /* empty while the log runs */
	unsigned batch_count;
	size_t batch_size;
	size_t batch_max; /* bytes; a batch fits into one segment */
	uint8_t *batch;   /* records, one after the other */
	struct log_waiters staged, settling;
};

/* ---- waiters ---- */

static void waiters_init(struct log_waiters *waiters)
{
	waiters->first = NULL;
	waiters->end = &waiters->first;
}

static void waiters_add(struct log_waiters *waiters, struct log_waiter *waiter)
{
	assert(!waiter->is_waiting);
	waiter->next = NULL;
	waiter->is_waiting = true;
	*waiters->end = waiter;
	waiters->end = &waiter->next;
}

static void waiters_remove(struct log_waiters *waiters, struct log_waiter *waiter)
{
	for (struct log_waiter **at = &waiters->first; *at; at = &(*at)->next) {
		if (*at != waiter)
			continue;
		*at = waiter->next;
		if (waiters->end == &waiter->next)
			waiters->end = at;
		return;
	}
}

void log_waiter_cancel(struct log *log, struct log_waiter *waiter)
{
	if (!waiter->is_waiting)
		return;
	waiters_remove(&log->staged, waiter);
	waiters_remove(&log->settling, waiter);
	waiter->is_waiting = false;
}

/* A waiter may append for the next batch, and cancel others, while it is called. */
static void settle_waiters(struct log *log, bool is_durable)
{
	assert(!log->settling.first);
	log->settling = log->staged;
	if (!log->settling.first)
		waiters_init(&log->settling);
	waiters_init(&log->staged);
	while (log->settling.first) {
		struct log_waiter *waiter = log->settling.first;
		struct log_receipt receipt = {waiter->seq};

		waiters_remove(&log->settling, waiter);
		waiter->is_waiting = false;
		waiter->settled(waiter, is_durable ? &receipt : NULL);
	}
}

uint64_t log_receipt_seq(const struct log_receipt *receipt)
{
	return receipt->seq;
}

/* The log's last act: after one error nothing that the disk says can be believed. */
static int stop(struct log *log, const char *what, int error)
{
	if (!log->stopped[0])
		snprintf(log->stopped, sizeof(log->stopped), "%s failed: %s", what,
			 strerror(-error));
	log->batch_count = 0;
	log->batch_size = 0;
	settle_waiters(log, false);
	return error;
}

const char *log_stopped(const struct log *log)
{
	return log->stopped[0] ? log->stopped : NULL;
}

bool log_has_room(const struct log *log)
{
	return log->has_room && !log_stopped(log);
}

/* ---- writing ---- */

void log_commit_value(struct entry *entry, const char *name, const void *value, size_t value_size,
		      struct log_opening *ret_opening)
{
	uint8_t hash[MERKLE_HASH_SIZE];

	text_copy(ret_opening->name, sizeof(ret_opening->name), name);
	randombytes_buf(ret_opening->salt, sizeof(ret_opening->salt));
	commitment_hash(ret_opening->name, ret_opening->salt, value, value_size, hash);
	entry_add_commitment(entry, name, hash);
}

int log_append(struct log *log, const struct entry *entry, struct log_waiter *waiter,
	       uint64_t *ret_seq)
{
	struct entry_stamp stamp = {
		.seq = log_durable_size(log) + log->batch_count,
		.real_us = log->clock.real_us(log->clock.context),
		.boot_id = log->clock.boot_id,
		.boot_ns = log->clock.boot_ns(log->clock.context),
	};
	char text[ENTRY_SIZE_MAX];
	struct merkle_hash leaf;
	size_t size;

	if (log_stopped(log))
		return -EIO;
	if (entry_build(entry, &stamp, text, sizeof(text), &size) < 0)
		return -EINVAL;
	if (log->batch_count == LOG_BATCH_ENTRIES_MAX ||
	    log->batch_size + wal_record_size(size) > log->batch_max)
		return -EAGAIN;
	merkle_leaf(text, size, &leaf);
	wal_record_build(stamp.seq, &leaf, (struct bytes){(const uint8_t *)text, size},
			 log->batch + log->batch_size);
	log->batch_size += wal_record_size(size);
	log->batch_count++;
	if (waiter) {
		waiter->seq = stamp.seq;
		waiters_add(&log->staged, waiter);
	}
	*ret_seq = stamp.seq;
	return 0;
}

/* The batch is on disk: its leaves join the tree. */
static int grow_tree(struct log *log, struct wal_position position)
{
	struct wal_record record;
	int result = 0;

	for (size_t at = 0; result == 0 && at < log->batch_size; at += record.size) {
		result = wal_record_parse(log->batch + at, log->batch_size - at, &record);
		assert(result == 0);
		result = tree_add(
			log->parts.tree, &record.leaf,
			(struct wal_position){position.segment, position.offset + (uint32_t)at});
	}
	log->batch_count = 0;
	log->batch_size = 0;
	return result;
}

int log_commit(struct log *log)
{
	struct wal_position position;

	if (log_stopped(log))
		return -EIO;
	if (log->batch_count == 0)
		return 0;

	int result = wal_write(log->parts.wal, log->batch, log->batch_size, &position);

	if (result < 0)
		return stop(log, "Writing the access log", result);
	result = grow_tree(log, position);
	if (result < 0)
		return stop(log, "Growing the access log", result);
	settle_waiters(log, true);
	if (log_durable_size(log) - log_published_size(log) >=
	    LOG_UNPUBLISHED_MAX - LOG_BATCH_ENTRIES_MAX)
		return log_publish(log);
	return 0;
}

int log_publish_step(struct log *log)
{
	int result;

	if (log_stopped(log))
		return -EIO;
	result = publish_step(&log->parts);
	if (result < 0)
		return stop(log, "Publishing the access log", result);
	if (result > 0)
		return 1;
	result = room_prepare(log->parts.disk, log->parts.wal, &log->has_room);
	return result < 0 ? stop(log, "Preparing room for the access log", result) : 0;
}

int log_publish(struct log *log)
{
	uint64_t size = log_durable_size(log);
	int result;

	do
		result = log_publish_step(log);
	while (result > 0 || (result == 0 && log_published_size(log) < size));
	return result;
}

/* ---- opening ---- */

static int append_genesis(struct log *log, const char *old_head)
{
	struct entry entry;
	uint64_t seq;

	entry_init(&entry, ENTRY_GENESIS);
	entry_add_text(&entry, ENTRY_LOG_KEY, signer_vkey(log->parts.signer));
	if (old_head[0])
		entry_add_text(&entry, ENTRY_HEAD, old_head);

	int result = log_append(log, &entry, NULL, &seq);

	return result < 0 ? result : log_commit(log);
}

static int create_log(const struct log_config *config, struct log **ret_log)
{
	struct log *log = calloc(1, sizeof(*log));
	size_t segment_bytes = config->segment_bytes ? config->segment_bytes : LOG_SEGMENT_BYTES;

	if (!log)
		return -ENOMEM;
	log->parts.lock = -1;
	log->batch_max = segment_bytes < LOG_BATCH_BYTES_MAX ? segment_bytes : LOG_BATCH_BYTES_MAX;
	log->batch = malloc(log->batch_max);
	log->clock = config->clock;
	waiters_init(&log->staged);
	waiters_init(&log->settling);
	if (!log->batch) {
		free(log);
		return -ENOMEM;
	}
	*ret_log = log;
	return 0;
}

static int open_parts(struct log *log, const struct log_config *config, struct text *why)
{
	struct parts_config parts_config = {
		.disk = config->disk,
		.seed = config->seed,
		.segment_bytes = config->segment_bytes ? config->segment_bytes : LOG_SEGMENT_BYTES,
		.new_epoch = config->new_epoch,
		.floor_epoch = config->floor.epoch,
		.floor = config->floor.head,
	};
	char old_head[2 * NOTE_NAME_MAX];
	struct text old_head_text;

	text_init(&old_head_text, old_head, sizeof(old_head));

	int result = parts_open(&log->parts, &parts_config, &old_head_text, why);

	if (result == 0 && log_durable_size(log) == 0)
		result = append_genesis(log, old_head);
	return result < 0 ? result : log_publish(log);
}

int log_open(const struct log_config *config, struct log **ret_log, char *ret_why)
{
	AUTO(log) log = NULL;
	struct text why;
	int result = create_log(config, &log);

	text_init(&why, ret_why, LOG_WHY_MAX);
	if (result == 0)
		result = open_parts(log, config, &why);
	if (result == 0)
		*ret_log = take(log);
	else if (why.size == 0)
		text_printf(&why, "The access log cannot be opened: %s.",
			    log && log_stopped(log) ? log_stopped(log) : strerror(-result));
	return result;
}

void log_destroy(struct log *log)
{
	if (!log)
		return;
	settle_waiters(log, false);
	parts_close(&log->parts);
	free(log->batch);
	free(log);
}

/* ---- reading ---- */

uint64_t log_durable_size(const struct log *log)
{
	return tree_size(log->parts.tree);
}

uint64_t log_published_size(const struct log *log)
{
	return log->parts.head.size;
}

struct log_floor log_head(const struct log *log)
{
	return (struct log_floor){signer_epoch(log->parts.signer), log->parts.head};
}

const char *log_origin(const struct log *log)
{
	return signer_key(log->parts.signer)->name;
}

const char *log_vkey(const struct log *log)
{
	return signer_vkey(log->parts.signer);
}

struct bytes log_checkpoint(const struct log *log)
{
	return (struct bytes){(const uint8_t *)log->parts.note, log->parts.note_size};
}

int log_read_entry(struct log *log, uint64_t index, char *ret_text, size_t *ret_size)
{
	if (index >= log_durable_size(log))
		return -ENOENT;
	return entries_read(&log->parts, index, ret_text, ret_size);
}

static bool is_published(const struct log *log, int level, uint64_t number, unsigned width)
{
	return width > 0 && width <= tile_width_at(log_published_size(log), level, number);
}

int log_read_tile(struct log *log, unsigned level, uint64_t number, unsigned width,
		  uint8_t *ret_data)
{
	struct tile tile = {(int)level, width, number};
	struct merkle_hash hashes[TILE_WIDTH];

	if (level > TILE_LEVEL_MAX || !is_published(log, (int)level, number, width))
		return -ENOENT;

	int result = tree_read_tile(log->parts.tree, &tile, hashes);

	if (result == 0)
		memcpy(ret_data, hashes, width * sizeof(*hashes));
	return result;
}

int log_read_bundle(struct log *log, uint64_t number, unsigned width, uint8_t *ret_data,
		    size_t *ret_size)
{
	if (!is_published(log, TILE_LEVEL_ENTRIES, number, width))
		return -ENOENT;
	return entries_read_bundle(&log->parts, number, width, ret_data, ret_size);
}

int log_prove_inclusion(struct log *log, uint64_t index, uint64_t size,
			struct merkle_hash *ret_hashes)
{
	return tree_prove_inclusion(log->parts.tree, index, size, ret_hashes);
}

int log_prove_consistency(struct log *log, uint64_t from, uint64_t to,
			  struct merkle_hash *ret_hashes)
{
	return tree_prove_consistency(log->parts.tree, from, to, ret_hashes);
}

int log_root_at(struct log *log, uint64_t size, struct merkle_hash *ret_root)
{
	return tree_root_at(log->parts.tree, size, ret_root);
}
