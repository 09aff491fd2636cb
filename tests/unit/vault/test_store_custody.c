/* Who can open what is recorded: the box, the people's own keys, or both. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reel.h"
#include "vault/store/custody.h"
#include "vault/store/store_key.h"

static const uint8_t store_key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3};

/* A person's key. */
struct holder {
	struct custody_key key;
	uint8_t secret[AGE_KEY_SIZE];
};

static struct holder make_holder(const char *name)
{
	struct holder holder = {0};

	age_make_key(holder.secret, holder.key.key);
	snprintf(holder.key.name, sizeof(holder.key.name), "%s", name);
	return holder;
}

static struct custody_change by_box(struct reel *reel)
{
	return (struct custody_change){.journal = &reel->journal, .person = PERSON_HOUSE};
}

static int add_key(struct reel *reel, const struct custody_key *key)
{
	const struct custody_change change = by_box(reel);

	return custody_add_key(&change, key);
}

static int remove_key(struct reel *reel, const char *name)
{
	const struct custody_change change = by_box(reel);

	return custody_remove_key(&change, name);
}

static int set_mode(struct reel *reel, bool is_private, uint64_t days)
{
	const struct custody_change change = by_box(reel);

	return custody_set_mode(&change, &(struct custody_mode){is_private, days});
}

static struct reel *make_reel(void)
{
	struct reel *reel = reel_create();

	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	return reel;
}

static uint64_t newest_epoch(struct reel *reel)
{
	return db_number(reel->db, db_use(reel->db, "SELECT max(start_us) FROM epochs"));
}

static int open_by_box(struct reel *reel, uint64_t epoch_us, uint8_t ret_secret[AGE_KEY_SIZE])
{
	return epoch_secret(reel->db, reel->store.key, reel->camera->id, epoch_us, ret_secret);
}

/* As a person would with `age -d`: the wrap gives the identity's line, whose public half must be the
 * epoch's. */
static int open_by_holder(struct reel *reel, uint64_t epoch_us, const struct holder *holder)
{
	uint8_t file[CUSTODY_WRAP_SIZE], line[CUSTODY_WRAP_SIZE];
	size_t size;
	int rc = custody_find_wrap(reel->db, reel->camera->id, epoch_us, holder->key.key, file);

	if (rc < 0)
		return rc;
	assert_int_equal(age_open(holder->secret, file, sizeof(file), line, &size), 0);
	assert_int_equal(size, CUSTODY_LINE_SIZE);
	assert_memory_equal(line, "AGE-SECRET-KEY-1", 16);
	assert_int_equal(line[size - 1], '\n');
	return 0;
}

/* To the next ten minutes, and into them. */
static void next_epoch(struct reel *reel)
{
	uint64_t rest_us = EPOCH_LENGTH_US - reel->real_us % EPOCH_LENGTH_US;

	reel_pass(reel, rest_us / 1000 + 1);
	reel_run(reel, 15);
}

static void both_can_open_in_window_mode(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna"), late = make_holder("Late");
	uint8_t secret[AGE_KEY_SIZE];

	(void)state;
	unsigned changes = reel_entries(reel, ENTRY_CONFIG);

	assert_int_equal(add_key(reel, &anna.key), 0);
	reel_run(reel, 15);
	uint64_t first = newest_epoch(reel);

	assert_int_equal(open_by_box(reel, first, secret), 0);
	assert_int_equal(open_by_holder(reel, first, &anna), 0);
	assert_int_equal(add_key(reel, &late.key), 0);
	assert_int_equal(open_by_holder(reel, first, &late), -ENOENT);
	handover_begin(&reel->store);
	next_epoch(reel);
	assert_int_equal(open_by_holder(reel, newest_epoch(reel), &late), 0);
	assert_int_equal(open_by_holder(reel, first, &late), 0);
	assert_int_equal(reel_entries(reel, ENTRY_CONFIG), changes + 2);
	reel_destroy(reel);
}

