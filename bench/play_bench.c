/* How fast recordings are found and read: an index of CAMERAS × DAYS is made with the vault's own
 * code, and a few of its epochs have real packs. Then, at random times: the timeline, the list of a
 * minute, and the first fragment, decrypted and checked.
 * Times are the process's own, user and system: what a busy machine adds is not counted.
 *
 *   play_bench DIR [CAMERAS DAYS]     DIR must be on the disk that is to be measured, and not exist
 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vault/store/fragment.h"
#include "vault/store/ledger.h"
#include "vault/store/reader.h"
#include "vault/store/timeline.h"

enum {
	BLOCK_S = 10,
	PICTURES_A_BLOCK = 10, /* groups of one second */
	SOUNDS_A_BLOCK = 5,
	FRAGMENT_SIZE = 500 * 1000, /* 4 Mbit/s */
	PACKS = 100,                /* epochs with real packs, of the first camera */
	ROUNDS = 2000,
	COMMIT_EVERY = 200000,
};

struct bench {
	struct db *db;
	struct disk *disk, *log_disk;
	struct log *log;
	struct journal journal;
	struct store store;
	struct reader *reader;
	struct reader_scope scope;
	unsigned cameras, days;
	uint64_t start_us, end_us;
	uint64_t packs[PACKS]; /* whose epoch is real */
	uint8_t fragment[FRAGMENT_SIZE];
	uint8_t sealed[2 * FRAGMENT_SIZE];
	uint64_t found;
};

static struct bench bench;

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

/* Of this process's work: everything is in memory, and a busy machine does not change it. */
static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static uint64_t random_below(uint64_t limit)
{
	uint64_t value;

	randombytes_buf(&value, sizeof(value));
	return value % limit;
}

/* ---- making the index ---- */

static void open_all(const char *directory)
{
	static const uint8_t seed[LOG_SEED_SIZE] = {5};
	struct log_config config = {.seed = seed};
	char path[512], why[LOG_WHY_MAX] = "";

	must(disk_directory_open(directory, &bench.disk), directory);
	snprintf(path, sizeof(path), "%s/log", directory);
	must(disk_directory_open(path, &bench.log_disk), path);
	config.disk = bench.log_disk;
	must(log_clock_system(&config.clock), "clock");
	must(log_open(&config, &bench.log, why), why);
	snprintf(path, sizeof(path), "%s/vault.db", directory);
	must(db_open(path, &bench.db, why), why);
	bench.journal.db = bench.db;
	bench.store = (struct store){.journal = &bench.journal, .disk = bench.disk};
}

static void add_pieces(struct block *block, uint64_t from_us)
{
	for (unsigned i = 0; i < PICTURES_A_BLOCK + SOUNDS_A_BLOCK; i++) {
		bool is_sound = i >= PICTURES_A_BLOCK;
		uint64_t length_us = BLOCK_S * UINT64_C(1000000) /
				     (is_sound ? SOUNDS_A_BLOCK : PICTURES_A_BLOCK);
		unsigned at = is_sound ? i - PICTURES_A_BLOCK : i;
		struct block_piece piece = {.track = is_sound ? TRACK_MIC : TRACK_VIDEO,
					    .number = at,
					    .frames = 25,
					    .start_us = from_us + at * length_us,
					    .end_us = from_us + (at + 1) * length_us,
					    .offset = i * UINT64_C(500000),
					    .size = 500000};

		must(block_add(block, &piece), "block");
	}
}

static void add_block(uint32_t camera, uint64_t from_us, uint64_t seq)
{
	static struct block block;
	struct ledger_mark mark = {
		.epoch_us = epoch_start_of(from_us), .size = 8000000, .seq = seq};

	block = (struct block){.camera = camera};
	add_pieces(&block, from_us);
	randombytes_buf(mark.hash, sizeof(mark.hash));
	ledger_add(bench.db, &block, &mark);
}

/* As in life: all cameras' blocks of ten seconds, then the next ten. One hour in a hundred is
 * missing. */
static void fill(void)
{
	uint64_t seq = 1;
	struct epoch epoch;

	for (uint64_t us = bench.start_us; us < bench.end_us; us += BLOCK_S * UINT64_C(1000000)) {
		if (us / 3600000000 % 100 == 7)
			continue;
		for (uint32_t camera = 1; camera <= bench.cameras; camera++, seq++) {
			db_begin(bench.db);
			if (us == epoch_start_of(us))
				must(epoch_begin(bench.db, bench.store.key, camera, us, &epoch),
				     "epoch");
			add_block(camera, us, seq);
			if (seq % COMMIT_EVERY == 0)
				must(db_commit(bench.db), "commit");
		}
	}
	must(db_commit(bench.db), "commit");
	fprintf(stderr, "%" PRIu64 " blocks\n", seq - 1);
}

