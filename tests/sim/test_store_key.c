/* The recordings' key on a disk that loses power before each operation, or fails it: whatever comes
 * up after it opens, to a key that was in use, and once it has been opened no other lies about. */
#include "unit/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "sim_disk.h"
#include "vault/store/store_key.h"

enum { SECRET_SIZE = 40, SEEDS = 3, FILE_SIZE_MAX = 256 };

static uint8_t secret[SECRET_SIZE] = {1, 2, 3};
static const struct bytes none = {0};

static struct bytes the_secret(void)
{
	return (struct bytes){secret, sizeof(secret)};
}

static struct store_key file_on(struct sim_disk *sim, struct bytes with)
{
	struct store_key file;

	assert_int_equal(store_key_init(&file, sim_disk_ops(sim), with), 0);
	return file;
}

static size_t read_file(struct sim_disk *sim, const char *name, char *ret_data)
{
	struct disk *disk = sim_disk_ops(sim);
	int file = disk->open(disk, name, DISK_READ);

	if (file < 0)
		return 0;
	int64_t size = disk->read(disk, file, ret_data, FILE_SIZE_MAX, 0);

	disk->close(disk, file);
	assert_true(size >= 0);
	return (size_t)size;
}

/* ---- power cuts ---- */

/* What is done to the file, and with what it is opened before and after. */
struct change {
	struct bytes before, after;
	int (*make)(const struct store_key *file, uint8_t ret_key[EPOCH_STORE_KEY_SIZE]);
	bool keeps_key;
	uint8_t old[EPOCH_STORE_KEY_SIZE];
	unsigned images, renewed;
};

struct outcome {
	uint8_t key[EPOCH_STORE_KEY_SIZE];
	char text[FILE_SIZE_MAX];
	size_t size;
};

/* The start after it: with the secret, if there is one by then. */
static void look(struct change *change, struct sim_disk *image, struct outcome *ret_outcome)
{
	static const char *const others[] = {STORE_KEY_FILE ".tmp", STORE_KEY_FILE ".old"};
	const struct store_key file = file_on(image, change->after);
	char text[FILE_SIZE_MAX];

	assert_int_equal(store_key_open(&file, ret_outcome->key), 0);
	change->images++;
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		assert_int_equal(read_file(image, others[i], text), 0);
	ret_outcome->size = read_file(image, STORE_KEY_FILE, ret_outcome->text);
	assert_true(ret_outcome->size > 0);
	if (change->after.data)
		assert_memory_equal(ret_outcome->text, "ward/", 5);
}

static void cut_here(void *context, struct sim_disk *sim, uint64_t operation)
{
	struct change *change = context;

	for (unsigned bytes = 0; bytes < SIM_BYTES_COUNT; bytes++) {
		for (unsigned names = 0; names < SIM_NAMES_COUNT * SEEDS; names++) {
			struct sim_disk *image = sim_disk_cut_power(sim, (enum sim_bytes)bytes,
								    (enum sim_names)(names / SEEDS),
								    operation * SEEDS + names);
			struct outcome outcome;

			look(change, image, &outcome);
			bool is_old = memcmp(outcome.key, change->old, sizeof(change->old)) == 0;

			if (change->keeps_key)
				assert_true(is_old);
			change->renewed += !is_old;
			sim_disk_destroy(image);
		}
	}
}

static void make(struct change *change, struct sim_disk *sim)
{
	struct store_key file = file_on(sim, change->before);
	uint8_t key[EPOCH_STORE_KEY_SIZE];

	assert_int_equal(store_key_open(&file, change->old), 0);
	file = file_on(sim, change->after);
	sim_disk_set_hook(sim, cut_here, change);
	assert_int_equal(change->make(&file, key), 0);
	sim_disk_set_hook(sim, NULL, NULL);
	assert_int_equal(memcmp(key, change->old, sizeof(key)) == 0, change->keeps_key);
	cut_here(change, sim, 0);
	print_message("# %u images, %u of them with the new key\n", change->images,
		      change->renewed);
	assert_true(change->images > 200);
}

static void power_loss_while_it_is_sealed(void **state)
{
	struct sim_disk *sim = sim_disk_create();
	struct change change = {none, the_secret(), store_key_open, .keeps_key = true};

	(void)state;
	make(&change, sim);
	assert_int_equal(change.renewed, 0);
	sim_disk_destroy(sim);
}

