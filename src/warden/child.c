#include "warden/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "warden/job.h"
#include "warden/pairs.h"
#include "warden/spawn.h"
#include "warden/warden.h"

static void child_due(struct loop_timer *timer);

void child_init(struct child *child, struct warden *warden, const struct job *job)
{
	*child = (struct child){.warden = warden, .job = job, .timer.due = child_due};
}

const char *child_title(const struct child *child, char *buffer, size_t size)
{
	struct text text;

	text_init(&text, buffer, size);
	text_add(&text, child->job->program);
	if (child->name[0]) {
		text_add(&text, " ");
		text_add_quoted(&text, child->name, strlen(child->name));
	}
	return buffer;
}

static void set_timer(struct child *child, uint64_t ms)
{
	struct loop *loop = child->warden->loop;

	loop_timer_start(loop, &child->timer, clock_boot_ns() + ms * CLOCK_NS_PER_MS);
}

static uint64_t backoff_ms(const struct child *child)
{
	unsigned doublings = child->failures < 10 ? child->failures : 10;
	uint64_t ms = (uint64_t)CHILD_BACKOFF_MS << doublings;

	return ms < CHILD_BACKOFF_MAX_MS ? ms : CHILD_BACKOFF_MAX_MS;
}

/* ---- its words ---- */

static void child_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct child *child = channel->owner;

	if (message->type == IPC_PONG) {
		child->signs_owed = 0;
		return;
	}
	if (message->type != IPC_READY) {
		if (child->job->received)
			child->job->received(channel, message);
		return;
	}
	if (child->phase != CHILD_STARTING)
		return;
	child->phase = CHILD_READY;
	child->signs_owed = 0;
	loop_timer_stop(&child->timer);
	if (child->job->ready)
		child->job->ready(child);
}

/* It is on its way out, or broke the protocol; a little time to end by itself. */
static void child_closed(struct ipc_channel *channel)
{
	struct child *child = channel->owner;

	child->phase = CHILD_STOPPING;
	set_timer(child, CHILD_STOP_MS);
}

/* ---- starting ---- */

/* Said once, not at each attempt. */
static int say_no_start(const struct child *child, int error)
{
	char title[256];

	if (!child->failures)
		diag_error("%s cannot be started: %s", child_title(child, title, sizeof(title)),
			   strerror(-error));
	return error;
}

static int start_process(struct child *child, int fd)
{
	char path[PLACE_PATH_SIZE + 128];
	int r = place_program(&child->warden->place, child->job->folder, child->job->program, path,
			      sizeof(path));

	if (r < 0)
		return r;
	char *argv[] = {path, child->name[0] ? child->name : NULL, NULL};
	pid_t pid = spawn_program(argv, fd);

	if (pid < 0)
		return pid;
	child->pid = pid;
	return 0;
}

static int open_process(struct child *child)
{
	int fds[2];
	int r = ipc_pair(0, fds);

	if (r < 0)
		return r;
	r = start_process(child, fds[1]);
	close(fds[1]);
	if (r < 0) {
		close(fds[0]);
		return r;
	}
	child->phase = CHILD_STARTING;
	child->end = CHILD_END_ITSELF;
	child->started_ns = clock_boot_ns();
	return ipc_open(&child->channel, child->warden->loop, fds[0], PROC_WARDEN, child->job->kind,
			child_received, child_closed, child);
}

static int start(struct child *child)
{
	int r = open_process(child);

	if (r < 0)
		return say_no_start(child, r);
	/* The vault learns of the camera even if it cannot be configured: people see that it is
	 * down. */
	pairs_connect(child);
	return child->job->configure ? child->job->configure(child) : 0;
}

static bool may_start(const struct child *child)
{
	const struct warden *warden = child->warden;

	if (!child->is_wanted || child->phase != CHILD_DOWN || warden->is_stopping)
		return false;
	return !(child->job->peers & PROC_BIT(PROC_VAULT)) || warden->vault.phase == CHILD_READY;
}

