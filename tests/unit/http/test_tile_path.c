#include <errno.h>

#include "../check.h"
#include "proto/http/grammar.h"
#include "proto/http/tile_path.h"

static void paths(void **state)
{
	static const struct {
		const char *path;
		int error;
		bool is_entries;
		uint32_t level;
		uint64_t index;
		uint32_t width;
	} cases[] = {
		{"0/000", 0, false, 0, 0, 256},
		{"0/067", 0, false, 0, 67, 256},
		{"3/x001/x234/067", 0, false, 3, 1234067, 256},
		{"0/000.p/112", 0, false, 0, 0, 112},
		{"0/x001/067.p/1", 0, false, 0, 1067, 1},
		{"63/000.p/255", 0, false, 63, 0, 255},
		{"entries/067", 0, true, 0, 67, 256},
		{"entries/x010/000.p/9", 0, true, 0, 10000, 9},
		{"", -EBADMSG, 0, 0, 0, 0},
		{"0", -EBADMSG, 0, 0, 0, 0},
		{"0/", -EBADMSG, 0, 0, 0, 0},
		{"0/67", -EBADMSG, 0, 0, 0, 0},
		{"0/0067", -EBADMSG, 0, 0, 0, 0},
		{"0/x067", -EBADMSG, 0, 0, 0, 0},
		{"0/x000/067", -EBADMSG, 0, 0, 0, 0},
		{"0/001/067", -EBADMSG, 0, 0, 0, 0},
		{"0/0a0", -EBADMSG, 0, 0, 0, 0},
		{"0/000/", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p/", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p/0", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p/256", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p/01", -EBADMSG, 0, 0, 0, 0},
		{"0/000.p/1/2", -EBADMSG, 0, 0, 0, 0},
		{"0/000.q/1", -EBADMSG, 0, 0, 0, 0},
		{"64/000", -EBADMSG, 0, 0, 0, 0},
		{"00/000", -EBADMSG, 0, 0, 0, 0},
		{"-1/000", -EBADMSG, 0, 0, 0, 0},
		{"data/000", -EBADMSG, 0, 0, 0, 0},
		{"0/x001/x001/x001/x001/x001/x001/001", -EBADMSG, 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tile_path tile;

		assert_int_equal(tile_path_parse(grammar_bytes(cases[i].path), &tile),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_equal(tile.is_entries, cases[i].is_entries);
		assert_int_equal(tile.level, cases[i].level);
		assert_int_equal(tile.index, cases[i].index);
		assert_int_equal(tile.width, cases[i].width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(paths)};

	return cmocka_run_group_tests_name("http tile path", tests, NULL, NULL);
}
