/* The warden: starts, connects and restarts Ward's processes, opens their listeners and files, and
 * reads no byte from the network. */
#ifndef WARDEN_WARDEN_H
#define WARDEN_WARDEN_H

#include <stdbool.h>

#include "conf/conf.h"
#include "ipc/ipc.h"
#include "loop/loop.h"
#include "warden/addresses.h"
#include "warden/cameras.h"
#include "warden/child.h"
#include "warden/demo.h"
#include "warden/dialer.h"
#include "warden/listeners.h"
#include "warden/place.h"
#include "warden/tls.h"

/* A child says with this status that starting it again is no use; its reason is on its standard
 * error (sysexits.h: EX_CONFIG). */
enum { EXIT_HOPELESS = 78 };

struct warden {
	struct loop *loop;
	const char *conf_path;      /* NULL: none */
	const char *state_override; /* --state; NULL: none */
	struct conf *conf;
	struct place place;
	struct listeners listeners;
	struct tls tls;
	struct addresses addresses;
	struct demo demo;
	struct dialer dialer;
	struct cameras cameras;
	struct child vault, front, rtc, eye;
	bool eye_has_faces; /* a camera asks for them */
	bool wants_demo, wants_new_epoch;
	bool is_greeted;
	bool is_stopping;
	int exit_code;
	int lock; /* of the state directory */
	struct loop_watch signals;
	struct loop_timer stop_timer, tls_timer, watchdog_timer, pulse_timer;
};

/* From configuration to the end; returns the exit code. `warden` is zero but for what the command
 * line said. */
int warden_run(struct warden *warden);

/* The n-th child that may exist, wanted or not; NULL after the last. */
struct child *warden_child(struct warden *warden, size_t index);

/* The vault is up: everything that is wanted and down may start. */
void warden_start_all(struct warden *warden);

/* Reads the cameras again, of ward.yml and of the state directory. A mistake changes nothing. */
void warden_reload(struct warden *warden);

/* Asks every process to finish, waits a bounded time, ends the loop with `exit_code`. */
void warden_stop(struct warden *warden, int exit_code);

#endif
