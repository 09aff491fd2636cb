/* Makes a log of COUNT entries in DIR, published on the way and opened again in between, and prints
 * its vkey; proofs of every kind go to PROOFS. For golog.go to check. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/log/log.h"

static uint64_t tick(void *context)
{
	return *(uint64_t *)context += 1000;
}

static uint64_t now;

static struct log *open_log(struct disk *disk)
{
	static const uint8_t seed[LOG_SEED_SIZE] = {42};
	struct log_config config = {
		.disk = disk, .clock = {tick, tick, &now, 0x0123456789abcdef}, .seed = seed};
	struct log *log = NULL;
	char why[LOG_WHY_MAX];

	if (log_open(&config, &log, why) < 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return log;
}

static void append_one(struct log *log, uint64_t number)
{
	struct log_opening opening;
	struct entry entry;
	uint64_t seq;

	entry_init(&entry, ENTRY_MEDIA);
	entry_add_text(&entry, ENTRY_CAM, "c1");
	entry_add_hex(&entry, ENTRY_SHA256, (uint8_t[32]){(uint8_t)number}, 32);
	log_commit_value(&entry, "acct", "alice", 5, &opening);

	int result = log_append(log, &entry, NULL, &seq);

	assert(result == 0);
}

static void fill(struct log *log, uint64_t size)
{
	int result = 0;

	while (result == 0 && log_durable_size(log) < size) {
		uint64_t count = size - log_durable_size(log);

		for (uint64_t i = 0; i < count && i < 500; i++)
			append_one(log, i);
		result = log_commit(log);
	}
	if (result == 0)
		result = log_publish(log);
	assert(result == 0);
}

static void print_proof(FILE *file, const char *kind, uint64_t first, uint64_t second,
			const struct merkle_hash *hashes, int count)
{
	char line[MERKLE_PROOF_MAX * 48];
	struct text text;

	assert(count >= 0);
	text_init(&text, line, sizeof(line));
	text_printf(&text, "%s %llu %llu", kind, (unsigned long long)first,
		    (unsigned long long)second);
	for (int i = 0; i < count; i++) {
		text_add(&text, " ");
		text_add_base64(&text, hashes[i].bytes, MERKLE_HASH_SIZE);
	}
	assert(!text.failed);
	fprintf(file, "%s\n", line);
}

/* Around every power of two and every tile's end, against a few sizes of the log. */
static void print_proofs(FILE *file, struct log *log)
{
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	uint64_t size = log_published_size(log);

	for (uint64_t to = size; to > 1; to = to * 5 / 7)
		for (uint64_t from = 1; from < to; from += 1 + from / 3) {
			print_proof(file, "inclusion", from, to, hashes,
				    log_prove_inclusion(log, from, to, hashes));
			print_proof(file, "consistency", from, to, hashes,
				    log_prove_consistency(log, from, to, hashes));
		}
}

int main(int argc, char **argv)
{
	struct disk *disk = NULL;

	if (argc != 4) {
		fprintf(stderr, "usage: %s DIR COUNT PROOFS\n", argv[0]);
		return 2;
	}

	uint64_t count = strtoull(argv[2], NULL, 10);
	FILE *file = fopen(argv[3], "we");

	if (!file || disk_directory_open(argv[1], &disk) < 0)
		return 1;
	for (uint64_t size = 1; size < count; size = size * 3 + 1) {
		struct log *log = open_log(disk);

		fill(log, size);
		fill(log, size + size / 2);
		log_destroy(log);
	}

	struct log *log = open_log(disk);

	fill(log, count);
	print_proofs(file, log);
	printf("%s\n", log_vkey(log));
	log_destroy(log);
	disk_directory_close(disk);
	return fclose(file) == 0 ? 0 : 1;
}
