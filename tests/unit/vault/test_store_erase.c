/* After an erasure its key is nowhere: not in the database's files, not in this process's memory,
 * not sealed either. What is looked for is kept masked, so that only real copies are found. */
#include "../check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "reel.h"

enum { MASK = 0x5a, SEALED_SIZE = 72, CHUNK = 1 << 20 };

struct canary {
	uint8_t masked[SEALED_SIZE];
	size_t size;
};

static void take_canary(struct canary *canary, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		canary->masked[i] = bytes[i] ^ MASK;
	canary->size = size;
	sodium_memzero(bytes, size);
}

static bool is_at(const struct canary *canary, const uint8_t *at)
{
	for (size_t i = 0; i < canary->size; i++)
		if ((at[i] ^ MASK) != canary->masked[i])
			return false;
	return true;
}

static unsigned count_in(const struct canary *canary, const uint8_t *data, size_t size)
{
	unsigned count = 0;

	for (size_t i = 0; i + canary->size <= size; i++)
		count += is_at(canary, data + i);
	return count;
}

/* In a file, or in a stretch of this process's memory through /proc/self/mem. */
static unsigned count_in_range(int fd, uint64_t from, uint64_t to, const struct canary *canary)
{
	static uint8_t room[CHUNK];
	unsigned count = 0;

	while (from < to) {
		size_t wanted = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t got = pread(fd, room, wanted, (off_t)from);

		if (got <= 0)
			break;
		count += count_in(canary, room, (size_t)got);
		from += (size_t)got > SEALED_SIZE && from + (size_t)got < to
				? (uint64_t)got - SEALED_SIZE
				: (uint64_t)got;
	}
	sodium_memzero(room, sizeof(room));
	return count;
}

static unsigned count_in_file(const struct reel *reel, const char *name,
			      const struct canary *canary)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", reel->path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	unsigned count = count_in_range(fd, 0, UINT64_MAX, canary);

	close(fd);
	return count;
}

/* Sanitizers keep what was freed, to catch who uses it, and map terabytes: then memory is not
 * looked through. */
#if defined(__SANITIZE_ADDRESS__)
static const bool memory_is_kept = true;
#else
static const bool memory_is_kept = false;
#endif

static unsigned count_in_memory(const struct canary *canary)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	char line[512], rights[8];
	unsigned count = 0;

	assert_true(maps && memory >= 0);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 &&
		    strncmp(rights, "rw", 2) == 0)
			count += count_in_range(memory, from, to, canary);
	fclose(maps);
	close(memory);
	return count;
}

static void take_canaries(struct reel *reel, uint64_t epoch_us, struct canary *secret,
			  struct canary *sealed)
{
	static const uint8_t store_key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3};
	uint8_t key[AGE_KEY_SIZE], blob[SEALED_SIZE];
	sqlite3_stmt *select = db_use(reel->db, "SELECT sealed FROM epochs WHERE start_us = ?1");

	db_bind_int(select, 1, epoch_us);
	assert_true(db_step(reel->db, select) && db_copy_blob(select, 0, blob, sizeof(blob)));
	sqlite3_reset(select);
	assert_int_equal(epoch_secret(reel->db, store_key, reel->camera->id, epoch_us, key), 0);
	take_canary(secret, key, sizeof(key));
	take_canary(sealed, blob, sizeof(blob));
}

static void an_erased_key_is_nowhere(void **state)
{
	struct reel *reel = reel_create();
	uint64_t first_us = epoch_start_of(reel->real_us);
	static struct canary secret, sealed;

	(void)state;
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 10);
	take_canaries(reel, first_us, &secret, &sealed);
	assert_true(count_in_file(reel, "vault.db-wal", &sealed) > 0); /* the search finds it */
	assert_true(memory_is_kept || count_in_memory(&sealed) > 0);
	reel_pass(reel, 600 * 1000);
	reel_run(reel, 10);
	reel->store.limits.bytes = 1;
	for (unsigned i = 0; i < 2 * CAMERA_MAX; i++) {
		reel_tick(reel);
		reel->store.turn = CAMERA_MAX - 1;
		loop_timer_stop(&reel->store.tick);
		reel->store.tick.due(&reel->store.tick);
		journal_commit(&reel->journal);
	}
	assert_int_equal(reel_entries(reel, ENTRY_ERASE), 1);
	assert_int_equal(count_in_file(reel, "vault.db", &sealed), 0);
	assert_int_equal(count_in_file(reel, "vault.db-wal", &sealed), 0);
	if (!memory_is_kept) {
		assert_int_equal(count_in_memory(&secret), 0);
		assert_int_equal(count_in_memory(&sealed), 0);
	}
	/* And the raw key was never on the disk. */
	assert_int_equal(count_in_file(reel, "vault.db", &secret), 0);
	assert_int_equal(count_in_file(reel, "vault.db-wal", &secret), 0);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_erased_key_is_nowhere),
	};

	return cmocka_run_group_tests_name("store erase", tests, NULL, NULL);
}
