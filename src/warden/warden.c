#include "warden/warden.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "warden/greet.h"
#include "warden/job.h"
#include "warden/notify.h"
#include "warden/pulse.h"
#include "warden/state.h"

enum { STOP_LIMIT_MS = 8000, DESCRIPTORS = 16384 };

/* ---- the children ---- */

struct child *warden_child(struct warden *warden, size_t index)
{
	struct child *const fixed[] = {&warden->vault, &warden->front, &warden->rtc,
				       &warden->demo.child, &warden->eye};

	if (index < ARRAY_COUNT(fixed))
		return fixed[index];
	index -= ARRAY_COUNT(fixed);
	for (size_t i = 0; i < CAMERA_MAX; i++) {
		struct camera_slot *slot = warden->cameras.slots[i];

		if (!slot)
			continue;
		struct child *const of_slot[] = {&slot->cam, &slot->transcode, &slot->talk,
						  &slot->ear, &slot->thumb,
						  &slot->convert};

		if (index < ARRAY_COUNT(of_slot))
			return of_slot[index];
		index -= ARRAY_COUNT(of_slot);
	}
	return NULL;
}

void warden_start_all(struct warden *warden)
{
	struct child *child;

	for (size_t i = 0; (child = warden_child(warden, i)); i++)
		child_try_start(child);
}

static void stop_one(struct child *child)
{
	if (child->phase != CHILD_STOPPING)
		child_stop(child);
}

/* First no new request; then the vault closes what is open and writes its last entry; the others
 * have nothing to lose. */
static void stop_next(struct warden *warden)
{
	struct child *const first[] = {&warden->front, &warden->vault};
	struct child *child;
	bool is_over = true;

	for (size_t i = 0; i < ARRAY_COUNT(first); i++)
		if (first[i]->pid) {
			stop_one(first[i]);
			return;
		}
	for (size_t i = 0; (child = warden_child(warden, i)); i++)
		if (child->pid) {
			is_over = false;
			stop_one(child);
		}
	if (is_over)
		loop_stop(warden->loop);
}

void warden_stop(struct warden *warden, int exit_code)
{
	if (warden->is_stopping)
		return;
	warden->is_stopping = true;
	warden->exit_code = exit_code;
	notify_send("STOPPING=1");
	loop_timer_stop(&warden->tls_timer);
	if (warden->tls.certify)
		kill(warden->tls.certify, SIGTERM);
	loop_timer_start(warden->loop, &warden->stop_timer,
			 clock_boot_ns() + STOP_LIMIT_MS * CLOCK_NS_PER_MS);
	stop_next(warden);
}

static void stop_late(struct loop_timer *timer)
{
	struct warden *warden = container_of(timer, struct warden, stop_timer);
	struct child *child;

	for (size_t i = 0; (child = warden_child(warden, i)); i++)
		if (child->pid)
			kill(child->pid, SIGKILL);
	loop_stop(warden->loop);
}

static void reap(struct warden *warden)
{
	struct child *child;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == warden->tls.certify)
			tls_ended(warden, status);
		dialer_reaped(&warden->dialer, pid);
		for (size_t i = 0; (child = warden_child(warden, i)); i++)
			if (child->pid == pid) {
				child_ended(child, status);
				break;
			}
	}
	if (warden->is_stopping)
		stop_next(warden);
}

/* ---- configuration ---- */

static int load_conf(struct warden *warden)
{
	struct mistake mistake = {""};
	struct conf *conf;
	int r = conf_load(warden->conf_path, &conf, &mistake);

	if (r < 0) {
		diag_error("%s", mistake.text[0] ? mistake.text : strerror(-r));
		return r;
	}
	if (warden->state_override &&
	    !text_copy(conf->state, sizeof(conf->state), warden->state_override)) {
		conf_destroy(conf);
		return -ENAMETOOLONG;
	}
	conf_destroy(warden->conf);
	warden->conf = conf;
	return 0;
}

/* Cameras only: ports, state and certificate stay as they were at the start. */
void warden_reload(struct warden *warden)
{
	struct mistake mistake = {""};
	struct conf *fresh;

	if (conf_load(warden->conf_path, &fresh, &mistake) < 0) {
		diag_error("%s; the cameras stay as they are", mistake.text);
		return;
	}
	memcpy(warden->conf->cameras, fresh->cameras, sizeof(fresh->cameras));
	warden->conf->camera_count = fresh->camera_count;
	conf_destroy(fresh);
	cameras_update(warden);
}

/* ---- signals and timers ---- */

