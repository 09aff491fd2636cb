#include "sim/sim_world.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "proto/log/tile.h"

static const uint8_t sim_seed[LOG_SEED_SIZE] = {1, 2, 3};

static uint64_t sim_clock(void *context)
{
	return ++*(uint64_t *)context;
}

void sim_world_init(struct sim_world *world, struct sim_disk *sim)
{
	memset(world, 0, sizeof(*world));
	world->sim = sim;
}

void sim_world_clone(const struct sim_world *from, struct sim_world *ret_world)
{
	*ret_world = *from;
	ret_world->log = NULL;
	ret_world->sim = sim_disk_clone(from->sim);
}

void sim_world_finish(struct sim_world *world)
{
	sim_world_kill(world);
	sim_disk_destroy(world->sim);
}

static int open_on(struct sim_disk *sim, uint64_t *clock, struct log **ret_log,
		   char why[LOG_WHY_MAX])
{
	struct log_config config = {
		.disk = sim_disk_ops(sim),
		.clock = {sim_clock, sim_clock, clock, 0x1122334455667788},
		.seed = sim_seed,
		.segment_bytes = SIM_SEGMENT_BYTES,
	};

	return log_open(&config, ret_log, why);
}

/* Takes in what has become durable; the log's own tree must agree. */
static void note_acked(struct sim_world *world, uint64_t size)
{
	char text[ENTRY_SIZE_MAX];
	struct merkle_hash leaf, root;
	size_t text_size;

	while (world->acked.size < size) {
		int result = log_read_entry(world->log, world->acked.size, text, &text_size);

		assert(result == 0);
		merkle_leaf(text, text_size, &leaf);
		merkle_frontier_add(&world->acked, &leaf);
	}
	world->acked_head.size = size;
	merkle_frontier_root(&world->acked, &world->acked_head.root);

	int result = log_root_at(world->log, size, &root);

	assert(result == 0 && merkle_equal(&root, &world->acked_head.root));
}

static void note_published(struct sim_world *world)
{
	struct log_floor head = log_head(world->log);

	world->published = head.head.size;
	if (head.head.size > world->shown.size)
		world->shown = head.head;
}

int sim_world_open(struct sim_world *world, char why[LOG_WHY_MAX])
{
	int result = open_on(world->sim, &world->clock_ns, &world->log, why);

	if (result < 0)
		return result;
	note_acked(world, log_durable_size(world->log));
	world->acked_to = log_durable_size(world->log);
	note_published(world);
	return 0;
}

void sim_world_kill(struct sim_world *world)
{
	log_destroy(world->log);
	world->log = NULL;
}

static struct sim_world *settling_world;

static void sim_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct sim_world *world = settling_world;

	world->settled++;
	if (!receipt) {
		world->refused++;
		return;
	}
	assert(log_receipt_seq(receipt) == waiter->seq && waiter->seq == world->acked_to);
	world->acked_to++;
}

static int stage_entry(struct log *log, struct log_waiter *waiter, unsigned number)
{
	struct log_opening opening;
	struct entry entry;
	uint64_t seq;

	entry_init(&entry, ENTRY_DENY);
	entry_add_number(&entry, ENTRY_COUNT, number);
	entry_add_text(&entry, ENTRY_REASON, "not-allowed");
	entry_add_pair(&entry, ENTRY_SPAN, 1, 2);
	log_commit_value(&entry, "from", "192.0.2.1", 9, &opening);
	return log_append(log, &entry, waiter, &seq);
}

int sim_world_append(struct sim_world *world, unsigned entries)
{
	unsigned staged = 0;
	int result = 0;

	assert(entries <= SIM_BATCH_MAX);
	world->settled = world->refused = 0;
	settling_world = world;
	for (; result == 0 && staged < entries; staged++) {
		world->waiters[staged] = (struct log_waiter){.settled = sim_settled};
		result = stage_entry(world->log, &world->waiters[staged], staged);
		assert(result == 0 || log_stopped(world->log));
	}
	if (result == 0)
		result = log_commit(world->log);
	if (result == 0) {
		assert(world->settled == entries && world->refused == 0);
		note_acked(world, world->acked_to);
	} else {
		assert(log_stopped(world->log) && world->acked_to == world->acked.size);
	}
	return result;
}

int sim_world_publish(struct sim_world *world)
{
	int result = log_publish(world->log);

	if (result == 0)
		note_published(world);
	else
		assert(log_stopped(world->log));
	return result;
}

int sim_world_publish_step(struct sim_world *world)
{
	int result = log_publish_step(world->log);

	if (result == 0)
		note_published(world);
	return result < 0 ? result : 0;
}

/* ---- looking at files ---- */

static int64_t read_file(struct sim_disk *sim, const char *path, void *data, size_t capacity)
{
	struct disk *disk = sim_disk_ops(sim);
	int file = disk->open(disk, path, DISK_READ);

	return file < 0 ? file : disk->read(disk, file, data, capacity, 0);
}

/* A note's head; size 0 if there is none or it is not whole. */
static struct merkle_head read_head(struct sim_disk *sim, const char *path)
{
	char text[LOG_NOTE_MAX];
	int64_t size = read_file(sim, path, text, sizeof(text));
	struct checkpoint checkpoint = {0};
	struct note note;

