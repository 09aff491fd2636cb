/* How recordings bear a month: sixteen cameras through the vault's real recorder, store, retention,
 * index and log, on files, as fast as they go (tests/sim/sim_house.h). One line a day of their
 * time; at the end everything is held against everything.
 *
 *   retain_bench DIR DAYS KEEP_DAYS ACTIVE_S GROUP_MS SOUND
 *
 * DIR must not exist. ACTIVE_S of each ten minutes (600: all) the cameras send a key frame every
 * GROUP_MS, and sound if SOUND is 1. Times are the process's own CPU time. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "sim/sim_house.h"
#include "unit/check.h"

static double seconds_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void print_day(struct sim_house *house, unsigned day, double took_s)
{
	struct sim_house_use use = sim_house_use(house);
	const struct sim_house_turns *most = &house->most;

	printf("day %u: %.0f times the pace of time; resident %.1f MB, heap %.2f MB, %u files "
	       "open, index %.1f MB, %llu packs, %llu erased\n"
	       "  most in one turn: %llu rows, %llu unlinks, %.2f ms of CPU; without erasing %.2f "
	       "ms\n",
	       day, 86400 / took_s, (double)use.rss_bytes / 1e6, (double)use.heap_bytes / 1e6,
	       use.files, (double)use.index_bytes / 1e6, (unsigned long long)use.packs,
	       (unsigned long long)house->unlinks, (unsigned long long)most->rows,
	       (unsigned long long)most->unlinks, most->erasing_ms, most->other_ms);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sim_house_report report;
	char why[SIM_HOUSE_WHY_MAX];

	if (argc != 7) {
		fprintf(stderr, "retain_bench DIR DAYS KEEP_DAYS ACTIVE_S GROUP_MS SOUND\n");
		return 2;
	}
	const struct sim_house_plan plan = {.cameras = SIM_HOUSE_CAMERAS_MAX,
					    .days = strtoul(argv[3], NULL, 10),
					    .active_s = (unsigned)strtoul(argv[4], NULL, 10),
					    .group_ms = (unsigned)strtoul(argv[5], NULL, 10),
					    .has_sound = strtoul(argv[6], NULL, 10) != 0};

	if (mkdir(argv[1], 0700) < 0) {
		perror(argv[1]);
		return 1;
	}
	struct sim_house *house = sim_house_create(argv[1], &plan);
	uint64_t begin_us = house->reel.real_us;

	for (unsigned day = 1; day <= strtoul(argv[2], NULL, 10); day++) {
		double start = seconds_now();

		sim_house_live(house, 1);
		if (day == 1)
			sim_house_protect(house, begin_us, begin_us + UINT64_C(3600) * 1000000);
		print_day(house, day, seconds_now() - start);
	}
	const char *wrong = sim_house_check(house, true, &report, why);

	printf("log: %llu entries, %llu blocks, %llu erasures; left: %llu packs, %llu blocks, %llu "
	       "fragments; %s\n",
	       (unsigned long long)report.entries, (unsigned long long)report.blocks_logged,
	       (unsigned long long)report.erasures, (unsigned long long)report.epochs,
	       (unsigned long long)report.blocks, (unsigned long long)report.fragments,
	       wrong ? wrong : "all of it verified");
	sim_house_destroy(house);
	return wrong != NULL;
}