static void in_private_mode_the_box_cannot(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna");
	uint8_t secret[AGE_KEY_SIZE];

	(void)state;
	assert_int_equal(set_mode(reel, true, 0), -EACCES);
	reel_run(reel, 15);
	uint64_t first = newest_epoch(reel);

	assert_int_equal(open_by_box(reel, first, secret), 0);
	assert_int_equal(add_key(reel, &anna.key), 0);
	assert_int_equal(set_mode(reel, true, 0), 0);
	handover_running(&reel->store);
	assert_int_equal(remove_key(reel, "Anna"), -EACCES);
	reel_run(reel, 15);
	assert_int_equal(open_by_box(reel, first, secret), -EACCES);
	assert_int_equal(open_by_holder(reel, first, &anna), 0);
	/* It goes on in the same ten minutes after a crash, with the public half alone. */
	reel_crash(reel);
	reel_start(reel);
	assert_true(custody_mode(reel->db).is_private);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	reel_run(reel, 15);
	assert_int_equal(newest_epoch(reel), first);
	assert_int_equal(open_by_box(reel, first, secret), -EACCES);
	assert_int_equal(set_mode(reel, false, 0), 0);
	next_epoch(reel);
	assert_int_equal(open_by_box(reel, newest_epoch(reel), secret), 0);
	reel_destroy(reel);
}

static void the_box_keeps_its_own_halves_for_the_window_only(void **state)
{
	const uint64_t day_ms = UINT64_C(86400) * 1000;
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna");
	uint8_t secret[AGE_KEY_SIZE];

	(void)state;
	assert_int_equal(set_mode(reel, false, 2), -EACCES);
	assert_int_equal(add_key(reel, &anna.key), 0);
	assert_int_equal(set_mode(reel, false, CUSTODY_DAYS_MAX + 1), -EINVAL);
	assert_int_equal(set_mode(reel, true, 2), -EINVAL);
	reel_run(reel, 15);
	uint64_t first = newest_epoch(reel);

	assert_int_equal(set_mode(reel, false, 2), 0);
	assert_int_equal(custody_mode(reel->db).days, 2);
	assert_int_equal(remove_key(reel, "Anna"), -EACCES);
	reel_pass(reel, day_ms);
	reel_run(reel, 15);
	uint64_t second = newest_epoch(reel);

	assert_int_equal(open_by_box(reel, first, secret), 0);
	reel_pass(reel, day_ms + (EPOCH_LENGTH_US + EPOCH_MARGIN_US) / 1000);
	reel_run(reel, 15);
	assert_int_equal(open_by_box(reel, first, secret), -EACCES);
	assert_int_equal(open_by_holder(reel, first, &anna), 0);
	assert_int_equal(open_by_box(reel, second, secret), 0);
	/* Wider again: what is gone is gone, what comes is kept. */
	assert_int_equal(set_mode(reel, false, 0), 0);
	reel_pass(reel, 3 * day_ms);
	reel_run(reel, 15);
	assert_int_equal(open_by_box(reel, first, secret), -EACCES);
	assert_int_equal(open_by_box(reel, second, secret), 0);
	reel_destroy(reel);
}

static void only_whose_key_it_is_gets_the_wrap(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna"), box = make_holder("Box");
	struct custody_key asked = anna.key;
	uint8_t file[CUSTODY_WRAP_SIZE];

	(void)state;
	anna.key.user = 7;
	assert_int_equal(add_key(reel, &anna.key), 0);
	assert_int_equal(add_key(reel, &box.key), 0);
	reel_run(reel, 15);
	uint64_t epoch = newest_epoch(reel);
	uint32_t camera = reel->camera->id;

	asked.user = 7;
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), 0);
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch + 1, &asked, file), -ENOENT);
	asked.user = 8;
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), -ENOENT);
	/* One that was added on the box is nobody's, until a person adds it too. */
	asked = box.key;
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), -ENOENT);
	asked.user = 7;
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), -ENOENT);
	assert_int_equal(add_key(reel, &asked), 0);
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), 0);
	asked.user = 8;
	assert_int_equal(add_key(reel, &asked), -EEXIST);
	/* What is removed is not handed out any more. */
	asked = anna.key;
	assert_int_equal(remove_key(reel, "Anna"), 0);
	assert_int_equal(custody_find_wrap_of(reel->db, camera, epoch, &asked, file), -ENOENT);
	reel_destroy(reel);
}

