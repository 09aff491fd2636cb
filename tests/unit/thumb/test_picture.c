/* Small pictures of recorded fragments: the right one, of the right size, or a refusal. */
#include "../check.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "film.h"
#include "thumb/picture.h"

static struct film film;
static uint8_t room[FILM_SIZE_MAX + PICTURE_PADDING], jpeg[THUMB_SIZE_MAX];
static size_t jpeg_size;

static int make_of(size_t size, uint32_t pixels_max)
{
	struct picture_source source = {.init = {film.init, film.init_size},
					.fragment = room,
					.fragment_size = size,
					.pixels_max = pixels_max};

	memcpy(room, film.fragment, size);
	return picture_make(&source, jpeg, sizeof(jpeg), &jpeg_size);
}

static int make(void)
{
	return make_of(film.fragment_size, PICTURE_PIXELS_MAX);
}

static void the_key_frame_becomes_small(void **state)
{
	static const struct {
		struct film_spec spec;
		int width, height;
	} cases[] = {
		{{FILM_H264, .width = 1280, .height = 720, .frames = 3}, 240, 136},
		{{FILM_H265, .width = 1280, .height = 720, .frames = 3}, 240, 136},
		{{FILM_H264, .width = 640, .height = 480, .frames = 1}, 240, 180},
		{{FILM_H264, .width = 360, .height = 640, .frames = 1}, 102, 180},
		{{FILM_H264, .width = 320, .height = 360, .shape = 2, .frames = 1},
		 240,
		 136}, /* wide pixels */
		{{FILM_H264, .width = 128, .height = 96, .frames = 1},
		 128,
		 96}, /* is small already */
		{{FILM_H264, .width = 1920, .height = 64, .frames = 1}, 240, 8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		film_make(&cases[i].spec, &film);
		assert_int_equal(make(), 0);
		struct film_picture picture = film_look(jpeg, jpeg_size);

		assert_int_equal(picture.width, cases[i].width);
		assert_int_equal(picture.height, cases[i].height);
		assert_in_range(picture.left, 245, 255); /* its whole range, as a JPEG has it */
		assert_in_range(picture.right, 0, 10);
	}
}

static void without_a_key_frame_there_is_none(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 320, .height = 240, .frames = 3,
				       .begins_late = true};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make(), -ENOENT);
}

static void what_is_cut_or_changed_is_refused(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 320, .height = 240, .frames = 1};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make_of(film.fragment_size - 1, PICTURE_PIXELS_MAX), -EBADMSG);
	assert_int_equal(make_of(20, PICTURE_PIXELS_MAX), -EBADMSG);
	assert_int_equal(make_of(0, PICTURE_PIXELS_MAX), -EBADMSG);
	/* The slice itself is nonsense: nothing is shown that was not seen. */
	memset(film.fragment + film.fragment_size - 40, 0xa5, 40);
	memset(film.fragment + film.fragment_size - 400, 0x5a, 300);
	assert_int_equal(make(), -EBADMSG);
	film.init[film.init_size - 40] ^= 0xff;
	film.init_size -= 30;
	assert_int_equal(make(), -EBADMSG);
}

static void too_large_is_refused(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 320, .height = 240, .frames = 1};

	(void)state;
	film_make(&spec, &film);
	assert_true(make_of(film.fragment_size, 320 * 239) < 0);
	assert_int_equal(make_of(film.fragment_size, 320 * 240 * 2), 0);
}

static void it_is_as_fine_as_there_is_room_for(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 640, .height = 360, .frames = 1,
				       .is_noisy = true};
	struct picture_source source = {.fragment = room, .pixels_max = PICTURE_PIXELS_MAX};
	size_t small;

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make(), 0);
	source.init = (struct bytes){film.init, film.init_size};
	source.fragment_size = film.fragment_size;
	memcpy(room, film.fragment, film.fragment_size);
	assert_int_equal(picture_make(&source, jpeg, jpeg_size - 1, &small), 0);
	assert_true(small < jpeg_size);
	memcpy(room, film.fragment, film.fragment_size);
	assert_int_equal(picture_make(&source, jpeg, 100, &small), -EMSGSIZE);
}

static void sound_has_no_picture(void **state)
{
	struct cmaf_track track = {.codec = CODEC_OPUS, .timescale = 48000, .channels = 1};
	const struct film_spec spec = {FILM_H264, .width = 320, .height = 240, .frames = 1};

	(void)state;
	film_make(&spec, &film);
	int size = cmaf_build_init(&track, film.init, sizeof(film.init));

	assert_true(size > 0);
	film.init_size = (size_t)size;
	assert_int_equal(make(), -EBADMSG);
}

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* For docs/performance.md. */
static void what_one_costs(void **state)
{
	enum { TIMES = 10 };
	static const struct film_spec specs[] = {
		{FILM_H264, .width = 640, .height = 360, .frames = 1, .is_noisy = true},
		{FILM_H264, .width = 1920, .height = 1080, .frames = 1, .is_noisy = true},
		{FILM_H265, .width = 1920, .height = 1080, .frames = 1, .is_noisy = true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(specs); i++) {
		film_make(&specs[i], &film);
		double before = cpu_ms();

		for (int time = 0; time < TIMES; time++)
			assert_int_equal(make(), 0);
		print_message("%s %dx%d, %zu kB: %.1f ms of CPU\n", specs[i].encoder,
			      specs[i].width, specs[i].height, film.fragment_size / 1000,
			      (cpu_ms() - before) / TIMES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_frame_becomes_small),
		cmocka_unit_test(without_a_key_frame_there_is_none),
		cmocka_unit_test(what_is_cut_or_changed_is_refused),
		cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(it_is_as_fine_as_there_is_room_for),
		cmocka_unit_test(sound_has_no_picture),
		cmocka_unit_test(what_one_costs),
	};

	assert_int_equal(picture_warm_up(), 0);
	return cmocka_run_group_tests_name("thumb picture", tests, NULL, NULL);
}
