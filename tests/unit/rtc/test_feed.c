#include "../check.h"

#include <errno.h>
#include <string.h>

#include "rtc/feed.h"

static const uint8_t nal[] = {0, 0, 0, 3, 0x65, 1, 2};
static const uint8_t config[] = {0, 0, 0, 2, 0x67, 9, 0, 0, 0, 2, 0x68, 8};

static struct feed *make_feed(void)
{
	struct ipc_track track = {.camera = 7, .track = TRACK_VIDEO, .codec = CODEC_H264};
	struct feed *feed;

	assert_int_equal(feed_create(&feed), 0);
	assert_int_equal(feed_set_track(feed, &track, (struct bytes){config, sizeof(config)}), 0);
	return feed;
}

static int add(struct feed *feed, uint64_t number, bool is_key, uint64_t keep_from)
{
	struct ipc_frame head = {.frame = number,
				 .keep_from = keep_from,
				 .pts_ns = number * 40000000,
				 .camera = 7,
				 .track = TRACK_VIDEO,
				 .size = sizeof(nal),
				 .flags = is_key ? FRAME_KEY : 0};

	return feed_add_piece(feed, &head, (struct bytes){nal, sizeof(nal)});
}

static void keeps_what_it_may(void **state)
{
	AUTO(feed) feed = make_feed();

	(void)state;
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(add(feed, i, i == 1 || i == 6, i < 6 ? 1 : 6), 0);
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(feed_frame(feed, 7, TRACK_VIDEO, i) != NULL, i >= 6);
	assert_null(feed_frame(feed, 7, TRACK_VIDEO, 11));
	assert_null(feed_frame(feed, 7, TRACK_SUB, 7));
	assert_null(feed_frame(feed, 8, TRACK_VIDEO, 7));
	assert_int_equal(feed_track(feed, 7, TRACK_VIDEO)->newest_key, 6);
}

static void puts_pieces_together(void **state)
{
	AUTO(feed) feed = make_feed();
	struct ipc_frame head = {.frame = 1,
				 .camera = 7,
				 .track = TRACK_VIDEO,
				 .size = sizeof(nal),
				 .flags = FRAME_KEY};

	(void)state;
	assert_int_equal(feed_add_piece(feed, &head, (struct bytes){nal, 3}), 0);
	assert_null(feed_frame(feed, 7, TRACK_VIDEO, 1));
	head.offset = 3;
	assert_int_equal(feed_add_piece(feed, &head, (struct bytes){nal + 3, 4}), 0);
	struct frame *frame = feed_frame(feed, 7, TRACK_VIDEO, 1);

	assert_non_null(frame);
	assert_int_equal(frame_pack(frame), 0);
	/* the parameter sets, then the slice */
	assert_int_equal(frame->packet_count, 2);
	assert_int_equal(frame_payload(frame, 0).data[0] & 31, 24);
	assert_memory_equal(frame_payload(frame, 1).data, nal + 4, 3);
}

static void refuses_nonsense(void **state)
{
	static const struct {
		struct ipc_frame head;
		size_t size;
		int result;
	} cases[] = {
		{{.frame = 1, .camera = 9, .track = TRACK_VIDEO, .size = 7}, 7, -EBADMSG},
		{{.frame = 1, .camera = 7, .track = TRACK_SUB, .size = 7}, 7, -EBADMSG},
		{{.frame = 1, .camera = 7, .track = 99, .size = 7}, 7, -EBADMSG},
		{{.frame = 1, .camera = 7, .track = TRACK_VIDEO, .size = 7, .offset = 2},
		 5,
		 -EBADMSG},
		{{.frame = 1, .camera = 7, .track = TRACK_VIDEO, .size = 3}, 7, -EBADMSG},
		{{.frame = 1, .camera = 7, .track = TRACK_VIDEO, .size = FRAME_SIZE_MAX + 1},
		 7,
		 -EMSGSIZE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		AUTO(feed) feed = make_feed();

		assert_int_equal(
			feed_add_piece(feed, &cases[i].head, (struct bytes){nal, cases[i].size}),
			cases[i].result);
	}
}

static void is_bounded(void **state)
{
	AUTO(feed) feed = make_feed();
	unsigned here = 0;

	(void)state;
	for (uint64_t i = 1; i <= 3 * FEED_FRAMES_MAX; i++)
		assert_int_equal(add(feed, i, i == 1, 1), 0);
	for (uint64_t i = 1; i <= 3 * FEED_FRAMES_MAX; i++)
		here += feed_frame(feed, 7, TRACK_VIDEO, i) != NULL;
	assert_int_equal(here, FEED_FRAMES_MAX);
	/* after a jump nothing old is left behind */
	assert_int_equal(add(feed, 1000000, true, 1000000), 0);
	for (uint64_t i = 1; i <= 3 * FEED_FRAMES_MAX; i++)
		assert_null(feed_frame(feed, 7, TRACK_VIDEO, i));
	assert_non_null(feed_frame(feed, 7, TRACK_VIDEO, 1000000));
	/* and when the count begins anew, too */
	assert_int_equal(add(feed, 5, true, 5), 0);
	assert_null(feed_frame(feed, 7, TRACK_VIDEO, 1000000));
	assert_non_null(feed_frame(feed, 7, TRACK_VIDEO, 5));
}

static void frames_outlive_the_feed(void **state)
{
	struct feed *feed = make_feed();

	(void)state;
	assert_int_equal(add(feed, 1, true, 1), 0);
	struct frame *frame = frame_ref(feed_frame(feed, 7, TRACK_VIDEO, 1));

	feed_destroy(feed);
	assert_int_equal(frame_pack(frame), 0);
	assert_int_equal(frame->packet_count, 2);
	frame_unref(frame);
}

static void measures_the_rate(void **state)
{
	AUTO(feed) feed = make_feed();

	(void)state;
	for (uint64_t i = 1; i <= 200; i++)
		assert_int_equal(add(feed, i, i == 1, i), 0);
	/* 7 bytes, 25 times a second */
	assert_in_range(feed_track(feed, 7, TRACK_VIDEO)->rate_bps, 1300, 1500);
}

static void a_camera_that_is_gone_makes_room(void **state)
{
	AUTO(feed) feed = make_feed();
	struct ipc_track track = {.track = TRACK_VIDEO, .codec = CODEC_H264};
	struct bytes none = {config, 0};

	(void)state;
	for (uint32_t i = 0; i < CAMERA_MAX - 1; i++) {
		track.camera = 100 + i;
		assert_int_equal(feed_set_track(feed, &track, none), 0);
	}
	track.camera = 1000;
	assert_int_equal(feed_set_track(feed, &track, none), -EMSGSIZE);
	track.camera = 7;
	track.codec = CODEC_NONE;
	assert_int_equal(feed_set_track(feed, &track, none), 0);
	assert_null(feed_track(feed, 7, TRACK_VIDEO));
	track.camera = 1000;
	track.codec = CODEC_H264;
	assert_int_equal(feed_set_track(feed, &track, none), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_it_may),
		cmocka_unit_test(puts_pieces_together),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(frames_outlive_the_feed),
		cmocka_unit_test(measures_the_rate),
		cmocka_unit_test(a_camera_that_is_gone_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
