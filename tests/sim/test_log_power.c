/* The access log loses power before every single operation that changes the disk, in every way the
 * disk may come back; every operation fails once; and processes die in thousands of random ways.
 * Four broken disks show that the simulator would notice. */
#include "unit/check.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_disk.h"
#include "sim/sim_world.h"

enum { RANDOM_RUNS = 1000, RANDOM_STEPS = 18, BASE_BATCHES = 20 };

/* ---- power loss before each operation ---- */

struct cutter {
	struct sim_world *world;
	uint64_t images, violations;
	bool stop_at_first;
	char first[SIM_WHY_MAX];
};

static void cut_here(void *context, struct sim_disk *sim, uint64_t operation)
{
	struct cutter *cutter = context;
	char why[SIM_WHY_MAX];

	if (cutter->stop_at_first && cutter->violations)
		return;
	sim_world_look(cutter->world, sim);
	for (unsigned bytes = 0; bytes < SIM_BYTES_COUNT; bytes++)
		for (unsigned names = 0; names < SIM_NAMES_COUNT; names++) {
			struct sim_disk *image = sim_disk_cut_power(
				sim, (enum sim_bytes)bytes, (enum sim_names)names, operation);

			cutter->images++;
			if (!sim_world_check(cutter->world, image, why))
				continue;
			if (cutter->violations++ == 0)
				snprintf(cutter->first, sizeof(cutter->first), "%.600s", why);
		}
}

static bool append_batches(struct sim_world *world, unsigned batches, unsigned entries)
{
	for (unsigned i = 0; i < batches; i++)
		if (sim_world_append(world, entries) < 0)
			return false;
	return sim_world_publish(world) == 0;
}

/* A life: made, filled past a tile and several segments, restarted in between. */
static void live(struct sim_world *world, struct cutter *cutter)
{
	char why[LOG_WHY_MAX];

	sim_disk_set_hook(world->sim, cut_here, cutter);
	if (sim_world_open(world, why) < 0 || !append_batches(world, 1, 1))
		return;
	sim_disk_set_hook(world->sim, NULL, NULL);
	if (!append_batches(world, BASE_BATCHES, SIM_BATCH_MAX))
		return;
	sim_disk_set_hook(world->sim, cut_here, cutter);
	if (!append_batches(world, 2, 3) || !append_batches(world, 3, SIM_BATCH_MAX))
		return;
	sim_world_kill(world);
	if (sim_world_open(world, why) < 0 || !append_batches(world, 4, SIM_BATCH_MAX))
		return;
	sim_world_kill(world);
	cut_here(cutter, world->sim, 0);
}

static struct cutter live_on(enum sim_mutant mutant)
{
	struct sim_world world;
	struct cutter cutter = {.world = &world, .stop_at_first = mutant != SIM_HONEST};

	sim_world_init(&world, sim_disk_create());
	sim_disk_set_mutant(world.sim, mutant);
	live(&world, &cutter);
	assert_true(world.acked_head.size > 280 || cutter.violations);
	sim_world_finish(&world);
	return cutter;
}

static void power_loss_keeps_every_promise(void **state)
{
	struct cutter cutter = live_on(SIM_HONEST);

	(void)state;
	print_message("# %llu images after power loss\n", (unsigned long long)cutter.images);
	if (cutter.violations)
		print_message("# %s\n", cutter.first);
	assert_true(cutter.images > 2000);
	assert_int_equal(cutter.violations, 0);
}

static void broken_disks_are_caught(void **state)
{
	static const char *const names[SIM_STORE_MUTANTS] = {
		[SIM_NO_WAL_SYNC] = "no fdatasync of the WAL",
		[SIM_NO_FILE_SYNC] = "no fsync of files",
		[SIM_NO_DIRECTORY_SYNC] = "no fsync of directories",
		[SIM_CHECKPOINT_FIRST] = "checkpoint before the signed mark",
	};

	(void)state;
	for (unsigned mutant = SIM_HONEST + 1; mutant < SIM_STORE_MUTANTS; mutant++) {
		struct cutter cutter = live_on((enum sim_mutant)mutant);

		print_message("# %s: %s\n", names[mutant],
			      cutter.violations ? cutter.first : "not caught");
		assert_true(cutter.violations > 0);
	}
}

/* ---- every operation fails once
 * ------------------------------------------------------------------ */

/* A log of a few hundred entries, without a process. */
static void make_base(struct sim_world *world)
{
	char why[LOG_WHY_MAX];

	sim_world_init(world, sim_disk_create());
	assert_int_equal(sim_world_open(world, why), 0);
	assert_true(append_batches(world, BASE_BATCHES, SIM_BATCH_MAX));
	assert_int_equal(sim_world_append(world, 5), 0);
	sim_world_kill(world);
}

static void check_now(const struct sim_world *world, struct sim_disk *image)
{
	char why[SIM_WHY_MAX];

	if (sim_world_check(world, image, why)) {
		print_message("# %s\n", why);
		fail();
	}
}