/* ---- real packs ---- */

static void seal(struct pack *pack, const struct epoch *epoch, struct bytes plain,
		 struct block_piece *piece)
{
	struct age_sealer sealer;
	size_t size;

	must(age_seal_begin(&sealer, epoch->public_key, bench.sealed, sizeof(bench.sealed)),
	     "seal");
	age_seal_add(&sealer, plain.data, plain.size);
	must(age_seal_end(&sealer, &size), "seal");
	must(pack_append(pack, bench.sealed, size, &piece->offset), "pack");
	piece->size = (uint32_t)size;
	sha256_parts(&(struct bytes){bench.sealed, size}, 1, piece->cipher_hash);
}

static void seal_pieces(struct pack *pack, const struct epoch *epoch, struct block *block)
{
	static const uint8_t config[] = {0,    0, 0, 4, 0x67, 0x42, 0xc0,
					 0x1f, 0, 0, 0, 2,    0x68, 0xce};
	struct cmaf_track track = {.codec = CODEC_H264,
				   .timescale = CMAF_TIMESCALE_VIDEO,
				   .width = 1920,
				   .height = 1080,
				   .config = {config, sizeof(config)}};
	struct block_piece init = {.track = TRACK_VIDEO, .is_init = true};
	uint8_t data[CMAF_INIT_MAX];
	int size = cmaf_build_init(&track, data, sizeof(data));

	must(size, "init segment");
	seal(pack, epoch, (struct bytes){data, (size_t)size}, &init);
	for (unsigned i = 0; i < block->count; i++)
		seal(pack, epoch, (struct bytes){bench.fragment, sizeof(bench.fragment)},
		     &block->pieces[i]);
	must(block_add(block, &init), "block");
}

/* Takes the place of the epoch's first block. */
static void make_pack(uint64_t epoch_us)
{
	static struct block block;
	static char room[BLOCK_TEXT_MAX];
	struct ledger_mark mark = {.epoch_us = epoch_us, .seq = epoch_us};
	struct block_piece last = {0};
	struct pack pack;
	struct epoch epoch;
	struct text text;

	block = (struct block){.camera = 1};
	add_pieces(&block, epoch_us);
	db_begin(bench.db);
	must(epoch_begin(bench.db, bench.store.key, 1, epoch_us, &epoch), "epoch");
	must(pack_open(&pack, bench.disk, 1, epoch_us), "pack");
	seal_pieces(&pack, &epoch, &block);
	text_init(&text, room, sizeof(room));
	block_build_text(&block, &text);
	sha256_parts(&(struct bytes){(const uint8_t *)text.data, text.size}, 1, mark.hash);
	seal(&pack, &epoch, (struct bytes){(const uint8_t *)text.data, text.size}, &last);
	mark.size = last.size;
	for (unsigned i = 0; i < block.count; i++)
		mark.size += block.pieces[i].size;
	pack_close(&pack);

	sqlite3_stmt *drop =
		db_use(bench.db, "DELETE FROM blocks WHERE camera = 1 AND start_us = ?1");

	db_bind_int(drop, 1, epoch_us);
	db_run(bench.db, drop);
	ledger_add(bench.db, &block, &mark);
	must(db_commit(bench.db), "commit");
}

static void make_packs(void)
{
	randombytes_buf(bench.fragment, sizeof(bench.fragment));
	for (unsigned i = 0; i < PACKS; i++) {
		do
			bench.packs[i] = epoch_start_of(
				bench.start_us +
				random_below(bench.end_us - bench.start_us - 2 * EPOCH_LENGTH_US));
		while (bench.packs[i] / 3600000000 % 100 == 7);
		make_pack(bench.packs[i]);
	}
}

/* ---- measuring ---- */

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void measure(const char *what, void (*run)(void))
{
	static double ms[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		double start = now_ms();

		run();
		ms[i] = now_ms() - start;
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), by_value);
	printf("%-44s p50 %7.3f ms   p99 %7.3f ms   max %7.3f ms\n", what, ms[ROUNDS / 2],
	       ms[ROUNDS * 99 / 100], ms[ROUNDS - 1]);
}

static void count_span(void *context, const struct ipc_span *span)
{
	(void)context;
	(void)span;
	bench.found++;
}

static void timeline_of(uint64_t length_us)
{
	uint64_t from_us =
		bench.start_us + random_below(bench.end_us - bench.start_us - length_us + 1);
	struct catalog_span span = {1 + (uint32_t)random_below(bench.cameras), from_us,
				    from_us + length_us};
	uint64_t oldest_us, newest_us;

	timeline_bounds(bench.db, span.camera, &oldest_us, &newest_us);
	timeline_read(bench.db, &span, length_us / 2000, count_span, NULL);
}