	if (size <= 0 || note_parse(text, (size_t)size, &note) < 0 ||
	    checkpoint_parse(note.text, &checkpoint) < 0)
		return (struct merkle_head){0};
	return checkpoint.head;
}

void sim_world_look(struct sim_world *world, struct sim_disk *sim)
{
	struct merkle_head head = read_head(sim, "checkpoint");

	if (head.size > world->shown.size)
		world->shown = head;
}

static int64_t read_tile_file(struct sim_disk *sim, int level, uint64_t number, unsigned width,
			      uint8_t *data)
{
	struct tile tile = {level, width, number};
	char path[TILE_PATH_MAX];
	struct text text;

	text_init(&text, path, sizeof(path));
	tile_build_path(&tile, &text);
	return read_file(sim, path, data, LOG_BUNDLE_MAX);
}

/* Every bundle and level-0 tile under the checkpoint, hashed again from the entries. */
static const char *check_tiles(struct sim_disk *sim)
{
	static uint8_t bundle[LOG_BUNDLE_MAX], tile[LOG_TILE_MAX];
	struct merkle_head head = read_head(sim, "checkpoint");
	struct merkle_frontier frontier = {0};
	struct merkle_hash leaf, root;

	for (uint64_t number = 0; number * TILE_WIDTH < head.size; number++) {
		unsigned width = tile_width_at(head.size, 0, number);
		int64_t size = read_tile_file(sim, TILE_LEVEL_ENTRIES, number, width, bundle);
		struct bytes_reader reader = bytes_read(bundle, size < 0 ? 0 : (size_t)size);

		if (read_tile_file(sim, 0, number, width, tile) != width * MERKLE_HASH_SIZE)
			return "a tile is missing";
		for (unsigned i = 0; i < width; i++) {
			size_t entry_size = bytes_get_be16(&reader);
			const uint8_t *entry = bytes_get(&reader, entry_size);

			if (!entry)
				return "a bundle is missing";
			merkle_leaf(entry, entry_size, &leaf);
			if (memcmp(tile + i * MERKLE_HASH_SIZE, leaf.bytes, MERKLE_HASH_SIZE) != 0)
				return "a tile does not match its bundle";
			merkle_frontier_add(&frontier, &leaf);
		}
	}
	merkle_frontier_root(&frontier, &root);
	return merkle_equal(&root, &head.root) ? NULL : "the tiles do not add up to the checkpoint";
}

/* ---- promises ---- */

static bool has_prefix(struct log *log, const struct merkle_head *head)
{
	struct merkle_hash root;

	if (head->size == 0)
		return true;
	return log_root_at(log, head->size, &root) == 0 && merkle_equal(&root, &head->root);
}

static const char *check_running(const struct sim_world *world, struct log *log, uint64_t *ret_size)
{
	uint64_t size = log_durable_size(log);

	if (size < world->acked_head.size)
		return "an acknowledged entry is lost";
	if (!has_prefix(log, &world->acked_head))
		return "acknowledged entries changed";
	if (!has_prefix(log, &world->shown))
		return "a head that was shown is no prefix any more";
	if (log_published_size(log) != size)
		return "recovery did not publish";
	/* Half a batch: if the other half of a torn one was left on the disk, it fits behind. */
	for (unsigned i = 0; i < SIM_BATCH_MAX / 2; i++)
		if (stage_entry(log, NULL, i) < 0)
			return "the recovered log takes no entries";
	if (log_commit(log) < 0 || log_publish(log) < 0)
		return log_stopped(log) ? log_stopped(log) : "the recovered log cannot go on";
	*ret_size = size + SIM_BATCH_MAX / 2;
	return log_published_size(log) == *ret_size ? NULL : "the recovered log lost an entry";
}

/* Nothing but what was appended may be there after another start. */
static const char *check_again(struct sim_disk *image, uint64_t *clock, uint64_t size,
			       char why[LOG_WHY_MAX])
{
	struct log *log = NULL;

	if (open_on(image, clock, &log, why) < 0)
		return "the log does not open a second time";

	bool is_same = log_durable_size(log) == size;

	log_destroy(log);
	return is_same ? NULL : "entries rose that nobody appended";
}

const char *sim_world_check(const struct sim_world *world, struct sim_disk *image,
			    char ret_why[SIM_WHY_MAX])
{
	char why[LOG_WHY_MAX] = "";
	uint64_t clock = world->clock_ns, size = 0;
	const char *violation = NULL;
	struct log *log = NULL;

	if (read_head(image, ".state/signed").size < world->shown.size)
		violation = "a head was shown that the mark does not cover";
	else if (read_head(image, "checkpoint").size < world->published)
		violation = "a published checkpoint is lost";
	else if (open_on(image, &clock, &log, why) < 0)
		violation = "the log does not open";
	if (!violation)
		violation = check_running(world, log, &size);
	log_destroy(log);
	if (!violation)
		violation = check_again(image, &clock, size, why);
	if (!violation)
		violation = check_tiles(image);
	sim_disk_destroy(image);
	if (!violation)
		return NULL;
	snprintf(ret_why, SIM_WHY_MAX, "%s. %s", violation, why);
	return ret_why;
}
