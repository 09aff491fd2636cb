#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"
#include "proto/mp4/mp4_movie.h"
#include "proto/mp4/mp4_plan.h"

#define NAL(size, ...) 0, 0, 0, size, __VA_ARGS__

enum { VIDEO, SOUND, SAMPLES_MAX = 4096, PARTS_MAX = 64, TICK = 3600 /* 25 pictures a second */ };

static const uint8_t small_h264[] = {NAL(6, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0x00),
				     NAL(4, 0x68, 0xce, 0x3c, 0x80)};
static const uint8_t large_h264[] = {NAL(8, 0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0),
				     NAL(4, 0x68, 0xeb, 0xe3, 0xcb)};
static const uint8_t aac[] = {0x11, 0x90};

static struct mp4_clip clip;
static struct mp4_clip_sample samples[SAMPLES_MAX];
static struct mp4_part parts[PARTS_MAX];
static uint8_t head[256 * 1024];

/* A day in 2026, on a second, so that µs and ticks are both whole numbers. */
#define DAY_S           UINT64_C(1795348800)
#define US(seconds_100) (DAY_S * 1000000 + (uint64_t)(seconds_100)*10000)

static void begin(uint64_t from_us, uint64_t to_us)
{
	static const struct mp4_clip_room room = {samples, parts, SAMPLES_MAX, PARTS_MAX};

	mp4_clip_init(&clip, from_us, to_us, &room);
}

static unsigned add_init(unsigned track, struct bytes config)
{
	struct cmaf_track described = {.codec = track == VIDEO ? CODEC_H264 : CODEC_AAC,
				       .timescale = track == VIDEO ? 90000 : 48000,
				       .width = 640,
				       .height = 360,
				       .channels = 2,
				       .config = config};
	uint8_t init[CMAF_INIT_MAX];
	int size = cmaf_build_init(&described, init, sizeof(init));

	assert_true(size > 0);
	int entry = mp4_clip_add_init(&clip, track, (struct bytes){init, (size_t)size});

	assert_true(entry >= 0);
	return (unsigned)entry;
}

static unsigned add_video_init(void)
{
	return add_init(VIDEO, (struct bytes){small_h264, sizeof(small_h264)});
}

/* Presentation times in units; the first is a key frame, sizes are 100, 101, ... */
static int add_times(unsigned entry, uint64_t number, const uint64_t *times, uint32_t count)
{
	static struct cmaf_sample built[CMAF_SAMPLES_MAX];
	static uint8_t data[CMAF_HEAD_MAX];
	bool is_sound = clip.entries[entry].track == SOUND;

	for (uint32_t i = 0; i < count; i++)
		built[i] = (struct cmaf_sample){times[i], 100 + i, i == 0 || is_sound};

	struct cmaf_fragment fragment = {.sequence = 1, .samples = built, .sample_count = count};
	struct bytes_writer writer = bytes_write(data, MP4_SALT_SIZE);

	bytes_put_be32(&writer, MP4_SALT_SIZE);
	bytes_put(&writer, "free", 4);
	int size = cmaf_build_head(&fragment, data + MP4_SALT_SIZE, sizeof(data) - MP4_SALT_SIZE);

	assert_true(size > 0);
	return mp4_clip_add_fragment(
		&clip,
		&(struct mp4_clip_fragment){number, entry, {data, MP4_SALT_SIZE + (size_t)size}});
}

/* `count` samples in order, `step` units apart. */
static int add_run(unsigned entry, uint64_t number, uint64_t first, uint32_t count)
{
	uint64_t times[CMAF_SAMPLES_MAX];
	bool is_sound = clip.entries[entry].track == SOUND;

	for (uint32_t i = 0; i < count; i++)
		times[i] = first + (uint64_t)i * (is_sound ? 1024 : TICK);
	return add_times(entry, number, times, count);
}

/* ---- reading the file's head ---- */

static struct bytes box_in(struct bytes outer, const char *type)
{
	struct bytes_reader reader = bytes_read(outer.data, outer.size);
	struct bytes found = {0};

