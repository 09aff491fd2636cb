#include "../check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/age/age.h"

enum { SIZE_MAX_TESTED = 3 * AGE_CHUNK_SIZE + 17 };

static uint8_t plain[SIZE_MAX_TESTED], sealed[SIZE_MAX_TESTED + 1024], opened[sizeof(sealed)];

static uint8_t secret[AGE_KEY_SIZE], public_key[AGE_KEY_SIZE];

static int prepare(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return -1;
	age_make_key(secret, public_key);
	randombytes_buf(plain, sizeof(plain));
	return 0;
}

/* In pieces of `step` bytes. */
static size_t seal(size_t size, size_t step)
{
	struct age_sealer sealer;
	size_t sealed_size = 0;

	assert_int_equal(age_seal_begin(&sealer, public_key, sealed, sizeof(sealed)), 0);
	for (size_t at = 0; at < size; at += step)
		age_seal_add(&sealer, plain + at, size - at < step ? size - at : step);
	assert_int_equal(age_seal_end(&sealer, &sealed_size), 0);
	return sealed_size;
}

static void what_was_sealed_is_opened(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       AGE_CHUNK_SIZE - 1,
				       AGE_CHUNK_SIZE,
				       AGE_CHUNK_SIZE + 1,
				       2 * AGE_CHUNK_SIZE,
				       2 * AGE_CHUNK_SIZE + 1,
				       SIZE_MAX_TESTED};
	static const size_t steps[] = {1000, AGE_CHUNK_SIZE, SIZE_MAX_TESTED};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
		for (size_t j = 0; j < ARRAY_COUNT(steps); j++) {
			size_t size = seal(sizes[i], steps[j]), opened_size = 1;

			assert_int_equal(size, age_sealed_size(sizes[i]));
			assert_int_equal(age_open(secret, sealed, size, opened, &opened_size), 0);
			assert_int_equal(opened_size, sizes[i]);
			assert_memory_equal(opened, plain, sizes[i]);
		}
}

static void every_flipped_bit_is_refused(void **state)
{
	size_t size = seal(300, 300), opened_size = 0;

	(void)state;
	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			sealed[i] ^= (uint8_t)(1U << bit);
			assert_true(age_open(secret, sealed, size, opened, &opened_size) < 0);
			sealed[i] ^= (uint8_t)(1U << bit);
		}
	assert_int_equal(age_open(secret, sealed, size, opened, &opened_size), 0);
}

static void every_cut_is_refused(void **state)
{
	size_t size = seal(300, 300), opened_size = 0;

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_true(age_open(secret, sealed, cut, opened, &opened_size) < 0);
	/* At the border of two chunks the shorter file is well formed in all but the mark of its
	 * end. */
	size = seal(2 * AGE_CHUNK_SIZE, AGE_CHUNK_SIZE);
	assert_int_equal(age_open(secret, sealed, size - AGE_CHUNK_SIZE - AGE_TAG_SIZE, opened,
				  &opened_size),
			 -EBADMSG);
	assert_int_equal(age_open(secret, sealed, size + 1, opened, &opened_size), -EBADMSG);
}

static void another_key_does_not_open_it(void **state)
{
	uint8_t other[AGE_KEY_SIZE], other_public[AGE_KEY_SIZE];
	size_t size = seal(300, 300), opened_size = 0;

	(void)state;
	age_make_key(other, other_public);
	assert_int_equal(age_open(other, sealed, size, opened, &opened_size), -EACCES);
}

static void too_small_a_room_and_a_false_key_are_refused(void **state)
{
	static const uint8_t low_order[AGE_KEY_SIZE];
	struct age_sealer sealer;
	size_t size;

	(void)state;
	assert_int_equal(age_seal_begin(&sealer, low_order, sealed, sizeof(sealed)), -EINVAL);
	for (size_t room = 0; room < age_sealed_size(300); room += 7) {
		if (age_seal_begin(&sealer, public_key, sealed, room) < 0)
			continue;
		age_seal_add(&sealer, plain, 300);
		assert_int_equal(age_seal_end(&sealer, &size), -ENOBUFS);
		assert_true(sodium_is_zero(sealer.key, sizeof(sealer.key)));
	}
}

