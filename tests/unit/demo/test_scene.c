/* The picture must carry its number for programs, move, and stay within what video allows. */
#include "../check.h"

#include <string.h>

#include "demo/overlay.h"
#include "demo/scene.h"

enum { BRIGHT = 126 /* half of white, studio range */ };

static uint8_t planes[FILM_WIDTH * FILM_HEIGHT * 3 / 2], others[FILM_WIDTH * FILM_HEIGHT * 3 / 2];

static struct film_picture whole(uint8_t *data)
{
	uint8_t *chroma = data + FILM_WIDTH * FILM_HEIGHT;

	return (struct film_picture){{data, chroma, chroma + FILM_WIDTH * FILM_HEIGHT / 4},
				     {FILM_WIDTH, FILM_WIDTH / 2, FILM_WIDTH / 2}};
}

static struct film_picture half(uint8_t *data)
{
	uint8_t *chroma = data + FILM_WIDTH * FILM_HEIGHT / 4;

	return (struct film_picture){{data, chroma, chroma + FILM_WIDTH * FILM_HEIGHT / 16},
				     {FILM_WIDTH / 2, FILM_WIDTH / 4, FILM_WIDTH / 4}};
}

static unsigned read_dots(const struct film_picture *picture, int divide)
{
	unsigned number = 0;

	for (int i = 0; i < OVERLAY_DOTS; i++) {
		int x = (OVERLAY_DOT_X + i * OVERLAY_DOT_STEP) / divide, y = OVERLAY_DOT_Y / divide;

		number = number << 1 | (picture->planes[0][y * picture->strides[0] + x] > BRIGHT);
	}
	return number;
}

static void both_pictures_carry_the_frames_number(void **state)
{
	static const uint32_t numbers[] = {0, 1, 2, 0x5555, 0xaaaa, 0xffff, 0x10001, 4711};
	struct film_picture big = whole(planes), small = half(others);
	AUTO(scene) scene = NULL;

	(void)state;
	assert_int_equal(scene_create(&scene), 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct film *film = scene_draw(scene, numbers[i] / 15.0, numbers[i], "12:34");

		film_develop(film, numbers[i], &big);
		film_develop_half(film, numbers[i], &small);
		assert_int_equal(read_dots(&big, 1), numbers[i] & 0xffff);
		assert_int_equal(read_dots(&small, 2), numbers[i] & 0xffff);
	}
}

/* Drawn in steps or at once, a moment looks the same: nothing is left behind by what moved. */
static void a_moment_does_not_depend_on_the_way_there(void **state)
{
	struct film_picture one = whole(planes), other = whole(others);
	AUTO(scene) walked = NULL;
	AUTO(scene) jumped = NULL;

	(void)state;
	assert_int_equal(scene_create(&walked), 0);
	assert_int_equal(scene_create(&jumped), 0);
	for (uint32_t frame = 150; frame < 300; frame += 6) /* the cat walks, sits and turns */
		scene_draw(walked, frame / 15.0, frame, "2026-11-22 08:47:19.123");
	film_develop(scene_draw(walked, 20, 300, "12:34"), 7, &one);
	film_develop(scene_draw(jumped, 20, 300, "12:34"), 7, &other);
	assert_memory_equal(planes, others, sizeof(planes));
}

static void it_moves_and_keeps_to_the_studio_range(void **state)
{
	struct film_picture one = whole(planes), other = whole(others);
	size_t changed = 0;
	AUTO(scene) scene = NULL;

	(void)state;
	assert_int_equal(scene_create(&scene), 0);
	film_develop(scene_draw(scene, 0, 0, "12:34"), 7, &one);
	film_develop(scene_draw(scene, 2, 30, "12:34"), 7, &other);
	for (size_t i = 0; i < FILM_WIDTH * FILM_HEIGHT; i++) {
		changed += planes[i] != others[i];
		assert_in_range(planes[i], 10, 240);
	}
	assert_true(changed > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_pictures_carry_the_frames_number),
		cmocka_unit_test(a_moment_does_not_depend_on_the_way_there),
		cmocka_unit_test(it_moves_and_keeps_to_the_studio_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