	while (bytes_left(&reader) > 0) {
		uint32_t size = bytes_get_be32(&reader);
		const uint8_t *name = bytes_get(&reader, 4);

		assert_true(size >= 8 || memcmp(name, "mdat", 4) == 0);
		if (memcmp(name, "mdat", 4) == 0) /* its bytes are not in the head */
			break;
		const uint8_t *content = bytes_get(&reader, size - 8);

		assert_non_null(content);
		if (memcmp(name, type, 4) == 0 && !found.data)
			found = (struct bytes){content, size - 8};
	}
	return found;
}

/* The file's head, built; the content of the `number`th track's box at the end of `path`. */
static struct bytes build(void)
{
	assert_int_equal(mp4_clip_finish(&clip), 0);
	assert_true(mp4_movie_room(&clip) <= sizeof(head));
	int64_t size = mp4_movie_build(&clip, head, mp4_movie_room(&clip));

	assert_true(size > 0);
	return (struct bytes){head, (size_t)size};
}

static struct bytes track_of(struct bytes file, unsigned number)
{
	struct bytes moov = box_in(file, "moov");
	struct bytes_reader reader = bytes_read(moov.data, moov.size);

	for (;;) {
		uint32_t size = bytes_get_be32(&reader);
		const uint8_t *name = bytes_get(&reader, 4),
			      *content = bytes_get(&reader, size - 8);

		assert_non_null(content);
		if (memcmp(name, "trak", 4) == 0 && number-- == 0)
			return (struct bytes){content, size - 8};
	}
}

static struct bytes table_of(struct bytes trak, const char *type)
{
	return box_in(box_in(box_in(box_in(trak, "mdia"), "minf"), "stbl"), type);
}

static uint64_t be(struct bytes box, size_t at, size_t size)
{
	uint64_t value = 0;

	assert_true(at + size <= box.size);
	for (size_t i = 0; i < size; i++)
		value = value << 8 | box.data[at + i];
	return value;
}

/* Behind version and flags, in words of 4 bytes. */
static uint32_t word(struct bytes box, size_t index)
{
	return (uint32_t)be(box, 4 + 4 * index, 4);
}

static void assert_edit(struct bytes trak, size_t row, uint64_t duration, uint64_t media_time)
{
	struct bytes elst = box_in(box_in(trak, "edts"), "elst");

	assert_int_equal(be(elst, 8 + 20 * row, 8), duration);
	assert_int_equal(be(elst, 16 + 20 * row, 8), media_time);
}

/* ---- tests ---- */

/* From a GOP's middle to another one's: the key frame before is in the file, the edit list begins
 * at the picture seen at that moment, and what comes after the end is left out. */
static void a_clip_begins_and_ends_at_its_picture(void **state)
{
	(void)state;
	begin(US(100) + 50000, US(300)); /* 1.05 s: the picture of 1.04 s is seen */
	unsigned entry = add_video_init();

	assert_int_equal(add_run(entry, 7, DAY_S * 90000, 50), 0);
	assert_int_equal(add_run(entry, 8, (DAY_S + 2) * 90000, 50), 0);
	assert_int_equal(add_run(entry, 9, (DAY_S + 4) * 90000, 50), 0);

	struct bytes file = build(), trak = track_of(file, 0);

	assert_int_equal(clip.start, DAY_S * 90000 + 26 * TICK);
	assert_edit(trak, 0, 3 * 90000 - 26 * TICK, 26 * TICK);
	assert_int_equal(word(table_of(trak, "stsz"), 1), 75);
	assert_int_equal(clip.part_count, 2);
	assert_int_equal(parts[1].fragment, 8);
	assert_int_equal(parts[1].sample_count, 25);
	assert_int_equal(parts[1].at, parts[0].size);
	assert_int_equal(clip.data_size, parts[0].size + parts[1].size);

	struct bytes stco = table_of(trak, "stco"), stss = table_of(trak, "stss");

	assert_int_equal(word(stco, 0), 2);
	assert_int_equal(word(stco, 1), file.size);
	assert_int_equal(word(stco, 2), file.size + parts[0].size);
	assert_int_equal(word(stss, 0), 2);
	assert_int_equal(word(stss, 2), 51);
	assert_null(table_of(trak, "ctts").data);
	/* all last equally long */
	assert_int_equal(word(table_of(trak, "stts"), 0), 1);
	assert_int_equal(word(table_of(trak, "stts"), 1), 75);
	assert_int_equal(word(table_of(trak, "stts"), 2), TICK);
}

