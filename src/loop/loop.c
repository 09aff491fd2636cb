#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

enum { EVENTS_A_TURN = 64 };

struct hook {
	loop_hook_fn *run;
	void *context;
};

struct loop {
	int epoll_fd;
	bool stopped, in_timers;
	uint64_t now_ns;

	/* What this turn's epoll_wait gave; a removed watch is struck out so that it is not called. */
	struct epoll_event events[EVENTS_A_TURN];
	int event_count, event_next;

	struct hook hooks[LOOP_HOOKS_MAX];
	unsigned hook_count;

	struct loop_timer *timers[LOOP_TIMERS_MAX]; /* binary heap, the earliest first */
	uint32_t timer_count;
};

int loop_create(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		int error = -errno;

		free(loop);
		return error;
	}
	loop->now_ns = clock_boot_ns();
	*ret_loop = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll_fd);
	free(loop);
}

int loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	assert(!watch->loop && watch->ready);
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
		return -errno;
	watch->loop = loop;
	return 0;
}

int loop_change(struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	assert(watch->loop);
	if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
		return -errno;
	return 0;
}

void loop_remove(struct loop_watch *watch)
{
	struct loop *loop = watch->loop;

	if (!loop)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = loop->event_next; i < loop->event_count; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
	watch->loop = NULL;
}

/* ---- timers ---- */

static void heap_set(struct loop *loop, uint32_t slot, struct loop_timer *timer)
{
	loop->timers[slot] = timer;
	timer->slot = slot;
}

static void heap_rise(struct loop *loop, uint32_t slot, struct loop_timer *timer)
{
	while (slot > 0) {
		uint32_t parent = (slot - 1) / 2;

		if (loop->timers[parent]->at_ns <= timer->at_ns)
			break;
		heap_set(loop, slot, loop->timers[parent]);
		slot = parent;
	}
	heap_set(loop, slot, timer);
}

static void heap_sink(struct loop *loop, uint32_t slot, struct loop_timer *timer)
{
	for (;;) {
		uint32_t child = slot * 2 + 1;

		if (child >= loop->timer_count)
			break;
		if (child + 1 < loop->timer_count &&
		    loop->timers[child + 1]->at_ns < loop->timers[child]->at_ns)
			child++;
		if (timer->at_ns <= loop->timers[child]->at_ns)
			break;
		heap_set(loop, slot, loop->timers[child]);
		slot = child;
	}
	heap_set(loop, slot, timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;

	if (!loop)
		return;
	timer->loop = NULL;

	struct loop_timer *last = loop->timers[--loop->timer_count];

	if (last == timer)
		return;
	if (timer->slot > 0 && last->at_ns < loop->timers[(timer->slot - 1) / 2]->at_ns)
		heap_rise(loop, timer->slot, last);
	else
		heap_sink(loop, timer->slot, last);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t at_ns)
{
	assert(timer->due);
	loop_timer_stop(timer);
	assert(loop->timer_count < LOOP_TIMERS_MAX);
	if (loop->in_timers && at_ns <= loop->now_ns)
		at_ns = loop->now_ns + 1; /* not in this turn again, or it would never end */
	timer->loop = loop;
	timer->at_ns = at_ns;
	heap_rise(loop, loop->timer_count++, timer);
}

static void run_timers(struct loop *loop)
{
	loop->in_timers = true;
	while (loop->timer_count && loop->timers[0]->at_ns <= loop->now_ns) {
		struct loop_timer *timer = loop->timers[0];

		loop_timer_stop(timer);
		timer->due(timer);
	}
	loop->in_timers = false;
}

/* ---- turns ---- */

void loop_at_turn_end(struct loop *loop, loop_hook_fn *hook, void *context)
{
	assert(loop->hook_count < LOOP_HOOKS_MAX);
	loop->hooks[loop->hook_count++] = (struct hook){hook, context};
}

uint64_t loop_now_ns(const struct loop *loop)
{
	return loop->now_ns;
}

static int wait_ms(const struct loop *loop, int timeout_ms)
{
	if (!loop->timer_count)
		return timeout_ms;

	uint64_t now_ns = clock_boot_ns(), at_ns = loop->timers[0]->at_ns;
	uint64_t wait_ms = 0;

	if (at_ns > now_ns)
		wait_ms = (at_ns - now_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
	if (timeout_ms >= 0 && wait_ms > (uint64_t)timeout_ms)
		return timeout_ms;
	return wait_ms > 3600 * 1000 ? 3600 * 1000 : (int)wait_ms;
}

int loop_turn(struct loop *loop, int timeout_ms)
{
	int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_A_TURN,
			       wait_ms(loop, timeout_ms));

	if (count < 0 && errno != EINTR)
		return -errno;
	loop->now_ns = clock_boot_ns();
	loop->event_count = count < 0 ? 0 : count;
	for (loop->event_next = 0; loop->event_next < loop->event_count;) {
		struct epoll_event *event = &loop->events[loop->event_next++];
		struct loop_watch *watch = event->data.ptr;

		if (watch)
			watch->ready(watch, event->events);
	}
	run_timers(loop);
	for (unsigned i = 0; i < loop->hook_count; i++)
		loop->hooks[i].run(loop->hooks[i].context);
	return 0;
}

int loop_run(struct loop *loop)
{
	while (!loop->stopped) {
		int error = loop_turn(loop, -1);

		if (error < 0)
			return error;
	}
	loop->stopped = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
