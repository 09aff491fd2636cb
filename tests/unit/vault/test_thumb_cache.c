/* Thumbnails that are kept: only what was put there comes out, only with the epoch's secret, and
 * whatever happens to the file costs thumbnails and nothing else. */
#include "../check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "vault/store/thumb_cache.h"

enum { JPEG_SIZE = 900 };

static const uint8_t secret[AGE_KEY_SIZE] = {1, 2, 3}, other_secret[AGE_KEY_SIZE] = {1, 2, 4};

struct shelf {
	char path[64], file[80];
	struct disk *disk;
	struct thumb_cache cache;
};

static struct shelf shelf;

static void open_shelf(void)
{
	snprintf(shelf.path, sizeof(shelf.path), "/tmp/ward-thumbs-XXXXXX");
	assert_non_null(mkdtemp(shelf.path));
	snprintf(shelf.file, sizeof(shelf.file), "%s/thumbs", shelf.path);
	assert_int_equal(disk_directory_open(shelf.path, &shelf.disk), 0);
	memset(&shelf.cache, 0, sizeof(shelf.cache));
	shelf.cache.disk = shelf.disk;
}

static void close_shelf(void)
{
	thumb_cache_close(&shelf.cache);
	disk_directory_close(shelf.disk);
	unlink(shelf.file);
	assert_int_equal(rmdir(shelf.path), 0);
}

static struct thumb_name name_of(uint64_t number)
{
	return (struct thumb_name){
		.camera = 1 + (uint32_t)(number % 3), .epoch_us = 600000000, .number = number};
}

static void fill(uint64_t number, uint8_t ret_jpeg[JPEG_SIZE])
{
	for (size_t i = 0; i < JPEG_SIZE; i++)
		ret_jpeg[i] = (uint8_t)(number * 31 + i);
}

static void add(uint64_t number)
{
	const struct thumb_name name = name_of(number);
	uint8_t jpeg[JPEG_SIZE];

	fill(number, jpeg);
	thumb_cache_add(&shelf.cache, &name, secret, (struct bytes){jpeg, JPEG_SIZE});
}

/* Is it there? What is there must be right. */
static bool has_with(uint64_t number, const uint8_t *key)
{
	const struct thumb_name name = name_of(number);
	uint8_t jpeg[JPEG_SIZE];
	struct bytes found;
	int rc = thumb_cache_find(&shelf.cache, &name, key, &found);

	if (rc < 0) {
		assert_int_equal(rc, -ENOENT);
		return false;
	}
	fill(number, jpeg);
	assert_int_equal(found.size, JPEG_SIZE);
	assert_memory_equal(found.data, jpeg, JPEG_SIZE);
	return true;
}

static bool has(uint64_t number)
{
	return has_with(number, secret);
}

static void what_was_put_there_comes_out(void **state)
{
	(void)state;
	open_shelf();
	assert_false(has(1));
	assert_int_equal(access(shelf.file, F_OK), -1); /* looking makes nothing */
	add(1);
	add(2);
	assert_true(has(1) && has(2));
	assert_false(has(3));
	thumb_cache_close(&shelf.cache);
	assert_true(has(1) && has(2));
	close_shelf();
}

static void another_key_opens_nothing(void **state)
{
	(void)state;
	open_shelf();
	add(1);
	assert_false(has_with(1, other_secret));
	assert_true(has(1));
	close_shelf();
}

static void it_never_grows_past_its_bound(void **state)
{
	unsigned kept = 0;
	struct stat status;

	(void)state;
	open_shelf();
	for (uint64_t i = 0; i < THUMB_CACHE_COUNT + 300; i++)
		add(i);
	assert_int_equal(stat(shelf.file, &status), 0);
	assert_true(status.st_size <= THUMB_CACHE_BYTES);
	for (uint64_t i = 0; i < THUMB_CACHE_COUNT + 300; i++)
		kept += has(i);
	assert_true(kept <= THUMB_CACHE_COUNT && kept >= THUMB_CACHE_COUNT - 300);
	assert_true(has(THUMB_CACHE_COUNT + 299));
	/* The same one again takes its own place. */
	for (unsigned i = 0; i < 10; i++)
		add(THUMB_CACHE_COUNT + 299);
	assert_true(has(THUMB_CACHE_COUNT + 299));
	close_shelf();
}

