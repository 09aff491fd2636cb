/* The event loop: one in each process, one thread. Watches and timers are embedded in the caller's
 * structs; the loop allocates nothing after it is created. In each turn all ready descriptors are
 * read, then due timers run, then the turn's end hooks (group commit lives there). */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/attr.h"

struct loop;
struct loop_watch;
struct loop_timer;

typedef void loop_watch_fn(struct loop_watch *watch, uint32_t events);
typedef void loop_timer_fn(struct loop_timer *timer);
typedef void loop_hook_fn(void *context);

/* Zero-initialised before first use; must stay in place while added. */
struct loop_watch {
	int fd;
	loop_watch_fn *ready;
	struct loop *loop; /* NULL while not added */
};

struct loop_timer {
	uint64_t at_ns; /* CLOCK_BOOTTIME */
	loop_timer_fn *due;
	struct loop *loop; /* NULL while not running */
	uint32_t slot;     /* in the loop's heap */
};

enum { LOOP_TIMERS_MAX = 4096, LOOP_HOOKS_MAX = 8 };

NODISCARD int loop_create(struct loop **ret_loop);
void loop_destroy(struct loop *loop);
AUTO_DEFINE(loop)

/* Watches `watch->fd` for EPOLLIN, EPOLLOUT, ... (level triggered). The descriptor stays the
 * caller's. Removing is allowed at any time, also from within a callback, also twice. */
NODISCARD int loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
NODISCARD int loop_change(struct loop_watch *watch, uint32_t events);
void loop_remove(struct loop_watch *watch);

/* Runs `timer->due` once at or after `at_ns`; a running timer is moved. */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t at_ns);
void loop_timer_stop(struct loop_timer *timer);

/* Called at the end of each turn, in the order added. */
void loop_at_turn_end(struct loop *loop, loop_hook_fn *hook, void *context);

/* CLOCK_BOOTTIME, read once at the start of the turn. */
uint64_t loop_now_ns(const struct loop *loop);

/* Until loop_stop: 0, or a negative errno if waiting failed. */
NODISCARD int loop_run(struct loop *loop);
/* One turn; waits at most `timeout_ms` (-1: until something happens). For tests. */
NODISCARD int loop_turn(struct loop *loop, int timeout_ms);
void loop_stop(struct loop *loop);

#endif
