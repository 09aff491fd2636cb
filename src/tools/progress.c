#include "tools/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_NS (CLOCK_NS_PER_S / 5)

void progress_init(struct progress *progress)
{
	*progress = (struct progress){.is_terminal = isatty(STDERR_FILENO)};
}

/* At most five times a second. The cursor stays at the line's beginning: what somebody else says goes
 * over it. */
static bool is_due(struct progress *progress)
{
	uint64_t now = clock_boot_ns();

	if (!progress->is_terminal || now < progress->next_ns)
		return false;
	progress->next_ns = now + EVERY_NS;
	progress->is_shown = true;
	return true;
}

void progress_look(struct progress *progress, uint64_t at, uint64_t total)
{
	if (is_due(progress))
		fprintf(stderr, "\033[Klooking for what was recorded: %llu of %llu\r",
			(unsigned long long)at, (unsigned long long)total);
}

void progress_copy(struct progress *progress, uint64_t bytes, uint64_t total)
{
	if (!progress->is_copying) {
		progress->is_copying = true;
		progress->start_ns = clock_boot_ns();
		progress->first = bytes;
	}
	if (!is_due(progress))
		return;
	double seconds = (double)(clock_boot_ns() - progress->start_ns) / (double)CLOCK_NS_PER_S;
	double speed = seconds > 0 ? (double)(bytes - progress->first) / seconds : 0;

	fprintf(stderr, "\033[K%3.0f %%  %.1f of %.1f MB  %.1f MB/s\r",
		(double)bytes * 100 / (double)total, (double)bytes / 1e6, (double)total / 1e6,
		speed / 1e6);
}

void progress_clear(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\033[K", stderr);
	progress->is_shown = false;
}