static void sound_begins_a_little_earlier_and_is_heard_in_time(void **state)
{
	(void)state;
	begin(US(100), US(200));
	unsigned video = add_video_init(),
		 sound = add_init(SOUND, (struct bytes){aac, sizeof(aac)});

	assert_int_equal(add_run(video, 1, DAY_S * 90000, 75), 0);
	assert_int_equal(add_run(sound, 2, DAY_S * 48000, 100), 0);

	struct bytes file = build(), trak = track_of(file, 1);
	uint64_t lead = 38; /* the first sample not before 0.8 s is number 38, at 38912 units */

	assert_int_equal(parts[1].skip, MP4_SALT_SIZE + 96 + 100 * 16 + (100 + 137) * 38 / 2);
	assert_int_equal(parts[1].sample_count, 94 - lead); /* 93 * 1024 is the last below 2 s */
	assert_edit(trak, 0, 90000, 48000 - lead * 1024);
	assert_null(table_of(trak, "stss").data);
}

/* Decoding order I P b b. */
static void pictures_in_another_order_never_compose_backwards(void **state)
{
	const uint64_t start = DAY_S * 90000;
	const uint64_t times[] = {start, start + 3 * TICK, start + TICK, start + 2 * TICK};

	(void)state;
	begin(US(0), US(100));
	assert_int_equal(add_times(add_video_init(), 1, times, 4), 0);

	struct bytes trak = track_of(build(), 0), ctts = table_of(trak, "ctts");

	assert_int_equal(word(ctts, 0), 3);
	assert_int_equal(word(ctts, 2), TICK);
	assert_int_equal(word(ctts, 4), 3 * TICK);
	assert_int_equal(word(ctts, 6), 0);
	assert_edit(trak, 0, 4 * TICK, TICK);
}

/* A picture that is shown after the end, but that one before needs, stays in the file. */
static void the_end_cuts_in_decoding_order(void **state)
{
	const uint64_t start = DAY_S * 90000;
	const uint64_t times[] = {start, start + 3 * TICK, start + TICK, start + 2 * TICK};

	(void)state;
	begin(US(0), US(0) + 60000); /* 1.5 pictures */
	assert_int_equal(add_times(add_video_init(), 1, times, 4), 0);

	struct bytes trak = track_of(build(), 0);

	assert_int_equal(word(table_of(trak, "stsz"), 1), 3);
	assert_edit(trak, 0, 5400, TICK);
}

static void a_hole_keeps_its_length_and_a_clip_that_begins_in_one_begins_after_it(void **state)
{
	(void)state;
	begin(US(0), US(3000));
	unsigned video = add_video_init(),
		 sound = add_init(SOUND, (struct bytes){aac, sizeof(aac)});

	assert_int_equal(add_run(video, 1, (DAY_S + 2) * 90000, 25), 0);
	assert_int_equal(add_run(sound, 2, (DAY_S + 3) * 48000, 47), 0);
	assert_int_equal(add_run(video, 3, (DAY_S + 10) * 90000, 25), 0);

	struct bytes file = build(), stts = table_of(track_of(file, 0), "stts");

	assert_int_equal(clip.start, (DAY_S + 2) * 90000);
	assert_int_equal(word(stts, 0), 3);
	assert_int_equal(word(stts, 3), 1);
	assert_int_equal(word(stts, 4), 8 * 90000 - 24 * TICK);
	assert_edit(track_of(file, 0), 0, 9 * 90000, 0);
	assert_edit(track_of(file, 1), 0, 90000, UINT64_MAX);
	assert_edit(track_of(file, 1), 1, (uint64_t)47 * 1024 * 90000 / 48000, 0);
}

