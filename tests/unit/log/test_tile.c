#include "proto/log/tile.h"

#include <string.h>

#include "unit/check.h"

static void paths_are_the_specified_ones(void **state)
{
	static const struct {
		struct tile tile;
		const char *path;
	} cases[] = {
		{{0, 256, 0}, "tile/0/000"},
		{{0, 256, 1234067}, "tile/0/x001/x234/067"},
		{{0, 112, 273}, "tile/0/273.p/112"},
		{{1, 17, 1}, "tile/1/001.p/17"},
		{{2, 1, 0}, "tile/2/000.p/1"},
		{{5, 256, 123456078}, "tile/5/x123/x456/078"},
		{{5, 2, 123456078}, "tile/5/x123/x456/078.p/2"},
		{{0, 256, 999}, "tile/0/999"},
		{{0, 256, 1000}, "tile/0/x001/000"},
		{{0, 256, 1000000}, "tile/0/x001/x000/000"},
		{{TILE_LEVEL_ENTRIES, 256, 3057500}, "tile/entries/x003/x057/500"},
		{{TILE_LEVEL_ENTRIES, 255, 0}, "tile/entries/000.p/255"},
		{{7, 256, UINT64_MAX}, "tile/7/x018/x446/x744/x073/x709/x551/615"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char path[TILE_PATH_MAX];
		struct text text;

		text_init(&text, path, sizeof(path));
		tile_build_path(&cases[i].tile, &text);
		assert_string_equal(path, cases[i].path);
	}
}

/* The specification's own example: a tree of 70,000 leaves. */
static void widths_follow_from_the_size(void **state)
{
	(void)state;
	assert_int_equal(tile_width_at(70000, 0, 272), 256);
	assert_int_equal(tile_width_at(70000, 0, 273), 112);
	assert_int_equal(tile_width_at(70000, TILE_LEVEL_ENTRIES, 273), 112);
	assert_int_equal(tile_width_at(70000, 0, 274), 0);
	assert_int_equal(tile_width_at(70000, 1, 0), 256);
	assert_int_equal(tile_width_at(70000, 1, 1), 17);
	assert_int_equal(tile_width_at(70000, 2, 0), 1);
	assert_int_equal(tile_width_at(70000, 3, 0), 0);
	assert_int_equal(tile_width_at(256, 0, 0), 256);
	assert_int_equal(tile_width_at(256, 0, 1), 0);
	assert_int_equal(tile_width_at(256, 1, 0), 1);
	assert_int_equal(tile_width_at(0, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_the_specified_ones),
		cmocka_unit_test(widths_follow_from_the_size),
	};

	return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}
