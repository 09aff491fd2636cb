#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "proto/rtp/clock_map.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

/* A camera: its clock runs `drift_ppm` fast, frames every 40 ms, each late by 5 ms plus jitter. */
struct camera {
	uint64_t true_ns; /* when the frame was taken */
	double drift_ppm;
	uint64_t jitter_ns;
	uint32_t start; /* of its RTP timestamps */
};

static uint32_t timestamp_of(const struct camera *camera)
{
	double seconds = (double)camera->true_ns / 1e9 * (1 + camera->drift_ppm * 1e-6);

	return camera->start + (uint32_t)(uint64_t)(seconds * 90000);
}

static uint64_t next_frame(struct clock_map *map, struct camera *camera)
{
	uint64_t late_ns = 5 * MS;

	camera->true_ns += 40 * MS;
	if (camera->jitter_ns)
		late_ns += (uint64_t)rand() % camera->jitter_ns;
	return clock_map_frame(map, timestamp_of(camera), camera->true_ns + late_ns);
}

static int64_t error_of(const struct camera *camera, uint64_t pts_ns)
{
	return (int64_t)(pts_ns - camera->true_ns) - (int64_t)(5 * MS);
}

static void takes_jitter_out(void **state)
{
	(void)state;
	struct camera camera = {.true_ns = 1000 * S, .jitter_ns = 30 * MS, .start = 4294900000U};
	struct clock_map map;
	uint64_t last_ns = 0;

	srand(1);
	clock_map_init(&map, 90000);
	for (int i = 0; i < 5000; i++) {
		uint64_t pts_ns = next_frame(&map, &camera);

		assert_true(pts_ns > last_ns);
		if (i > 500) {
			assert_in_range(pts_ns - last_ns, 38 * MS, 42 * MS);
			assert_in_range(error_of(&camera, pts_ns) + (int64_t)(10 * MS), 8 * MS,
					13 * MS);
		}
		last_ns = pts_ns;
	}
	assert_int_equal(map.restarts, 0);
}

static void finds_drift(void **state)
{
	(void)state;
	static const double drifts_ppm[] = {0, 50, -50, 200, -200};

	for (size_t i = 0; i < sizeof(drifts_ppm) / sizeof(*drifts_ppm); i++) {
		struct camera camera = {
			.true_ns = 1000 * S, .jitter_ns = 10 * MS, .drift_ppm = drifts_ppm[i]};
		struct clock_map map;

		srand(2);
		clock_map_init(&map, 90000);
		for (int frame = 0; frame < 25 * 600; frame++) {
			uint64_t pts_ns = next_frame(&map, &camera);
			int64_t error_ns = error_of(&camera, pts_ns);

			if (frame > 500 &&
			    (error_ns > (int64_t)(6 * MS) || error_ns < -(int64_t)(2 * MS)))
				fail_msg("%f ppm: %ld ns off at frame %d", drifts_ppm[i],
					 (long)error_ns, frame);
		}
		double found_ppm = (double)clock_map_drift_ppb(&map) / 1000;

		if (found_ppm < drifts_ppm[i] - 8 || found_ppm > drifts_ppm[i] + 8)
			fail_msg("%f instead of %f ppm", found_ppm, drifts_ppm[i]);
	}
}

/* Nobody watches: bytes are read at each multiple of 97 ms (cam/cam_link.h). Then somebody does. */
static void reading_in_batches_is_not_taken_for_the_network(void **state)
{
	(void)state;
	struct camera camera = {.true_ns = 1000 * S, .drift_ppm = 30};
	const uint64_t period_ns = 97 * MS;
	struct clock_map map;

	clock_map_init(&map, 90000);
	for (int frame = 0; frame < 25 * 600; frame++) {
		bool is_calm = frame > 100 && frame < 25 * 590;
		uint64_t due_ns = (camera.true_ns + 45 * MS) / period_ns * period_ns + period_ns;
		uint64_t pts_ns;

		if (is_calm) {
			camera.true_ns += 40 * MS;
			pts_ns = clock_map_frame(&map, timestamp_of(&camera), due_ns);
		} else {
			pts_ns = next_frame(&map, &camera);
		}
		if (frame > 500)
			assert_in_range(error_of(&camera, pts_ns) + (int64_t)(10 * MS), 8 * MS,
					14 * MS);
	}
	assert_in_range(clock_map_drift_ppb(&map), 30000 - 15000, 30000 + 15000);
	assert_int_equal(map.restarts, 0);
}

static void a_burst_at_the_start_does_not_stay(void **state)
{
	(void)state;
	struct camera camera = {.true_ns = 1000 * S};
	struct clock_map map;
	uint64_t pts_ns = 0;

	clock_map_init(&map, 90000);
	/* two seconds of old frames come at once */
	for (int i = 0; i < 50; i++) {
		camera.true_ns += 40 * MS;
		clock_map_frame(&map, timestamp_of(&camera), 1002 * S + 100 * MS);
	}
	for (int i = 0; i < 50; i++)
		pts_ns = next_frame(&map, &camera);
	assert_in_range(error_of(&camera, pts_ns) + (int64_t)MS, 0, 2 * MS);
}

