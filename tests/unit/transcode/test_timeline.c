/* Times must come out as they went in, for any rate, for ever. */
#include "../check.h"

#include "transcode/timeline.h"

static const uint64_t START_NS = 7000000000000;

static void at_the_same_rate_a_sample_keeps_its_time(void **state)
{
	struct timeline timeline;

	(void)state;
	timeline_reset(&timeline, 48000);
	for (uint64_t i = 0; i < 10; i++)
		timeline_add(&timeline, 1024, START_NS + i * 1024 * 1000000000 / 48000);
	assert_int_equal(timeline_pts_ns(&timeline, 0), START_NS);
	assert_int_equal(timeline_pts_ns(&timeline, 9600), START_NS + 200000000);
}

static void before_the_first_frame_time_goes_on_backwards(void **state)
{
	struct timeline timeline;

	(void)state;
	timeline_reset(&timeline, 8000);
	timeline_add(&timeline, 160, START_NS);
	assert_int_equal(timeline_pts_ns(&timeline, -312), START_NS - 6500000);
}

/* A camera whose clock runs 100 ppm fast: its frames are nearer together than their samples say. */
static void drift_of_the_camera_is_followed(void **state)
{
	static const uint32_t rates[] = {8000, 16000, 44100, 48000, 96000};
	struct timeline timeline;

	(void)state;
	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		uint64_t frame_ns = UINT64_C(1024) * 1000000000 / rates[r];
		uint64_t real_ns = frame_ns - frame_ns / 10000;
		uint64_t hour = UINT64_C(3600) * 1000000000 / real_ns;

		timeline_reset(&timeline, rates[r]);
		for (uint64_t i = 0; i < hour; i++)
			timeline_add(&timeline, 1024, START_NS + i * real_ns);

		int64_t sample = (int64_t)((hour - 1) * 1024 * 48000 / rates[r]);
		int64_t off = (int64_t)(timeline_pts_ns(&timeline, sample) -
					(START_NS + (hour - 1) * real_ns));

		assert_true(off > -25000 && off < 25000); /* about one sample, after an hour */
	}
}

static void the_end_is_where_the_next_frame_is_expected(void **state)
{
	struct timeline timeline;

	(void)state;
	timeline_reset(&timeline, 8000);
	timeline_add(&timeline, 160, START_NS);
	timeline_add(&timeline, 160, START_NS + 20000000);
	assert_int_equal(timeline_end_ns(&timeline), START_NS + 40000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_same_rate_a_sample_keeps_its_time),
		cmocka_unit_test(before_the_first_frame_time_goes_on_backwards),
		cmocka_unit_test(drift_of_the_camera_is_followed),
		cmocka_unit_test(the_end_is_where_the_next_frame_is_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