void child_try_start(struct child *child)
{
	uint64_t flags = child->warden->wants_new_epoch ? START_NEW_EPOCH : 0;

	if (!may_start(child))
		return;
	loop_timer_stop(&child->timer);
	int r = start(child);

	if (r == 0) {
		ipc_send(&child->channel, IPC_START, &(struct ipc_number){flags}, NULL, 0);
		set_timer(child, CHILD_READY_MS);
		return;
	}
	ipc_close(&child->channel);
	if (child->pid) {
		child->end = CHILD_END_UNCONFIGURED;
		child->phase = CHILD_STOPPING;
		kill(child->pid, SIGKILL);
		return;
	}
	set_timer(child, backoff_ms(child));
	child->failures++;
}

void child_want(struct child *child)
{
	child->is_wanted = true;
	child->failures = 0;
	child_try_start(child);
}

/* ---- stopping ---- */

static void child_due(struct loop_timer *timer)
{
	struct child *child = container_of(timer, struct child, timer);
	char title[256];

	if (child->phase == CHILD_DOWN) {
		child_try_start(child);
		return;
	}
	diag_warn("%s %s; killing it", child_title(child, title, sizeof(title)),
		  child->phase == CHILD_STARTING ? "does not get ready" : "does not finish");
	kill(child->pid, SIGKILL);
}

void child_stop(struct child *child)
{
	child->is_wanted = false;
	if (child->phase == CHILD_DOWN) {
		loop_timer_stop(&child->timer);
		return;
	}
	ipc_send(&child->channel, IPC_STOP, &(struct ipc_number){0}, NULL, 0);
	child->phase = CHILD_STOPPING;
	set_timer(child, CHILD_STOP_MS);
}

void child_restart(struct child *child)
{
	if (!child->pid)
		return;
	ipc_close(&child->channel);
	child->phase = CHILD_STOPPING;
	child->end = CHILD_END_RESTART;
	loop_timer_stop(&child->timer);
	kill(child->pid, SIGKILL);
}

static void give_up_on(struct child *child)
{
	char title[256];

	diag_error("%s cannot go on; its reason stands above",
		   child_title(child, title, sizeof(title)));
	child->is_wanted = false;
	if (child->job->hopeless)
		child->job->hopeless(child);
}

static void plan_restart(struct child *child, int status)
{
	uint64_t lived_ns = clock_boot_ns() - child->started_ns;
	char title[256], how[128];

	if (child->end == CHILD_END_RESTART) {
		set_timer(child, 0);
		return;
	}
	if (child->end == CHILD_END_ITSELF) {
		if (lived_ns > CHILD_SETTLED_MS * CLOCK_NS_PER_MS)
			child->failures = 0;
		spawn_describe_end(status, how, sizeof(how));
		diag_warn("%s %s; starting it again", child_title(child, title, sizeof(title)),
			  how);
	}
	set_timer(child, backoff_ms(child));
	child->failures++;
}

static bool is_on_demand(const struct child *child)
{
	return child->job->kind == PROC_TRANSCODE || child->job->kind == PROC_THUMB ||
	       child->job->kind == PROC_CONVERT;
}

/* What nobody wants any more; a talk that is over, however it ended. */
static void finish_work(struct child *child)
{
	child->is_wanted = child->is_asked_again;
	child->is_asked_again = false;
	if (child->is_wanted)
		set_timer(child, 0);
}

void child_ended(struct child *child, int status)
{
	ipc_close(&child->channel);
	loop_timer_stop(&child->timer);
	child->pid = 0;
	child->phase = CHILD_DOWN;
	if (child->job->ended)
		child->job->ended(child);
	if (child->warden->is_stopping || !child->is_wanted)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HOPELESS)
		give_up_on(child);
	else if (child->job->kind == PROC_TALK ||
		 (is_on_demand(child) && WIFEXITED(status) && !WEXITSTATUS(status)))
		finish_work(child);
	else
		plan_restart(child, status);
}
