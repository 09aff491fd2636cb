/* How the recordings' index bears years: opens a database of 16 cameras, and lives on with it for
 * some days of its own time as fast as it can, a block a camera in ten seconds, one commit for all,
 * the scrub that follows an erasure, and every ten minutes the oldest epoch of each camera erased.
 * No media, no log.
 *
 *   store_bench FILE FILL_DAYS LIVE_DAYS     FILE is filled first if it does not exist */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "vault/store/epoch.h"
#include "vault/store/ledger.h"

enum {
	CAMERAS = 16,
	PIECES = 15, /* ten seconds: five groups of pictures, five stretches of sound, five small
			ones */
	BLOCKS_A_DAY = 8640,
	BLOCKS_AN_EPOCH = 60,
	BLOCK_SIZE = 5000000,
};

#define BLOCK_US    UINT64_C(10000000)
#define FIRST_US    (UINT64_C(1780000200) * 1000000)
#define ENTRY_COUNT (UINT64_C(1) << 60)

static const char origin[] = "ward.local/box/bench/e1";
static uint64_t seq = 100;

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static unsigned long rss_kib(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*s %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
}

static struct db *open_database(const char *path)
{
	struct db *db = NULL;
	char why[DB_WHY_MAX] = "";
	double start = now_ms();

	if (db_open(path, &db, why) < 0 || db_reconcile(db, origin, ENTRY_COUNT) < 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	for (uint32_t camera = 1; camera <= CAMERAS; camera++) {
		uint8_t hash[SHA256_SIZE];
		uint64_t end_us;

		(void)ledger_find_newest(db, camera, hash, &end_us);
	}
	printf("opened, brought in line with the log, newest block of each camera: %.0f ms\n",
	       now_ms() - start);
	return db;
}

static void commit(struct db *db)
{
	if (db_commit(db) < 0)
		exit(1);
}

static void begin_epochs(struct db *db, uint64_t epoch_us)
{
	static const uint8_t key[EPOCH_STORE_KEY_SIZE] = {1};
	struct epoch epoch;

	db_begin(db);
	for (uint32_t camera = 1; camera <= CAMERAS; camera++)
		if (epoch_begin(db, key, camera, epoch_us, &epoch) < 0)
			exit(1);
}

static void add_blocks(struct db *db, uint64_t start_us)
{
	static struct block block;
	struct ledger_mark mark = {.epoch_us = epoch_start_of(start_us), .size = BLOCK_SIZE};

	for (uint32_t camera = 1; camera <= CAMERAS; camera++) {
		block.camera = camera;
		block.count = 0;
		for (unsigned i = 0; i < PIECES; i++) {
			struct block_piece piece = {.track = (uint8_t)(i % LEDGER_TRACKS),
						    .start_us = start_us,
						    .end_us = start_us + BLOCK_US};

			if (block_add(&block, &piece) < 0)
				exit(1);
		}
		mark.seq = seq++;
		randombytes_buf(mark.hash, sizeof(mark.hash));
		ledger_add(db, &block, &mark);
	}
}

static void fill(struct db *db, uint64_t blocks)
{
	for (uint64_t i = 0; i < blocks; i++) {
		if (i % BLOCKS_AN_EPOCH == 0)
			begin_epochs(db, epoch_start_of(FIRST_US + i * BLOCK_US));
		add_blocks(db, FIRST_US + i * BLOCK_US);
		if (i % BLOCKS_AN_EPOCH == 0)
			commit(db);
	}
	commit(db);
}

/* Of each camera one, each in a batch of its own, as the store's ticks do it. */
static void erase_oldest(struct db *db, double *slowest)
{
	for (unsigned i = 0; i < CAMERAS; i++) {
		double start = now_ms();
		uint64_t epoch_us;
		uint32_t camera;

		if (!ledger_find_oldest(db, 0, 0, &camera, &epoch_us))
			exit(1);
		ledger_forget(db, camera, epoch_us);
		commit(db);
		if (now_ms() - start > *slowest)
			*slowest = now_ms() - start;
	}
	db_ask_scrub(db);
}

static void live(struct db *db, uint64_t from, uint64_t blocks)
{
	double start = now_ms(), slowest_erasure = 0, slowest_commit = 0;
	unsigned long before = 0;

	for (uint64_t i = 0; i < blocks; i++) {
		double turn = now_ms();

		if (i % BLOCKS_AN_EPOCH == 0)
			begin_epochs(db, epoch_start_of(FIRST_US + (from + i) * BLOCK_US));
		add_blocks(db, FIRST_US + (from + i) * BLOCK_US);
		commit(db);
		if (now_ms() - turn > slowest_commit)
			slowest_commit = now_ms() - turn;
		if (i % BLOCKS_AN_EPOCH == 0)
			erase_oldest(db, &slowest_erasure);
		if (i == BLOCKS_AN_EPOCH)
			before = rss_kib();
	}
	double took_s = (now_ms() - start) / 1e3, days = (double)blocks / BLOCKS_A_DAY;

	printf("%.1f days in %.0f s: %.0f times the pace of time; slowest batch %.0f ms, slowest "
	       "erasure %.0f ms; memory %lu KiB at the start, %lu at the end\n",
	       days, took_s, days * 86400 / took_s, slowest_commit, slowest_erasure, before,
	       rss_kib());
}

int main(int argc, char **argv)
{
	if (argc != 4 || sodium_init() < 0) {
		fprintf(stderr, "store_bench FILE FILL_DAYS LIVE_DAYS\n");
		return 2;
	}
	uint64_t filled = (uint64_t)(strtod(argv[2], NULL) * BLOCKS_A_DAY);
	bool exists = access(argv[1], F_OK) == 0;
	struct db *db = open_database(argv[1]);

	seq += exists ? filled * (CAMERAS + 1) : 0;
	if (!exists) {
		fill(db, filled);
		db_destroy(db);
		db = open_database(argv[1]);
	}
	live(db, filled, (uint64_t)(strtod(argv[3], NULL) * BLOCKS_A_DAY));
	db_destroy(db);
	return 0;
}