static void power_loss_while_the_box_is_locked(void **state)
{
	const struct bytes with[] = {none, the_secret()};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(with); i++) {
		struct sim_disk *sim = sim_disk_create();
		struct change change = {with[i], with[i], store_key_renew, .keeps_key = false};

		make(&change, sim);
		assert_true(change.renewed > 0 && change.renewed < change.images);
		sim_disk_destroy(sim);
	}
}

/* ---- failures ---- */

/* True while the failing operation was reached. */
static bool fail_once(uint64_t operation, struct bytes after,
		      int (*change)(const struct store_key *file, uint8_t *ret_key))
{
	struct sim_disk *sim = sim_disk_create();
	struct store_key file = file_on(sim, none);
	uint8_t old[EPOCH_STORE_KEY_SIZE], key[EPOCH_STORE_KEY_SIZE], again[EPOCH_STORE_KEY_SIZE];

	assert_int_equal(store_key_open(&file, old), 0);
	file = file_on(sim, after);
	uint64_t start = sim_disk_operations(sim);

	sim_disk_fail_at(sim, start + operation, -EIO);
	int rc = change(&file, key);
	bool is_reached = sim_disk_operations(sim) - start >= operation;

	assert_true(is_reached == (rc < 0));
	sim_disk_fail_at(sim, 0, 0);
	/* The file is whole; and the next attempt is not hindered by what this one left. */
	assert_int_equal(store_key_read(&file, again), 0);
	if (change == store_key_open)
		assert_memory_equal(again, old, sizeof(old));
	assert_int_equal(change(&file, key), 0);
	assert_int_equal(store_key_read(&file, again), 0);
	assert_memory_equal(again, key, sizeof(key));
	sim_disk_destroy(sim);
	return is_reached;
}

static void a_disk_that_fails_costs_nothing(void **state)
{
	unsigned operations[2] = {0};

	(void)state;
	while (fail_once(operations[0] + 1, the_secret(), store_key_open))
		operations[0]++;
	while (fail_once(operations[1] + 1, none, store_key_renew))
		operations[1]++;
	assert_true(operations[0] >= 8 && operations[1] >= 8);
}

/* ---- what is refused ---- */

static void without_the_right_secret_it_stays_shut(void **state)
{
	struct sim_disk *sim = sim_disk_create();
	uint8_t key[EPOCH_STORE_KEY_SIZE], again[EPOCH_STORE_KEY_SIZE], other[SECRET_SIZE] = {9};
	struct store_key file = file_on(sim, the_secret()), plain = file_on(sim, none);
	struct store_key wrong = file_on(sim, (struct bytes){other, sizeof(other)});
	char text[FILE_SIZE_MAX], after[FILE_SIZE_MAX];

	(void)state;
	assert_int_equal(store_key_read(&file, key), -ENOENT);
	assert_int_equal(store_key_open(&file, key), 0);
	size_t size = read_file(sim, STORE_KEY_FILE, text);

	assert_int_equal(store_key_open(&plain, again), -ENOKEY);
	assert_int_equal(store_key_open(&wrong, again), -EKEYREJECTED);
	assert_true(sim_disk_corrupt(sim, STORE_KEY_FILE, 20));
	assert_true(store_key_open(&file, again) < 0);
	assert_true(sim_disk_corrupt(sim, STORE_KEY_FILE, 20)); /* flips it back */
	assert_int_equal(store_key_read(&file, again), 0);
	assert_memory_equal(key, again, sizeof(key));
	/* Nobody made a new key. */
	assert_int_equal(read_file(sim, STORE_KEY_FILE, after), size);
	assert_memory_equal(text, after, size);
	assert_int_equal(store_key_init(&file, sim_disk_ops(sim), (struct bytes){secret, 31}),
			 -EINVAL);
	assert_int_equal(store_key_init(&file, sim_disk_ops(sim), (struct bytes){secret, 1025}),
			 -EINVAL);
	sim_disk_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_loss_while_it_is_sealed),
		cmocka_unit_test(power_loss_while_the_box_is_locked),
		cmocka_unit_test(a_disk_that_fails_costs_nothing),
		cmocka_unit_test(without_the_right_secret_it_stays_shut),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("store key", tests, NULL, NULL);
}
