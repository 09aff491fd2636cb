/* How fast the access log is: a single durable append, grouped appends, publishing, opening,
 * proofs, and verification of a directory.
 *
 *   log_bench DIR [ENTRIES]      DIR must be on the disk that is to be measured, and not exist */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/log_verify.h"
#include "vault/log/log.h"

enum { ALONE = 500, GROUP = 200, PROOFS = 20000, PUBLISHES = 100, ENTRIES = 1000000 };

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Of this process, for what no disk takes part in: a busy machine does not change it. */
static double cpu_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

static struct log *open_bench(struct disk *disk)
{
	static const uint8_t seed[LOG_SEED_SIZE] = {5};
	struct log_config config = {.disk = disk, .seed = seed};
	char why[LOG_WHY_MAX] = "";
	struct log *log = NULL;

	must(log_clock_system(&config.clock), "clock");
	must(log_open(&config, &log, why), why);
	return log;
}

/* A live view's entries as the vault writes them, its beginning and its end by turns: 450 bytes with
 * three commitments. */
static void append_view(struct log *log)
{
	static uint64_t number;
	bool opens = number % 2 == 0;
	uint64_t view = number++ / 2, seq;
	uint8_t sid[16] = {0};
	struct log_opening opening;
	struct entry entry;

	memcpy(sid, &view, sizeof(view));
	entry_init(&entry, opens ? ENTRY_VIEW_OPEN : ENTRY_VIEW_CLOSE);
	entry_add_text(&entry, ENTRY_CAM, "c1");
	entry_add_hex(&entry, ENTRY_SID, sid, sizeof(sid));
	entry_add_tracks(&entry, ENTRY_TRACK_VIDEO | ENTRY_TRACK_MICROPHONE);
	entry_add_text(&entry, ENTRY_WHY, "member");
	entry_add_number(&entry, ENTRY_GRANT, 2);
	entry_add_pair(&entry, opens ? ENTRY_ALLOW : ENTRY_USED, 8000000, 10);
	if (!opens)
		entry_add_text(&entry, ENTRY_END, "left");
	log_commit_value(&entry, "acct", "alice", 5, &opening);
	log_commit_value(&entry, "device", "alice's phone", 13, &opening);
	log_commit_value(&entry, "from", "192.0.2.7", 9, &opening);
	must(log_append(log, &entry, NULL, &seq), "append");
}

static int compare_times(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void print_spread(const char *what, double *times, unsigned count)
{
	qsort(times, count, sizeof(*times), compare_times);
	printf("%-32s p50 %.3f ms, p99 %.3f ms\n", what, times[count / 2] * 1e3,
	       times[count * 99 / 100] * 1e3);
}

static void bench_alone(struct log *log)
{
	double times[ALONE];

	for (unsigned i = 0; i < ALONE; i++) {
		double start = now_s();

		append_view(log);
		must(log_commit(log), "commit");
		times[i] = now_s() - start;
	}
	print_spread("durable append alone", times, ALONE);
}

static void bench_publish(struct log *log)
{
	double times[PUBLISHES];

	for (unsigned i = 0; i < PUBLISHES; i++) {
		append_view(log);
		must(log_commit(log), "commit");

		double start = now_s();

		must(log_publish(log), "publish");
		times[i] = now_s() - start;
	}
	print_spread("publish", times, PUBLISHES);
}

/* The longest that the loop waits when it publishes in steps. */
static void bench_steps(struct log *log)
{
	double times[PUBLISHES];
	int result = 0;

	for (unsigned i = 0; i < PUBLISHES; i++) {
		if (result == 0) {
			append_view(log);
			must(log_commit(log), "commit");
		}

		double start = now_s();

		result = log_publish_step(log);
		must(result, "publish");
		times[i] = now_s() - start;
	}
	must(log_publish(log), "publish");
	print_spread("one step of publishing", times, PUBLISHES);
}

static void bench_grouped(struct log *log, uint64_t entries)
{
	double start = now_s(), published = start;
	uint64_t first = log_durable_size(log);

	while (log_durable_size(log) < entries) {
		for (unsigned i = 0; i < GROUP; i++)
			append_view(log);
		must(log_commit(log), "commit");
		if (now_s() - published >= 1) {
			must(log_publish(log), "publish");
			published = now_s();
		}
	}
	must(log_publish(log), "publish");
	printf("%-32s %.0f/s (groups of %d, published each second)\n", "grouped appends",
	       (double)(log_durable_size(log) - first) / (now_s() - start), GROUP);
}

static void bench_proofs(struct log *log)
{
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	uint64_t size = log_published_size(log);
	double start = cpu_s();

	for (uint64_t i = 0; i < PROOFS; i++)
		must(log_prove_inclusion(log, i * 7919 % size, size, hashes), "proof");
	printf("%-32s %.0f/CPU-s\n", "inclusion proofs, anywhere", PROOFS / (cpu_s() - start));
	start = cpu_s();
	for (uint64_t i = 0; i < PROOFS; i++)
		must(log_prove_inclusion(log, size - 1 - i % 5000, size, hashes), "proof");
	printf("%-32s %.0f/CPU-s\n", "inclusion proofs, recent", PROOFS / (cpu_s() - start));
	start = cpu_s();
	for (uint64_t i = 0; i < PROOFS; i++)
		must(log_prove_consistency(log, 1 + i * 104729 % (size - 1), size, hashes),
		     "proof");
	printf("%-32s %.0f/CPU-s\n", "consistency proofs, anywhere", PROOFS / (cpu_s() - start));
}

static void bench_verify(const char *path)
{
	struct log_verify_report report;
	char why[LOG_VERIFY_WHY_MAX] = "";
	double start = cpu_s();

	must(log_verify_directory(path, NULL, &report, why), why);
	printf("%-32s %.0f entries/CPU-s (%llu entries)\n", "verification",
	       (double)report.head.size / (cpu_s() - start), (unsigned long long)report.head.size);
}

int main(int argc, char **argv)
{
	struct disk *disk = NULL;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [ENTRIES]\n", argv[0]);
		return 2;
	}
	must(disk_directory_open(argv[1], &disk), argv[1]);

	struct log *log = open_bench(disk);

	bench_alone(log);
	bench_publish(log);
	bench_steps(log);
	bench_grouped(log, argc > 2 ? strtoull(argv[2], NULL, 10) : ENTRIES);
	bench_proofs(log);
	log_destroy(log);

	double start = now_s();

	log = open_bench(disk);
	printf("%-32s %.3f s\n", "open", now_s() - start);
	log_destroy(log);
	bench_verify(argv[1]);
	disk_directory_close(disk);
	return 0;
}
