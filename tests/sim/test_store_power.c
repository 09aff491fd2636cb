/* Recordings lose power before every single operation that changes the disk, with packs, database
 * and log on it, in the ways in which it may come back; and processes die in a thousand random
 * ones. Three broken disks show that the simulator would notice. */
#include "unit/check.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_store.h"
#include "sim/sim_vfs.h"

enum { LIVES = 50, CYCLES = 20, OPERATIONS_MAX = 90 };

/* ---- before each operation ---- */

/* Images wait until the running process has done its step: a second one inside it would share its
 * static memory. */
struct waiting {
	struct waiting *next;
	struct sim_disk *image;
	struct sim_promises promises; /* as of then */
	uint64_t operation;
};

struct cutter {
	struct sim_store *store;
	struct waiting *first_waiting;
	uint64_t images, violations;
	bool stop_at_first;
	char first[SIM_STORE_WHY_MAX];
};

/* Nothing, everything and halves of what was not synced; names by turns. */
static void cut_here(void *context, struct sim_disk *sim, uint64_t operation)
{
	struct cutter *cutter = context;

	for (unsigned bytes = 0; bytes < SIM_BYTES_COUNT; bytes++) {
		struct waiting *waiting = malloc(sizeof(*waiting));

		assert_non_null(waiting);
		waiting->image = sim_disk_cut_power(
			sim, (enum sim_bytes)bytes,
			(enum sim_names)((bytes + operation) % SIM_NAMES_COUNT), operation);
		waiting->promises = cutter->store->promises;
		waiting->operation = operation;
		waiting->next = cutter->first_waiting;
		cutter->first_waiting = waiting;
	}
}

static void check_one(struct cutter *cutter, struct waiting *waiting)
{
	static struct sim_store then;
	char why[SIM_STORE_WHY_MAX];

	sim_store_clone(cutter->store, NULL, &then);
	then.promises = waiting->promises;
	cutter->images++;
	if (sim_store_check(&then, waiting->image, why) && cutter->violations++ == 0)
		snprintf(cutter->first, sizeof(cutter->first), "%.700s (operation %llu)", why,
			 (unsigned long long)waiting->operation);
}

/* True: nothing is violated so far, or all is to be seen. */
static bool check_waiting(struct cutter *cutter)
{
	while (cutter->first_waiting) {
		struct waiting *waiting = cutter->first_waiting;

		cutter->first_waiting = waiting->next;
		if (cutter->stop_at_first && cutter->violations)
			sim_disk_destroy(waiting->image);
		else
			check_one(cutter, waiting);
		free(waiting);
	}
	sim_vfs_use(cutter->store->sim);
	return !cutter->stop_at_first || !cutter->violations;
}

static bool record_block(struct sim_store *store)
{
	for (unsigned i = 0; i < 3; i++)
		sim_store_send(store);
	return sim_store_tick(store);
}

static void next_epoch(struct sim_store *store)
{
	reel_pass(&store->reel, 600 * 1000);
}

static bool cut_and_start(struct sim_store *store, struct cutter *cutter)
{
	char why[SIM_STORE_WHY_MAX];

	sim_disk_set_hook(store->sim, cut_here, cutter);
	return sim_store_start(store, why) && check_waiting(cutter);
}

/* A disk that comes into use; three epochs; a restart; the first epoch goes. */
static void live(struct sim_store *store, struct cutter *cutter)
{
	if (!cut_and_start(store, cutter) || !record_block(store) || !check_waiting(cutter) ||
	    !record_block(store) || !check_waiting(cutter))
		return;
	sim_disk_set_hook(store->sim, NULL, NULL);
	next_epoch(store);
	if (!record_block(store))
		return;
	sim_store_kill(store);
	if (!cut_and_start(store, cutter))
		return;
	next_epoch(store);
	sim_store_retain(store, 1); /* the running epoch stays */
	for (unsigned i = 0; i < 4; i++)
		if (!record_block(store) || !check_waiting(cutter))
			return;
}

static struct cutter live_on(enum sim_mutant mutant)
{
	static struct sim_store store;
	struct cutter cutter = {.store = &store, .stop_at_first = mutant != SIM_HONEST};

	sim_store_init(&store, sim_disk_create());
	sim_disk_set_mutant(store.sim, mutant);
	live(&store, &cutter);
	(void)check_waiting(&cutter);
	assert_true(store.promises.erased > 0 || cutter.violations);
	sim_disk_set_hook(store.sim, NULL, NULL);
	sim_store_finish(&store);
	return cutter;
}

