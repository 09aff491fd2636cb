#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "vault/gop.h"

static uint64_t add(struct gop *gop, bool is_key, uint32_t size, uint64_t pts_ms)
{
	static uint8_t bytes[1 << 20];
	struct gop_frame frame = {
		.pts_ns = pts_ms * CLOCK_NS_PER_MS, .size = size, .flags = is_key ? FRAME_KEY : 0};

	memset(bytes, (int)pts_ms, size);
	gop_begin(gop, &frame);
	gop_add(gop, 0, bytes, size / 2);
	gop_add(gop, size / 2, bytes, size - size / 2);
	return gop_end(gop);
}

static void numbers_have_no_holes(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	assert_int_equal(add(&gop, false, 10, 0), 0); /* nothing before the first key frame */
	assert_int_equal(add(&gop, true, 10, 10), 1);
	struct gop_frame lost = {.size = 100};

	gop_begin(&gop, &lost); /* never completed */
	assert_int_equal(add(&gop, false, 10, 20), 2);
	assert_true(gop_find(&gop, 2)->flags & FRAME_AFTER_GAP);
	assert_int_equal(add(&gop, false, 10, 30), 3);
	assert_false(gop_find(&gop, 3)->flags & FRAME_AFTER_GAP);
	gop_finish(&gop);
}

static void newest_group_and_the_one_before_are_kept(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	gop.readers = 1;
	for (uint64_t i = 0; i < 100; i++)
		add(&gop, i % 20 == 0, 1000, i * 40); /* a key frame each 0.8 s */
	assert_int_equal(gop.key, 81);
	assert_int_equal(gop_oldest(&gop), 61);
	assert_null(gop_find(&gop, 60));
	assert_null(gop_find(&gop, 101));
	assert_int_equal(gop_data(&gop, 81)[999], (80 * 40) & 0xff);
	gop_finish(&gop);
}

/* What nobody looks at costs no memory once it is recorded; a reader who comes starts at once. */
static void unread_groups_are_given_back(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	for (uint64_t i = 0; i < 90; i++)
		add(&gop, i % 20 == 0, 10000, i * 40);
	assert_int_equal(gop.key, 81);
	assert_int_equal(gop_oldest(&gop), 81);
	assert_int_equal(gop.arenas[!gop.current].capacity, 0);
	gop.readers = 1;
	for (uint64_t i = 90; i < 110; i++)
		add(&gop, i % 20 == 0, 10000, i * 40);
	assert_int_equal(gop.key, 101);
	assert_int_equal(gop_oldest(&gop), 81);
	/* And a reader in the middle of a frame keeps it, also when it wants no more. */
	struct gop_arena *pin = gop_pin(&gop, 85);

	gop.readers = 0;
	for (uint64_t i = 110; i < 130; i++)
		add(&gop, i % 20 == 0, 10000, i * 40);
	assert_non_null(gop_find(&gop, 85));
	gop_unpin(pin);
	gop_finish(&gop);
}

static void stream_of_key_frames_keeps_some(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	gop.readers = 1;
	for (uint64_t i = 0; i < 100; i++)
		add(&gop, true, 1000, i * 40);
	assert_int_equal(gop.key, 100);
	assert_true(gop.next - gop_oldest(&gop) >= 12); /* half a second */
	assert_true(gop.next - gop_oldest(&gop) <= 30);
	gop_finish(&gop);
}

static void pinned_arena_stays_and_the_other_takes_new_groups(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	add(&gop, true, 1000, 1);
	struct gop_arena *pin = gop_pin(&gop, 1);

	for (uint64_t i = 1; i < 200; i++)
		add(&gop, i % 20 == 0, 100000, i * 40);
	assert_non_null(gop_find(&gop, 1));
	assert_int_equal(gop_data(&gop, 1)[0], 1);
	assert_int_equal(gop.key, 181);
	assert_non_null(gop_find(&gop, gop.key));
	assert_true(gop.arenas[0].capacity <= GOP_SIZE_MAX);
	assert_true(gop.arenas[1].capacity <= GOP_SIZE_MAX);
	gop_unpin(pin);
	add(&gop, true, 1000, 9000);
	assert_null(gop_find(&gop, 1));
	gop_finish(&gop);
}

static void break_starts_nobody_until_a_key_frame(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, false);
	add(&gop, true, 10, 0);
	gop_break(&gop);
	assert_int_equal(gop.key, 0);
	assert_int_equal(add(&gop, false, 10, 10), 0);
	assert_int_equal(add(&gop, true, 10, 20), 2);
	assert_int_equal(gop.key, 2);
	assert_true(gop_find(&gop, 2)->flags & FRAME_AFTER_GAP);
	gop_finish(&gop);
}

static void sound_starts_anywhere(void **state)
{
	struct gop gop = {0};

	(void)state;
	gop_init(&gop, true);
	for (uint64_t i = 0; i < 500; i++)
		add(&gop, false, 100, i * 20);
	assert_int_equal(gop.key, 500);
	assert_true(gop.next - gop_oldest(&gop) >= 100);
	assert_true(gop.next - gop_oldest(&gop) <= 210);
	gop_finish(&gop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_no_holes),
		cmocka_unit_test(newest_group_and_the_one_before_are_kept),
		cmocka_unit_test(unread_groups_are_given_back),
		cmocka_unit_test(stream_of_key_frames_keeps_some),
		cmocka_unit_test(pinned_arena_stays_and_the_other_takes_new_groups),
		cmocka_unit_test(break_starts_nobody_until_a_key_frame),
		cmocka_unit_test(sound_starts_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