/* Made by age 1.1.1 for the key of test_bech32.c. */
static void a_file_of_the_real_age_is_opened(void **state)
{
	static const char header[] = "age-encryption.org/v1\n"
				     "-> X25519 ty4u2QXq1eHNBV+mcOwZWFtyuv2vE+6ZEb00qw3KY10\n"
				     "p70lliEoamrsrGOYyW4nbJT1NB7GQXN7Hd3ch9B7amA\n"
				     "--- /bBGoZgVhPGRYyPvfTmMRA06VJGLM8b3kHSAFAbb7dQ\n";
	static const uint8_t payload[] = {
		0x90, 0xb8, 0xce, 0xe2, 0xcc, 0x23, 0xaf, 0xad, 0xf1, 0xf7, 0xbc, 0x18, 0x14,
		0x0f, 0x2c, 0x4f, 0xc8, 0x96, 0x59, 0x02, 0xd9, 0x59, 0xd0, 0x6d, 0x64, 0x6c,
		0xa5, 0x60, 0x91, 0x00, 0x40, 0x59, 0xa5, 0xe8, 0x77, 0x12, 0x2a, 0x79, 0xa4,
		0x81, 0x02, 0x45, 0xfe, 0xa2, 0xe9, 0xbb, 0x49, 0x46, 0x09, 0x6c, 0x18, 0xf0,
		0x41, 0xf9, 0x6d, 0xef, 0x20, 0x26, 0x4f, 0x83, 0x66, 0x53, 0x02, 0x8e,
	};
	static const char expected[] = "recorded by Ward, sealed by age\n";
	uint8_t file[512], key[AGE_KEY_SIZE];
	size_t header_size = sizeof(header) - 1, size = 0;

	(void)state;
	for (uint8_t i = 0; i < AGE_KEY_SIZE; i++)
		key[i] = (uint8_t)(i + 1);
	memcpy(file, header, header_size);
	memcpy(file + header_size, payload, sizeof(payload));
	assert_int_equal(age_open(key, file, header_size + sizeof(payload), opened, &size), 0);
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(opened, expected, size);
}

/* Only as much is looked at as was given, and only that must be right. */
static void the_start_is_opened_alone(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       AGE_CHUNK_SIZE - 1,
				       AGE_CHUNK_SIZE,
				       AGE_CHUNK_SIZE + 1,
				       SIZE_MAX_TESTED};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		size_t size = seal(sizes[i], AGE_CHUNK_SIZE), opened_size = 1;
		size_t expected = sizes[i] < AGE_CHUNK_SIZE ? sizes[i] : (size_t)AGE_CHUNK_SIZE;

		for (size_t at = AGE_START_SIZE; at < size; at++)
			sealed[at] = 0;
		assert_int_equal(age_open_start(secret, sealed, size, opened, &opened_size), 0);
		assert_int_equal(opened_size, expected);
		assert_memory_equal(opened, plain, expected);
		sealed[size < AGE_START_SIZE ? size - 1 : (size_t)AGE_START_SIZE - 1] ^= 1;
		assert_int_equal(age_open_start(secret, sealed, size, opened, &opened_size),
				 -EBADMSG);
		assert_int_equal(opened_size, expected);
	}
	size_t size = seal(AGE_CHUNK_SIZE, AGE_CHUNK_SIZE), opened_size;

	/* It says itself that it is the last chunk. */
	assert_int_equal(age_open_start(secret, sealed, size + 1, opened, &opened_size), -EBADMSG);
	assert_int_equal(age_open_start(secret, sealed, AGE_HEADER_SIZE, opened, &opened_size),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_is_opened),
		cmocka_unit_test(the_start_is_opened_alone),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(another_key_does_not_open_it),
		cmocka_unit_test(too_small_a_room_and_a_false_key_are_refused),
		cmocka_unit_test(a_file_of_the_real_age_is_opened),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
