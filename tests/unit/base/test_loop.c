#include <errno.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "../check.h"

enum { TIMERS = 500 };

struct numbered_timer {
	struct loop_timer timer;
	unsigned number;
};

static uint64_t fired_at_ns;
static unsigned fired;

static void in_order(struct loop_timer *timer)
{
	assert_true(timer->at_ns >= fired_at_ns);
	assert_null(timer->loop);
	fired_at_ns = timer->at_ns;
	fired++;
}

static void timers_fire_in_order_whatever_is_stopped(void **state)
{
	(void)state;
	static struct numbered_timer timers[TIMERS];
	struct loop *loop;
	uint64_t base_ns = clock_boot_ns() - CLOCK_NS_PER_S;

	fired = 0, fired_at_ns = 0;
	assert_int_equal(loop_create(&loop), 0);
	for (unsigned i = 0; i < TIMERS; i++) {
		timers[i].timer.due = in_order;
		loop_timer_start(loop, &timers[i].timer, base_ns + i * 7919 % 1009);
	}
	for (unsigned i = 0; i < TIMERS; i += 3)
		loop_timer_stop(&timers[i].timer);
	for (unsigned i = 1; i < TIMERS; i += 3) /* moving counts once */
		loop_timer_start(loop, &timers[i].timer, base_ns + i * 104729 % 2003);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(fired, TIMERS - (TIMERS + 2) / 3);
	loop_destroy(loop);
}

static void starts_itself_again(struct loop_timer *timer)
{
	fired++;
	loop_timer_start(((struct loop *)fired_at_ns), timer, 1);
}

static void a_timer_that_starts_itself_waits_for_the_next_turn(void **state)
{
	(void)state;
	struct loop_timer timer = {.due = starts_itself_again};
	struct loop *loop;

	fired = 0;
	assert_int_equal(loop_create(&loop), 0);
	fired_at_ns = (uint64_t)(uintptr_t)loop;
	loop_timer_start(loop, &timer, 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(fired, 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(fired, 2);
	loop_destroy(loop);
}

static struct loop_watch pair_watches[2];

static void removes_both(struct loop_watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
	fired++;
	loop_remove(&pair_watches[0]);
	loop_remove(&pair_watches[1]);
	loop_remove(&pair_watches[1]);
}

static void a_watch_removed_in_the_same_turn_is_not_called(void **state)
{
	(void)state;
	int first[2], second[2];
	struct loop *loop;

	fired = 0;
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(pipe(first), 0);
	assert_int_equal(pipe(second), 0);
	assert_int_equal(write(first[1], "x", 1), 1);
	assert_int_equal(write(second[1], "x", 1), 1);
	pair_watches[0] = (struct loop_watch){.fd = first[0], .ready = removes_both};
	pair_watches[1] = (struct loop_watch){.fd = second[0], .ready = removes_both};
	assert_int_equal(loop_add(loop, &pair_watches[0], EPOLLIN), 0);
	assert_int_equal(loop_add(loop, &pair_watches[1], EPOLLIN), 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(fired, 1);
	loop_destroy(loop);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
}

static void stops(void *context)
{
	fired++;
	loop_stop(context);
}

static void run_ends_after_the_turn_that_stops_it(void **state)
{
	(void)state;
	struct loop_timer timer = {.due = in_order};
	struct loop *loop;

	fired = 0, fired_at_ns = 0;
	assert_int_equal(loop_create(&loop), 0);
	loop_at_turn_end(loop, stops, loop);
	loop_timer_start(loop, &timer, 1);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(fired, 2);
	loop_destroy(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_whatever_is_stopped),
		cmocka_unit_test(a_timer_that_starts_itself_waits_for_the_next_turn),
		cmocka_unit_test(a_watch_removed_in_the_same_turn_is_not_called),
		cmocka_unit_test(run_ends_after_the_turn_that_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