/* True while the failing operation was reached. */
static bool fail_once(const struct sim_world *base, uint64_t operation, int error)
{
	struct sim_world world;
	char why[LOG_WHY_MAX];

	sim_world_clone(base, &world);

	uint64_t start = sim_disk_operations(world.sim);

	sim_disk_fail_at(world.sim, start + operation, error);

	int result = sim_world_open(&world, why);

	if (result == 0)
		result = append_batches(&world, 3, SIM_BATCH_MAX) ? 0 : -EIO;

	bool reached = sim_disk_operations(world.sim) - start >= operation;

	assert_true(reached == (result < 0));
	if (reached && world.log) {
		assert_non_null(log_stopped(world.log));
		assert_false(log_has_room(world.log));
		assert_true(sim_world_append(&world, 1) < 0);
		assert_int_equal(world.settled, 0);
		assert_true(sim_world_publish(&world) < 0);
	}
	sim_world_kill(&world);
	sim_disk_fail_at(world.sim, 0, 0);
	sim_world_look(&world, world.sim);
	/* The process is restarted on the same kernel, acknowledges more, and then power fails. */
	assert_int_equal(sim_world_open(&world, why), 0);
	assert_true(append_batches(&world, 2, SIM_BATCH_MAX));
	assert_int_equal(sim_world_append(&world, 3), 0);
	check_now(&world, sim_disk_cut_power(world.sim, SIM_BYTES_NONE, SIM_NAMES_NONE, 1));
	check_now(&world, sim_disk_clone(world.sim));
	sim_world_finish(&world);
	return reached;
}

static void one_failure_stops_the_log(void **state)
{
	static const int errors[] = {-EIO, -ENOSPC};
	struct sim_world base;

	(void)state;
	make_base(&base);
	for (unsigned i = 0; i < ARRAY_COUNT(errors); i++) {
		uint64_t operation = 1;

		while (fail_once(&base, operation, errors[i]))
			operation++;
		print_message("# %llu operations failed once\n", (unsigned long long)operation - 1);
		assert_true(operation > 60);
	}
	sim_world_finish(&base);
}

/* ---- random lives ---- */

static void restart(struct sim_world *world, uint64_t *random)
{
	char why[LOG_WHY_MAX];

	sim_world_kill(world);
	sim_world_look(world, world->sim);
	if (sim_random(random) % 2) {
		struct sim_disk *image = sim_disk_cut_power(
			world->sim, (enum sim_bytes)(sim_random(random) % SIM_BYTES_COUNT),
			(enum sim_names)(sim_random(random) % SIM_NAMES_COUNT), sim_random(random));

		check_now(world, sim_disk_clone(image));
		sim_disk_destroy(world->sim);
		world->sim = image;
	} else {
		check_now(world, sim_disk_clone(world->sim));
	}
	sim_disk_fail_at(world->sim, 0, 0);
	assert_int_equal(sim_world_open(world, why), 0);
}

static void live_randomly(const struct sim_world *base, uint64_t seed)
{
	struct sim_world world;
	uint64_t random = seed;

	sim_world_clone(base, &world);
	restart(&world, &random);
	for (unsigned step = 0; step < RANDOM_STEPS; step++) {
		uint64_t choice = sim_random(&random) % 10;
		int result = 0;

		if (choice < 4)
			result = sim_world_append(
				&world, 1 + (unsigned)(sim_random(&random) % SIM_BATCH_MAX));
		else if (choice < 6)
			result = sim_world_publish(&world);
		else if (choice < 8)
			result = sim_world_publish_step(&world);
		else if (choice == 8)
			sim_disk_fail_at(world.sim,
					 sim_disk_operations(world.sim) + 1 +
						 sim_random(&random) % 30,
					 sim_random(&random) % 2 ? -EIO : -ENOSPC);
		else
			restart(&world, &random);
		if (result < 0)
			restart(&world, &random);
	}
	restart(&world, &random);
	sim_world_finish(&world);
}

static void random_lives_keep_every_promise(void **state)
{
	const char *more = getenv("SIM_RUNS");
	unsigned runs = more ? (unsigned)atoi(more) : RANDOM_RUNS;
	struct sim_world base;

	(void)state;
	make_base(&base);
	for (unsigned seed = 1; seed <= runs; seed++)
		live_randomly(&base, seed);
	print_message("# %u seeded lives\n", runs);
	sim_world_finish(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_loss_keeps_every_promise),
		cmocka_unit_test(broken_disks_are_caught),
		cmocka_unit_test(one_failure_stops_the_log),
		cmocka_unit_test(random_lives_keep_every_promise),
	};

	/* Thousands of logs are opened: the kernel need not take their memory back each time. */
	mallopt(M_MMAP_THRESHOLD, 256 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	return cmocka_run_group_tests_name("log power", tests, NULL, NULL);
}
