#include "cam/cam_alsa_played.h"

#include <string.h>

#include "base/clock.h"

enum { STILL_S_MAX = 60 };

void cam_alsa_played_begin(struct cam_alsa_played *played, uint64_t talk, uint32_t hz)
{
	struct ipc_channel *vault = played->vault;

	*played = (struct cam_alsa_played){.vault = vault, .hz = hz, .report = {.talk = talk}};
}

static bool is_of_device(uint32_t run)
{
	return run == RUN_SOUND || run == RUN_SILENT;
}

static bool was_handed_over(uint32_t run)
{
	return run != RUN_SILENT && run != RUN_UNDERRUN;
}

static uint64_t ns_of(const struct cam_alsa_played *played, uint64_t samples)
{
	return played->hz ? samples * CLOCK_NS_PER_S / played->hz : 0;
}

/* ---- what is told ---- */

static void tell(struct cam_alsa_played *played)
{
	struct ipc_played *report = &played->report;

	if (report->samples && ipc_is_open(played->vault))
		ipc_send(played->vault, IPC_PLAYED, report, NULL, 0);
	report->samples = 0;
}

/* Runs of one kind are one, up to a second. */
static void settle(struct cam_alsa_played *played, uint32_t run, uint32_t samples, uint64_t at_ns)
{
	struct ipc_played *report = &played->report;

	if (samples == 0)
		return;
	if (report->samples && report->run != run)
		tell(played);
	if (at_ns > played->told_ns)
		played->told_ns = at_ns;
	if (!report->samples) {
		report->run = run;
		report->sample = played->sample;
		report->at_ns = played->told_ns;
	}
	report->samples += samples;
	if (was_handed_over(run))
		played->sample += samples;
	if (report->samples >= played->hz)
		tell(played);
}

/* ---- what waits ---- */

static void drop_first(struct cam_alsa_played *played)
{
	played->count--;
	memmove(played->runs, played->runs + 1, played->count * sizeof(played->runs[0]));
}

/* The queue's first `samples` have sounded; what was left out among them never does. */
static void advance(struct cam_alsa_played *played, uint64_t samples)
{
	while (played->count > 0 && (samples > 0 || !is_of_device(played->runs[0].run))) {
		struct cam_alsa_run *first = &played->runs[0];
		bool is_of_clock = is_of_device(first->run);
		uint32_t taken = is_of_clock && samples < first->samples ? (uint32_t)samples
									 : first->samples;

		settle(played, first->run, taken, played->dry_ns - ns_of(played, played->waiting));
		first->samples -= taken;
		if (is_of_clock) {
			samples -= taken;
			played->waiting -= taken;
		}
		if (first->samples == 0)
			drop_first(played);
	}
}

void cam_alsa_played_write(struct cam_alsa_played *played, uint32_t run, uint32_t samples)
{
	struct cam_alsa_run *last = played->count ? &played->runs[played->count - 1] : NULL;

	if (samples == 0)
		return;
	if (is_of_device(run)) {
		played->waiting += samples;
		played->dry_ns += ns_of(played, samples);
	}
	if (last && last->run == run)
		last->samples += samples;
	else if (played->count < CAM_ALSA_RUNS_MAX)
		played->runs[played->count++] = (struct cam_alsa_run){run, samples};
}

void cam_alsa_played_look(struct cam_alsa_played *played, uint64_t waiting, uint64_t now_ns)
{
	played->dry_ns = now_ns + ns_of(played, waiting);
	if (waiting < played->waiting)
		advance(played, played->waiting - waiting);
}

void cam_alsa_played_dry(struct cam_alsa_played *played, uint64_t now_ns)
{
	if (played->dry_ns > now_ns)
		played->dry_ns = now_ns; /* sooner than was thought */
	advance(played, played->waiting);
	uint64_t still = (now_ns - played->dry_ns) / 1000 * played->hz / 1000000;

	/* For a sample at least, and for no longer than a talk outlives. */
	still = still < 1 ? 1 : still > STILL_S_MAX * played->hz ? STILL_S_MAX * played->hz : still;
	settle(played, RUN_UNDERRUN, (uint32_t)still, played->dry_ns);
	tell(played);
	played->dry_ns = now_ns;
}

void cam_alsa_played_lose(struct cam_alsa_played *played, uint32_t run, uint32_t rest,
			  uint64_t now_ns)
{
	uint32_t lost = rest;

	for (unsigned i = 0; i < played->count; i++)
		if (was_handed_over(played->runs[i].run))
			lost += played->runs[i].samples;
	played->count = 0;
	played->waiting = 0;
	played->dry_ns = now_ns;
	settle(played, run, lost, now_ns);
	tell(played);
}