static void a_stall_of_the_network_changes_nothing(void **state)
{
	(void)state;
	struct camera camera = {.true_ns = 1000 * S};
	struct clock_map map;

	clock_map_init(&map, 90000);
	for (int i = 0; i < 500; i++)
		next_frame(&map, &camera);
	/* three seconds are held up and then come at once, each with its own time */
	uint64_t held_until_ns = camera.true_ns + 3 * S + 5 * MS;

	for (int i = 0; i < 75; i++) {
		camera.true_ns += 40 * MS;
		uint64_t pts_ns = clock_map_frame(&map, timestamp_of(&camera), held_until_ns);

		assert_in_range(error_of(&camera, pts_ns) + (int64_t)(30 * MS), 29 * MS, 60 * MS);
	}
	assert_int_equal(map.restarts, 0);
}

static void a_jump_of_the_cameras_clock_starts_anew(void **state)
{
	(void)state;
	static const int64_t jumps[] = {90000 * 3600, -90000 * 3600, 90000 * 20, -90000 * 2};

	for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
		struct camera camera = {.true_ns = 1000 * S, .start = 12345};
		struct clock_map map;
		uint64_t last_ns = 0, pts_ns;

		clock_map_init(&map, 90000);
		for (int frame = 0; frame < 500; frame++)
			last_ns = next_frame(&map, &camera);
		camera.start += (uint32_t)jumps[i];
		for (int frame = 0; frame < 100; frame++) {
			pts_ns = next_frame(&map, &camera);
			assert_true(pts_ns > last_ns);
			last_ns = pts_ns;
		}
		assert_in_range(error_of(&camera, last_ns) + (int64_t)MS, 0, 2 * MS);
		assert_int_equal(map.restarts, 1);
	}
}

static void a_camera_that_paused_is_caught_up(void **state)
{
	(void)state;
	struct camera camera = {.true_ns = 1000 * S};
	struct clock_map map;
	uint64_t pts_ns = 0;

	clock_map_init(&map, 90000);
	for (int i = 0; i < 500; i++)
		next_frame(&map, &camera);
	/* its timestamps stood still for a second */
	camera.start -= 90000;
	camera.true_ns += S;
	for (int i = 0; i < 25 * 10; i++)
		pts_ns = next_frame(&map, &camera);
	assert_in_range(error_of(&camera, pts_ns) + (int64_t)(20 * MS), 0, 40 * MS);
}

static void reordered_pictures_keep_their_order(void **state)
{
	(void)state;
	struct clock_map map;
	/* I P B B P B B in decoding order */
	static const int order[] = {0, 3, 1, 2, 6, 4, 5};
	uint64_t pts_ns[7];

	clock_map_init(&map, 90000);
	for (unsigned i = 0; i < 7; i++)
		pts_ns[order[i]] = clock_map_frame(&map, 90000U + (uint32_t)order[i] * 3600,
						   1000 * S + i * 40 * MS);
	for (unsigned i = 1; i < 7; i++)
		assert_true(pts_ns[i] > pts_ns[i - 1]);
}

/* ---- two tracks ---- */

static void run_pair(struct clock_map *video, struct clock_map *audio, bool has_reports,
		     uint64_t wrong_ns)
{
	clock_map_init(video, 90000);
	clock_map_init(audio, 8000);
	for (uint64_t ms = 0; ms < 60000; ms += 40) {
		uint64_t true_ns = 1000 * S + ms * MS;

		/* the encoder holds pictures back by 150 ms */
		clock_map_frame(video, (uint32_t)(ms * 90), true_ns + 155 * MS);
		clock_map_frame(audio, (uint32_t)(ms * 8), true_ns + 5 * MS);
		if (ms % 5000 != 0 || !has_reports)
			continue;
		clock_map_report(video, (uint32_t)(ms * 90), 77 * S + ms * MS, true_ns);
		clock_map_report(audio, (uint32_t)(ms * 8), 77 * S + ms * MS + wrong_ns, true_ns);
		clock_map_align(audio, video);
	}
}

static int64_t skew_ms(struct clock_map *video, struct clock_map *audio)
{
	uint64_t picture_ns = clock_map_frame(video, 60000 * 90, 1060 * S + 155 * MS);
	uint64_t sound_ns = clock_map_frame(audio, 60000 * 8, 1060 * S + 5 * MS);

	return ((int64_t)picture_ns - (int64_t)sound_ns) / (int64_t)MS;
}

static void sender_reports_bring_sound_to_the_picture(void **state)
{
	(void)state;
	struct clock_map video, audio;

	run_pair(&video, &audio, false, 0);
	assert_in_range(skew_ms(&video, &audio), 148, 152);
	run_pair(&video, &audio, true, 0);
	assert_in_range(skew_ms(&video, &audio) + 10, 8, 12);
}

static void sender_reports_that_lie_are_not_believed(void **state)
{
	(void)state;
	struct clock_map video, audio;

	/* the tracks' clocks are an hour apart */
	run_pair(&video, &audio, true, 3600 * S);
	assert_in_range(skew_ms(&video, &audio), 148, 152);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_jitter_out),
		cmocka_unit_test(finds_drift),
		cmocka_unit_test(reading_in_batches_is_not_taken_for_the_network),
		cmocka_unit_test(a_burst_at_the_start_does_not_stay),
		cmocka_unit_test(a_stall_of_the_network_changes_nothing),
		cmocka_unit_test(a_jump_of_the_cameras_clock_starts_anew),
		cmocka_unit_test(a_camera_that_paused_is_caught_up),
		cmocka_unit_test(reordered_pictures_keep_their_order),
		cmocka_unit_test(sender_reports_bring_sound_to_the_picture),
		cmocka_unit_test(sender_reports_that_lie_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
