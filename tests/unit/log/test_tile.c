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
		struct tile tile;
		struct text text;

		text_init(&text, path, sizeof(path));
		tile_build_path(&cases[i].tile, &text);
		assert_string_equal(path, cases[i].path);
		assert_int_equal(tile_parse_path(path, text.size, &tile), 0);
		assert_int_equal(tile.level, cases[i].tile.level);
		assert_int_equal(tile.width, cases[i].tile.width);
		assert_true(tile.number == cases[i].tile.number);
	}
}

static void other_paths_are_refused(void **state)
{
	static const char *const paths[] = {
		"",
		"tile",
		"tile/",
		"tile/0",
		"tile/0/",
		"tile/0/0",
		"tile/0/00",
		"tile/0/0000",
		"tile/3/5/123/456/078",
		"tile/3/-1/123/456/078",
		"tile/-1/000",
		"tile/8/000",
		"tile/00/000",
		"tile/0/x000/000",
		"tile/0/001/000",
		"tile/0/x001/x000",
		"tile/0/000/",
		"tile/0/000.p",
		"tile/0/000.p/",
		"tile/0/000.p/0",
		"tile/0/000.p/256",
		"tile/0/000.p/01",
		"tile/0/000.p/1/",
		"tile/0/000.p/1x",
		"tile/data/000",
		"tile/entries",
		"tile/entries/",
		"tile/entries/../0/000",
		"/tile/0/000",
		"tile/0/x018/x446/x744/x073/x709/x551/616",
		"tile/0/x1/000",
		"tile/0/0a0",
	};
	struct tile tile;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
		if (tile_parse_path(paths[i], strlen(paths[i]), &tile) == 0)
			fail_msg("%s", paths[i]);
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
		cmocka_unit_test(other_paths_are_refused),
		cmocka_unit_test(widths_follow_from_the_size),
	};

	return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}