static void timeline_all(void)
{
	timeline_of(bench.end_us - bench.start_us);
}

static void timeline_day(void)
{
	timeline_of(UINT64_C(86400) * 1000000);
}

static void timeline_hour(void)
{
	timeline_of(UINT64_C(3600) * 1000000);
}

static void take_init(void *context, const struct ipc_row_init *row)
{
	(void)context;
	if (row->codecs[0] == '\0')
		must(-EBADMSG, "codecs");
}

static void take_segment(void *context, const struct ipc_segment *row)
{
	(void)context;
	(void)row;
	bench.found++;
}

static const struct reader_listener listener = {take_init, take_segment, NULL};

static uint64_t a_pack(void)
{
	return bench.packs[random_below(PACKS)];
}

static void list_minute(void)
{
	uint64_t us = a_pack();

	reader_list(bench.reader, us, us + 60000000, &listener);
}

static struct bytes read_first(uint64_t epoch_us)
{
	struct ipc_play_read ask = {.what = PLAY_FRAGMENT,
				    .track = TRACK_VIDEO,
				    .epoch_us = epoch_us,
				    .number = random_below(PICTURES_A_BLOCK)};
	struct reader_piece piece;
	struct bytes plain;

	must(reader_find(bench.reader, &ask, &piece), "find");
	must(reader_read(bench.reader, &piece, &plain), "read");
	return plain;
}

static void read_fragment(void)
{
	(void)read_first(a_pack());
}

static void list_and_read(void)
{
	uint64_t us = a_pack();

	reader_list(bench.reader, us, us + 60000000, &listener);
	(void)read_first(us);
}

/* What a piece costs on its way to another process: in a file, or in messages. */
static void by_file(void)
{
	static uint8_t room[FRAGMENT_SIZE];
	int fd = memfd_create("piece", 0);

	if (write(fd, bench.fragment, sizeof(bench.fragment)) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    read(fd, room, sizeof(room)) < 0)
		must(-EIO, "memfd");
	close(fd);
}

static void by_messages(void)
{
	static uint8_t room[IPC_TAIL_MAX];
	static int fds[2];

	if (!fds[1])
		must(ipc_pair(0, fds), "pair");
	for (size_t at = 0; at < FRAGMENT_SIZE; at += IPC_TAIL_MAX) {
		size_t size = FRAGMENT_SIZE - at < IPC_TAIL_MAX ? FRAGMENT_SIZE - at : IPC_TAIL_MAX;

		if (send(fds[0], bench.fragment + at, size, 0) < 0 ||
		    recv(fds[1], room, sizeof(room), 0) < 0)
			must(-EIO, "socket");
	}
}

static void opened(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	(void)waiter;
	must(receipt ? reader_open(receipt, &bench.store, &bench.scope, &bench.reader) : -EIO,
	     "reader");
}

static void open_reader(void)
{
	struct log_waiter waiter = {.settled = opened};
	struct entry entry;
	uint64_t seq;

	bench.scope = (struct reader_scope){.span = {1, bench.start_us, bench.end_us},
					    .tracks = READER_TRACKS};
	entry_init(&entry, ENTRY_HEARTBEAT);
	must(log_append(bench.log, &entry, &waiter, &seq), "log");
	must(log_commit(bench.log), "log");
}

int main(int argc, char **argv)
{
	if ((argc != 2 && argc != 4) || sodium_init() < 0)
		return 2;
	bench.cameras = argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 16;
	bench.days = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 90;
	bench.start_us = epoch_start_of(UINT64_C(1700000000) * 1000000);
	bench.end_us = bench.start_us + bench.days * UINT64_C(86400) * 1000000;
	open_all(argv[1]);
	fill();
	make_packs();
	open_reader();
	measure("timeline of all days", timeline_all);
	measure("timeline of a day", timeline_day);
	measure("timeline of an hour", timeline_hour);
	measure("list of a minute", list_minute);
	measure("a fragment of 500 KB", read_fragment);
	measure("list of a minute and its first fragment", list_and_read);
	measure("500 KB to another process, in a file", by_file);
	measure("500 KB to another process, in messages", by_messages);
	reader_destroy(bench.reader);
	free(bench.store.sealed.data);
	free(bench.store.plain.data);
	db_destroy(bench.db);
	log_destroy(bench.log);
	disk_directory_close(bench.log_disk);
	disk_directory_close(bench.disk);
	return 0;
}