static void power_loss_keeps_every_promise(void **state)
{
	struct cutter cutter = live_on(SIM_HONEST);

	(void)state;
	print_message("# %llu images after power loss\n", (unsigned long long)cutter.images);
	if (cutter.violations)
		print_message("# %s\n", cutter.first);
	assert_true(cutter.images > 1000);
	assert_int_equal(cutter.violations, 0);
}

static void broken_disks_are_caught(void **state)
{
	static const char *const names[SIM_MUTANT_COUNT] = {
		[SIM_NO_PACK_SYNC] = "no fdatasync of packs",
		[SIM_NO_PACK_NAME_SYNC] = "no fsync of their directories",
		[SIM_ROWS_LATE] = "rows after the log",
	};

	(void)state;
	for (unsigned mutant = SIM_STORE_MUTANTS; mutant < SIM_MUTANT_COUNT; mutant++) {
		struct cutter cutter = live_on((enum sim_mutant)mutant);

		print_message("# %s: %s\n", names[mutant],
			      cutter.violations ? cutter.first : "not caught");
		assert_true(cutter.violations > 0);
	}
}

/* ---- random lives ---- */

/* The power goes before a random operation; what came after that never was. */
struct crash {
	struct sim_store *store;
	uint64_t at, random;
	struct sim_disk *image; /* set: it happened */
	struct sim_promises promises;
};

static void crash_here(void *context, struct sim_disk *sim, uint64_t operation)
{
	struct crash *crash = context;

	if (crash->image || operation < crash->at)
		return;
	crash->promises = crash->store->promises;
	crash->image = sim_disk_cut_power(
		sim, (enum sim_bytes)(sim_random(&crash->random) % SIM_BYTES_COUNT),
		(enum sim_names)(sim_random(&crash->random) % SIM_NAMES_COUNT),
		sim_random(&crash->random));
}

static void do_something(struct sim_store *store, uint64_t *random)
{
	switch (sim_random(random) % 8) {
	case 0:
		next_epoch(store);
		break;
	case 1:
		sim_store_retain(store, sim_random(random) % 2 ? 4000 : 0);
		break;
	case 2:
	case 3:
	case 4:
		sim_store_send(store);
		break;
	default:
		sim_store_tick(store);
	}
}

static void check_now(struct sim_store *store)
{
	char why[SIM_STORE_WHY_MAX];

	if (sim_store_check(store, sim_disk_clone(store->sim), why)) {
		print_message("# %s\n", why);
		fail();
	}
}

static void live_once(struct sim_store *store, uint64_t *random)
{
	char why[SIM_STORE_WHY_MAX];
	struct crash crash = {.store = store, .random = sim_random(random)};
	uint64_t target = 1 + sim_random(random) % OPERATIONS_MAX;
	bool fails = sim_random(random) % 4 == 0;

	crash.at = sim_disk_operations(store->sim) + target;
	if (fails)
		sim_disk_fail_at(store->sim, crash.at, sim_random(random) % 2 ? -EIO : -ENOSPC);
	else
		sim_disk_set_hook(store->sim, crash_here, &crash);
	bool lives = sim_store_start(store, why);

	for (unsigned i = 0; lives && !crash.image && i < 40; i++) {
		do_something(store, random);
		lives = !journal_stopped(&store->reel.journal) && !log_stopped(store->reel.log);
	}
	sim_disk_set_hook(store->sim, NULL, NULL);
	sim_disk_fail_at(store->sim, 0, 0);
	sim_store_kill(store);
	if (crash.image) {
		sim_disk_destroy(store->sim);
		store->sim = crash.image;
		store->reel.backing = sim_disk_ops(crash.image);
		store->promises = crash.promises;
	}
	check_now(store);
}

static void a_thousand_crashes_keep_every_promise(void **state)
{
	static struct sim_store store;
	const char *more = getenv("SIM_RUNS");
	unsigned lives = more ? (unsigned)atoi(more) : LIVES;

	(void)state;
	for (unsigned seed = 1; seed <= lives; seed++) {
		uint64_t random = seed;

		sim_store_init(&store, sim_disk_create());
		for (unsigned i = 0; i < CYCLES; i++)
			live_once(&store, &random);
		sim_store_finish(&store);
	}
	print_message("# %u crashes\n", lives * CYCLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_loss_keeps_every_promise),
		cmocka_unit_test(broken_disks_are_caught),
		cmocka_unit_test(a_thousand_crashes_keep_every_promise),
	};

	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	return cmocka_run_group_tests_name("store power", tests, NULL, NULL);
}