/* The clock was set back by a second: nothing is lost, and later pictures keep their time. */
static void a_clock_that_was_set_back_squeezes_and_recovers(void **state)
{
	(void)state;
	begin(US(0), US(1000));
	unsigned entry = add_video_init();

	assert_int_equal(add_run(entry, 1, (DAY_S + 1) * 90000, 25), 0);
	assert_int_equal(add_run(entry, 2, DAY_S * 90000, 50), 0);
	assert_int_equal(add_run(entry, 3, (DAY_S + 4) * 90000, 25), 0);

	struct bytes trak = track_of(build(), 0);

	assert_int_equal(word(table_of(trak, "stsz"), 1), 100);
	assert_edit(trak, 0, 4 * 90000, 0);
}

static void a_new_format_is_a_second_entry_and_the_same_one_is_not(void **state)
{
	(void)state;
	begin(US(0), US(1000));
	unsigned small = add_video_init();
	unsigned large = add_init(VIDEO, (struct bytes){large_h264, sizeof(large_h264)});

	assert_int_equal(add_video_init(), small);
	assert_int_not_equal(large, small);
	assert_int_equal(add_run(small, 1, DAY_S * 90000, 25), 0);
	assert_int_equal(add_run(large, 2, (DAY_S + 1) * 90000, 25), 0);

	struct bytes trak = track_of(build(), 0), stsc = table_of(trak, "stsc");

	assert_int_equal(word(table_of(trak, "stsd"), 0), 2);
	assert_int_equal(word(stsc, 0), 2);
	assert_int_equal(word(stsc, 3), 1);
	assert_int_equal(word(stsc, 6), 2);
}

static void every_byte_of_the_file_is_found_in_its_part(void **state)
{
	(void)state;
	begin(US(0), US(1000));
	unsigned entry = add_video_init();

	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(add_run(entry, i, (DAY_S + i) * 90000, 5 + i), 0);
	for (uint64_t at = 0; at < clip.data_size; at += 97) {
		const struct mp4_part *part = mp4_clip_find_part(&clip, at);

		assert_true(part->at <= at && at - part->at < part->size);
	}
	assert_ptr_equal(mp4_clip_find_part(&clip, clip.data_size - 1), &parts[4]);
}

/* Offsets behind 4 GiB, and an `mdat` that is as large. */
static void a_large_clip_has_large_offsets(void **state)
{
	(void)state;
	begin(US(0), US(1000));
	unsigned entry = add_video_init();

	assert_int_equal(add_run(entry, 1, DAY_S * 90000, 25), 0);
	clip.data_size = UINT64_C(5) << 30; /* as if the first part were that long */
	assert_int_equal(add_run(entry, 2, (DAY_S + 1) * 90000, 25), 0);

	struct bytes file = build(), co64 = table_of(track_of(file, 0), "co64");

	assert_memory_equal(file.data + file.size - 16, "\0\0\0\1mdat", 8);
	assert_int_equal(be(file, file.size - 8, 8), 16 + clip.data_size);
	assert_int_equal(be(co64, 16, 8), file.size + (UINT64_C(5) << 30));
}