static void signals_ready(struct loop_watch *watch, uint32_t events)
{
	struct warden *warden = container_of(watch, struct warden, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(warden);
		else if (info.ssi_signo == SIGHUP)
			warden_reload(warden);
		else
			warden_stop(warden, EXIT_SUCCESS);
	}
}

static int watch_signals(struct warden *warden)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* kept by the children across exec */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	warden->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	warden->signals.ready = signals_ready;
	if (warden->signals.fd < 0)
		return -errno;
	return loop_add(warden->loop, &warden->signals, EPOLLIN);
}

/* Addresses come and go (DHCP), certificates expire. */
static void tls_due(struct loop_timer *timer)
{
	struct warden *warden = container_of(timer, struct warden, tls_timer);
	struct addresses now;

	if (addresses_list(&now) == 0) {
		bool have_moved = !addresses_equal_at_home(&now, &warden->addresses);

		warden->addresses = now;
		greet_write_addresses(warden);
		if (have_moved)
			child_restart(&warden->rtc); /* it offers them to the phones */
	}
	if (tls_refresh(warden) < 0)
		diag_warn("the certificate stays as it was");
	loop_timer_start(warden->loop, timer, clock_boot_ns() + TLS_CHECK_S * CLOCK_NS_PER_S);
}

static void watchdog_due(struct loop_timer *timer)
{
	struct warden *warden = container_of(timer, struct warden, watchdog_timer);

	notify_send("WATCHDOG=1");
	loop_timer_start(warden->loop, timer, clock_boot_ns() + notify_watchdog_ns());
}

static void start_timers(struct warden *warden)
{
	uint64_t now = clock_boot_ns();

	warden->stop_timer.due = stop_late;
	warden->tls_timer.due = tls_due;
	warden->watchdog_timer.due = watchdog_due;
	loop_timer_start(warden->loop, &warden->tls_timer, now + TLS_CHECK_S * CLOCK_NS_PER_S);
	if (notify_watchdog_ns())
		loop_timer_start(warden->loop, &warden->watchdog_timer, now + notify_watchdog_ns());
	pulse_start(warden);
}

/* ---- start ---- */

/* The warden holds every camera's password: nothing may look into it, and nothing it starts may
 * gain a right. */
static void harden(void)
{
	struct rlimit descriptors;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(077);
	if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
		descriptors.rlim_cur =
			descriptors.rlim_max < DESCRIPTORS ? descriptors.rlim_max : DESCRIPTORS;
		setrlimit(RLIMIT_NOFILE, &descriptors);
	}
}

static int prepare(struct warden *warden)
{
	harden();
	int r = load_conf(warden);

	if (r < 0)
		return r;
	warden->lock = state_prepare(warden->conf->state);
	r = warden->lock < 0 ? warden->lock : place_find(&warden->place);
	if (r == 0)
		r = addresses_list(&warden->addresses);
	return r == 0 ? listeners_open(warden->conf, &warden->listeners) : r;
}

static int begin(struct warden *warden)
{
	int r = loop_create(&warden->loop);

	if (r == 0)
		r = watch_signals(warden);
	if (r < 0)
		return r;
	start_timers(warden);
	child_init(&warden->vault, warden, &job_vault);
	child_init(&warden->front, warden, &job_front);
	child_init(&warden->rtc, warden, &job_rtc);
	child_init(&warden->eye, warden, &job_eye);
	child_init(&warden->demo.child, warden, &job_demo);
	dialer_init(&warden->dialer, warden);
	r = tls_refresh(warden);
	if (r < 0)
		return r;
	greet_write_addresses(warden);
	child_want(&warden->vault);
	child_want(&warden->rtc);
	cameras_update(warden);
	return 0;
}

static void finish(struct warden *warden)
{
	char path[CONF_PATH_SIZE + 16];

	loop_destroy(warden->loop);
	cameras_finish(&warden->cameras);
	tls_finish(&warden->tls);
	listeners_close(&warden->listeners);
	if (warden->conf && warden->lock >= 0) {
		snprintf(path, sizeof(path), "%s/ward.sock", warden->conf->state);
		unlink(path);
		close(warden->lock);
	}
	conf_destroy(warden->conf);
}

int warden_run(struct warden *warden)
{
	int r = prepare(warden);

	if (r == 0)
		r = begin(warden);
	if (r == 0)
		r = loop_run(warden->loop);
	int exit_code = r < 0 ? EXIT_HOPELESS : warden->exit_code;

	finish(warden);
	return exit_code;
}
