/* Sixteen cameras, recorded for days: what is too old or too much goes, what is kept as a clip
 * stays, all of it is true, and neither memory nor files nor the work of one turn grow with the
 * time. The same for thirty days, at full density: bench/retain_bench.c. */
#include "unit/check.h"

#include <string.h>

#include "sim/sim_house.h"
#include "vault/store/catalog.h"

enum {
	CAMERAS = 16,
	/* A row of a block or an epoch goes with the changes of two sums, and a note; an epoch
	   holds sixty blocks of ten seconds. */
	ROWS_MAX = 3 * 60 + 16,
	HEAP_GROWTH_MAX = 64 * 1024,
};

static void retention_holds_for_days(void **state)
{
	static const struct sim_house_plan plan = {.cameras = CAMERAS,
						   .group_ms = 10000,
						   .active_s = 10,
						   .days = 1,
						   .bytes = 200 * 1000};
	struct sim_house *house = sim_house_create(NULL, &plan);
	uint64_t begin_us = house->reel.real_us, hour_us = UINT64_C(3600) * 1000000;
	struct sim_house_report report;
	char why[SIM_HOUSE_WHY_MAX];

	(void)state;
	sim_house_live(house, 0.25);
	sim_house_protect(house, begin_us + hour_us, begin_us + 2 * hour_us);
	sim_house_live(house, 1.1);
	struct sim_house_use before = sim_house_use(house);

	sim_house_live(house, 0.9);
	struct sim_house_use after = sim_house_use(house);

	assert_in_range(after.heap_bytes, 0, before.heap_bytes + HEAP_GROWTH_MAX);
	assert_in_range(after.files, 0,
			before.files); /* of an epoch that begins, not all are open */
	assert_in_range(after.index_bytes, 0, before.index_bytes * 21 / 20);
	assert_in_range(after.packs, 0, before.packs * 21 / 20);
	assert_int_equal(house->most.unlinks, 1);
	assert_in_range(house->most.rows, 3, ROWS_MAX);

	uint64_t erased = house->unlinks;

	if (sim_house_check(house, true, &report, why))
		fail_msg("%s", why);
	assert_int_equal(report.erasures, erased);
	assert_true(erased > CAMERAS * 100);
	assert_true(report.blocks < report.blocks_logged);
	for (uint32_t camera = 1; camera <= CAMERAS; camera++) {
		struct catalog_span kept = {camera, begin_us + hour_us, begin_us + 2 * hour_us};
		struct catalog_span gone = {camera, begin_us + 3 * hour_us, begin_us + 6 * hour_us};

		assert_true(catalog_has(house->reel.db, &kept));
		assert_false(catalog_has(house->reel.db, &gone));
	}
	sim_house_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(retention_holds_for_days)};

	return cmocka_run_group_tests_name("store long", tests, NULL, NULL);
}