static void what_does_not_fit_is_refused(void **state)
{
	uint8_t data[CMAF_HEAD_MAX] = {0};
	static const struct mp4_clip_room tight = {samples, parts, 30, PARTS_MAX};

	(void)state;
	begin(US(0), US(1000));
	assert_int_equal(mp4_clip_finish(&clip), -ENOENT);
	assert_int_equal(mp4_clip_add_init(&clip, MP4_CLIP_TRACKS_MAX, (struct bytes){data, 9}),
			 -EINVAL);
	assert_int_equal(mp4_clip_add_init(&clip, VIDEO, (struct bytes){data, sizeof(data)}),
			 -EBADMSG);
	mp4_clip_init(&clip, US(0), US(1000), &tight);
	unsigned entry = add_video_init();

	assert_int_equal(
		mp4_clip_add_fragment(&clip,
				      &(struct mp4_clip_fragment){1, entry, {data, sizeof(data)}}),
		-EBADMSG);
	assert_int_equal(add_run(entry, 1, DAY_S * 90000, 25), 0);
	assert_int_equal(add_run(entry, 2, (DAY_S + 1) * 90000, 25), -EMSGSIZE);
	assert_int_equal(clip.sample_count, 25);
	assert_int_equal(mp4_clip_finish(&clip), 0);
	for (size_t room = 0; room < 800; room += 25)
		assert_int_equal(mp4_movie_build(&clip, head, room), -EMSGSIZE);
}

/* The recording's first moment is no whole number of either clock's units: whatever is rounded,
 * both tracks are there from their first sample on. */
static void a_clip_of_all_begins_with_both(void **state)
{
	(void)state;
	for (uint64_t us = 0; us < 200; us++) {
		uint64_t from_us = US(0) + us;

		begin(from_us, US(100));
		unsigned video = add_video_init();
		unsigned sound = add_init(SOUND, (struct bytes){aac, sizeof(aac)});

		assert_int_equal(add_run(video, 1, from_us * 9 / 100, 25), 0);
		assert_int_equal(add_run(sound, 2, from_us * 6 / 125, 46), 0);
		struct bytes file = build();

		for (unsigned track = VIDEO; track <= SOUND; track++) {
			struct bytes trak = track_of(file, track);
			struct bytes elst = box_in(box_in(trak, "edts"), "elst");

			assert_int_equal(be(elst, 4, 4), 1);
			assert_true(be(elst, 16, 8) <= 1);
		}
	}
}

/* A list comes in parts, and a fragment that reaches over the cut is in both. */
static void a_fragment_that_is_told_twice_is_there_once(void **state)
{
	static const struct ipc_segment rows[] = {
		{.start_us = 200, .number = 1, .epoch_us = 7},
		{.start_us = 100, .number = 0, .epoch_us = 7},
		{.start_us = 200, .number = 0, .epoch_us = 7, .track = TRACK_MIC},
		{.start_us = 200, .number = 1, .epoch_us = 7},
		{.start_us = 300, .number = 2, .epoch_us = 7},
	};
	static struct ipc_segment segments[8];
	struct mp4_plan plan;

	(void)state;
	begin(US(0), US(100));
	mp4_plan_init(&plan, &clip, segments, TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC));
	assert_int_equal(mp4_plan_list(&plan, (struct bytes){(const uint8_t *)rows, sizeof(rows)}),
			 0);
	mp4_plan_sort(&plan);
	assert_int_equal(plan.count, 4);
	for (uint32_t i = 1; i < plan.count; i++)
		assert_true(segments[i].start_us > segments[i - 1].start_us ||
			    segments[i].track != segments[i - 1].track);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clip_begins_and_ends_at_its_picture),
		cmocka_unit_test(sound_begins_a_little_earlier_and_is_heard_in_time),
		cmocka_unit_test(pictures_in_another_order_never_compose_backwards),
		cmocka_unit_test(the_end_cuts_in_decoding_order),
		cmocka_unit_test(
			a_hole_keeps_its_length_and_a_clip_that_begins_in_one_begins_after_it),
		cmocka_unit_test(a_clock_that_was_set_back_squeezes_and_recovers),
		cmocka_unit_test(a_new_format_is_a_second_entry_and_the_same_one_is_not),
		cmocka_unit_test(every_byte_of_the_file_is_found_in_its_part),
		cmocka_unit_test(a_large_clip_has_large_offsets),
		cmocka_unit_test(a_clip_of_all_begins_with_both),
		cmocka_unit_test(a_fragment_that_is_told_twice_is_there_once),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
