/* By day a picture is bright and has colours; by night one of them is missing. */
#include "../check.h"

#include <string.h>

#include "proto/see/night.h"

enum { PIXELS = 1000 };

static bool is_night(uint8_t blue, uint8_t green, uint8_t red)
{
	static uint8_t pixels[PIXELS * 3];

	for (size_t i = 0; i < PIXELS; i++) {
		pixels[3 * i] = blue;
		pixels[3 * i + 1] = green;
		pixels[3 * i + 2] = red;
	}
	return night_is(pixels, PIXELS);
}

static void dark_or_grey_is_night(void **state)
{
	(void)state;
	assert_false(is_night(90, 120, 150));
	assert_true(is_night(120, 120, 120)); /* infrared light */
	assert_true(is_night(122, 120, 118)); /* the same, coded */
	assert_true(is_night(10, 30, 60));    /* a street lamp */
	assert_false(is_night(60, 60, 80));
}

/* A lamp in a dark room, snow with one red coat: the picture as a whole decides. */
static void the_whole_picture_decides(void **state)
{
	uint8_t pixels[PIXELS * 3];

	(void)state;
	memset(pixels, 5, sizeof(pixels));
	memset(pixels, 255, sizeof(pixels) / 20);
	assert_true(night_is(pixels, PIXELS));
	memset(pixels, 230, sizeof(pixels));
	for (size_t i = 0; i < PIXELS / 10; i++)
		pixels[3 * i] = pixels[3 * i + 1] = 40;
	assert_false(night_is(pixels, PIXELS));
	assert_false(night_is(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dark_or_grey_is_night),
		cmocka_unit_test(the_whole_picture_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