static void a_locked_box_has_forgotten(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna");
	uint8_t secret[AGE_KEY_SIZE], on_disk[EPOCH_STORE_KEY_SIZE];
	struct store_key file;
	struct disk *keys;

	(void)state;
	assert_int_equal(disk_directory_open(reel->path, &keys), 0);
	assert_int_equal(store_key_init(&file, keys, (struct bytes){0}), 0);
	assert_int_equal(store_key_open(&file, on_disk), 0);
	reel->store.key_file = file;
	reel_run(reel, 15);
	assert_int_equal(custody_count_unwrapped(reel->db), 1);
	assert_int_equal(add_key(reel, &anna.key), 0);
	handover_begin(&reel->store);
	next_epoch(reel);
	assert_int_equal(custody_count_unwrapped(reel->db), 0);
	uint64_t before = newest_epoch(reel);

	assert_int_equal(store_lock(&reel->store), 0);
	assert_int_equal(open_by_box(reel, before, secret), -EACCES);
	assert_int_equal(open_by_holder(reel, before, &anna), 0);
	assert_int_equal(store_key_read(&file, on_disk), 0);
	assert_memory_equal(on_disk, reel->store.key, sizeof(on_disk));
	assert_memory_not_equal(on_disk, store_key, sizeof(on_disk));
	/* What comes later it can open again. */
	next_epoch(reel);
	assert_int_equal(open_by_box(reel, newest_epoch(reel), secret), 0);
	disk_directory_close(keys);
	reel_destroy(reel);
}

static void an_erased_stretch_has_no_key_left(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna");

	(void)state;
	assert_int_equal(add_key(reel, &anna.key), 0);
	reel_run(reel, 15);
	uint64_t first = newest_epoch(reel);

	ledger_forget(reel->db, reel->camera->id, first);
	assert_int_equal(open_by_holder(reel, first, &anna), -ENOENT);
	reel_destroy(reel);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct reel *reel = make_reel();
	struct holder anna = make_holder("Anna"), bob = make_holder("Anna");
	struct custody_key zero = {.name = "Zero"}, nameless = anna.key;

	(void)state;
	nameless.name[0] = '\0';
	assert_int_equal(add_key(reel, &zero), -EINVAL);
	assert_int_equal(add_key(reel, &nameless), -EINVAL);
	assert_int_equal(add_key(reel, &anna.key), 0);
	assert_int_equal(add_key(reel, &anna.key), -EEXIST);
	assert_int_equal(add_key(reel, &bob.key), -EEXIST);
	assert_int_equal(remove_key(reel, "Nobody"), -ENOENT);
	for (unsigned i = 1; i < CUSTODY_KEYS_MAX; i++) {
		bob = make_holder("Bob");
		snprintf(bob.key.name, sizeof(bob.key.name), "Bob %u", i);
		assert_int_equal(add_key(reel, &bob.key), 0);
	}
	bob = make_holder("One more");
	assert_int_equal(add_key(reel, &bob.key), -EMSGSIZE);
	/* A key that was taken back may come again. */
	assert_int_equal(remove_key(reel, "Anna"), 0);
	assert_int_equal(add_key(reel, &anna.key), 0);
	reel_destroy(reel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_can_open_in_window_mode),
		cmocka_unit_test(in_private_mode_the_box_cannot),
		cmocka_unit_test(the_box_keeps_its_own_halves_for_the_window_only),
		cmocka_unit_test(only_whose_key_it_is_gets_the_wrap),
		cmocka_unit_test(a_locked_box_has_forgotten),
		cmocka_unit_test(an_erased_stretch_has_no_key_left),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
