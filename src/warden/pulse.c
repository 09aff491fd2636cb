#include "warden/pulse.h"

#include <signal.h>

#include "base/clock.h"
#include "base/diag.h"
#include "warden/warden.h"

static void feel(struct child *child)
{
	char title[256];

	if (child->phase != CHILD_READY)
		return;
	if (child->signs_owed == PULSE_OWED_MAX) {
		diag_error("%s hangs: no sign of life for %d s; killing it",
			   child_title(child, title, sizeof(title)),
			   PULSE_OWED_MAX * PULSE_MS / 1000);
		kill(child->pid, SIGKILL);
		return;
	}
	child->signs_owed++;
	ipc_send(&child->channel, IPC_PING, &(struct ipc_number){0}, NULL, 0);
}

static void pulse_due(struct loop_timer *timer)
{
	struct warden *warden = container_of(timer, struct warden, pulse_timer);
	struct child *child;

	for (size_t i = 0; (child = warden_child(warden, i)); i++)
		feel(child);
	loop_timer_start(warden->loop, timer, clock_boot_ns() + PULSE_MS * CLOCK_NS_PER_MS);
}

void pulse_start(struct warden *warden)
{
	warden->pulse_timer.due = pulse_due;
	loop_timer_start(warden->loop, &warden->pulse_timer,
			 clock_boot_ns() + PULSE_MS * CLOCK_NS_PER_MS);
}