static void flip(off_t at)
{
	int fd = open(shelf.file, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x20;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void a_changed_file_is_made_again(void **state)
{
	const off_t place = THUMB_CACHE_COUNT * THUMB_CACHE_HEAD_SIZE;
	const off_t spots[] = {
		0, 9, 14, 20, 28, 40, 58, place, place + JPEG_SIZE / 2, place + JPEG_SIZE + 5};

	(void)state;
	open_shelf();
	for (size_t i = 0; i < sizeof(spots) / sizeof(spots[0]); i++) {
		add(1);
		assert_true(has(1));
		flip(spots[i]);
		thumb_cache_close(&shelf.cache);
		assert_false(has(1));
		unlink(shelf.file);
		thumb_cache_close(&shelf.cache);
	}
	add(1);
	assert_true(has(1));
	close_shelf();
}

/* Another moment of the same epoch in its place opens with the same key, but is not what is named.
 */
static void one_in_anothers_place_is_refused(void **state)
{
	static uint8_t place[THUMB_CACHE_PLACE_SIZE];
	const off_t places = THUMB_CACHE_COUNT * THUMB_CACHE_HEAD_SIZE;
	uint8_t nonce[32];

	(void)state;
	open_shelf();
	add(1);
	add(4);
	thumb_cache_close(&shelf.cache);
	int fd = open(shelf.file, O_RDWR | O_CLOEXEC);

	assert_int_equal(pread(fd, nonce, sizeof(nonce), THUMB_CACHE_HEAD_SIZE + 32),
			 sizeof(nonce));
	assert_int_equal(pwrite(fd, nonce, sizeof(nonce), 32), sizeof(nonce));
	assert_true(pread(fd, place, sizeof(place), places + THUMB_CACHE_PLACE_SIZE) > JPEG_SIZE);
	assert_int_equal(pwrite(fd, place, JPEG_SIZE + 16, places), JPEG_SIZE + 16);
	close(fd);
	assert_false(has(1));
	assert_true(has(4));
	close_shelf();
}

static void what_a_power_loss_leaves_is_no_harm(void **state)
{
	struct stat status;

	(void)state;
	open_shelf();
	for (uint64_t i = 0; i < 8; i++)
		add(i);
	assert_int_equal(stat(shelf.file, &status), 0);
	/* Cut anywhere, or not a byte of it what it was. */
	for (off_t size = status.st_size; size > 0; size -= status.st_size / 37) {
		thumb_cache_close(&shelf.cache);
		assert_int_equal(truncate(shelf.file, size), 0);
		for (uint64_t i = 0; i < 8; i++)
			has(i);
		add(5);
		assert_true(has(5));
	}
	thumb_cache_close(&shelf.cache);
	int fd = open(shelf.file, O_RDWR | O_TRUNC | O_CLOEXEC);
	uint8_t noise[4096];

	for (off_t at = 0; at < 2 * THUMB_CACHE_COUNT * THUMB_CACHE_HEAD_SIZE;
	     at += (off_t)sizeof(noise)) {
		randombytes_buf(noise, sizeof(noise));
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
	}
	close(fd);
	for (uint64_t i = 0; i < 8; i++)
		assert_false(has(i));
	add(3);
	assert_true(has(3));
	close_shelf();
}

static void forgetting_leaves_nothing(void **state)
{
	static uint8_t before[4 << 20], after[4 << 20];
	const uint64_t of_camera_2 = 1, of_camera_1 = 0;
	uint8_t jpeg[JPEG_SIZE];

	(void)state;
	open_shelf();
	add(of_camera_1);
	int fd = open(shelf.file, O_RDONLY | O_CLOEXEC);
	ssize_t empty = pread(fd, before, sizeof(before), 0);

	add(of_camera_2);
	thumb_cache_forget(&shelf.cache, 2, 1200000000); /* another epoch */
	thumb_cache_forget(&shelf.cache, 3, 600000000);
	assert_true(has(of_camera_2));
	thumb_cache_close(&shelf.cache);
	thumb_cache_forget(&shelf.cache, 2, 600000000); /* as after a restart */
	assert_false(has(of_camera_2));
	assert_true(has(of_camera_1));
	ssize_t size = pread(fd, after, sizeof(after), 0);

	close(fd);
	assert_memory_equal(before, after, (size_t)empty);
	for (ssize_t i = empty; i < size; i++)
		assert_int_equal(after[i], 0);
	fill(of_camera_1, jpeg); /* and it never lay there in clear */
	assert_null(memmem(after, (size_t)size, jpeg, 32));
	close_shelf();
}

static int full_write(struct disk *disk, int file, const void *data, size_t size, uint64_t offset)
{
	(void)disk;
	(void)file;
	(void)data;
	(void)size;
	(void)offset;
	return -ENOSPC;
}

static int no_open(struct disk *disk, const char *path, enum disk_mode mode)
{
	(void)disk;
	(void)path;
	(void)mode;
	return -EIO;
}

static void a_failing_disk_costs_nothing_else(void **state)
{
	int (*write_of)(struct disk * disk, int file, const void *data, size_t size,
			uint64_t offset);
	int (*open_of)(struct disk * disk, const char *path, enum disk_mode mode);

	(void)state;
	open_shelf();
	add(1);
	write_of = shelf.disk->write;
	shelf.disk->write = full_write;
	add(2);
	assert_true(has(1));
	assert_false(has(2));
	thumb_cache_forget(&shelf.cache, 2, 600000000);
	shelf.disk->write = write_of;
	thumb_cache_close(&shelf.cache);
	open_of = shelf.disk->open;
	shelf.disk->open = no_open;
	add(4);
	assert_false(has(1) || has(4));
	shelf.disk->open = open_of;
	add(4);
	assert_true(has(1) && has(4));
	close_shelf();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_there_comes_out),
		cmocka_unit_test(another_key_opens_nothing),
		cmocka_unit_test(it_never_grows_past_its_bound),
		cmocka_unit_test(a_changed_file_is_made_again),
		cmocka_unit_test(one_in_anothers_place_is_refused),
		cmocka_unit_test(what_a_power_loss_leaves_is_no_harm),
		cmocka_unit_test(forgetting_leaves_nothing),
		cmocka_unit_test(a_failing_disk_costs_nothing_else),
	};

	assert_int_not_equal(sodium_init(), -1);
	return cmocka_run_group_tests_name("thumb cache", tests, NULL, NULL);
}
