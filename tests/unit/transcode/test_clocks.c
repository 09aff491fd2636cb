/* Two clocks that drift apart: how soon that is known, and how little it is moved about afterwards. */
#include "../check.h"

#include <math.h>
#include <stdint.h>

#include "transcode/clocks.h"

enum { HZ = 16384, STEP = 2048, A_SECOND = HZ / STEP };

static uint32_t noise_state;

static double noise(void)
{
	noise_state = noise_state * 1664525 + 1013904223;
	return (double)(int32_t)noise_state / 2147483648.0;
}

/* Estimates of half a second ago, a fifth of a sample off, with the rate that is thought true. */
static void hear(struct clocks *clocks, double rate, int from_s, int to_s)
{
	for (int i = from_s * A_SECOND; i < to_s * A_SECOND; i++) {
		clocks_pass(clocks, STEP);
		double age = 0.5 * HZ, now = (double)(i + 1) * STEP;
		struct clocks_seen seen = {
			.delay = 900 + rate * now - age * (rate - clocks->rate) + 0.2 * noise(),
			.age = age,
			.news = 0.128,
			.doubt = 1,
		};

		clocks_correct(clocks, &seen);
	}
}

static void a_difference_is_known_in_seconds(void **state)
{
	static const double rates[] = {0, 20e-6, 100e-6, -100e-6};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct clocks clocks;

		noise_state = 1;
		clocks_start(&clocks, HZ, 900);
		assert_false(clocks_are_known(&clocks));
		hear(&clocks, rates[i], 0, 4);
		assert_true(clocks_are_known(&clocks));
		assert_true(fabs(clocks.rate - rates[i]) < 8e-6);
		hear(&clocks, rates[i], 4, 20);
		assert_true(fabs(clocks.rate - rates[i]) < 1e-6);
		assert_true(fabs(clocks.delay - 900 - rates[i] * 20 * HZ) < 0.1);
	}
}

static void what_is_known_is_not_given_up_for_one_estimate(void **state)
{
	struct clocks clocks;

	(void)state;
	noise_state = 1;
	clocks_start(&clocks, HZ, 900);
	hear(&clocks, 50e-6, 0, 20);
	double delay = clocks.delay, rate = clocks.rate;
	struct clocks_seen wrong = {.delay = delay + 25, .age = HZ / 2.0, .news = 0.128, .doubt = 1};
	struct clocks_seen old = {.delay = delay + 1, .age = HZ / 2.0, .news = 0, .doubt = 3};

	clocks_correct(&clocks, &wrong);
	assert_true(fabs(clocks.delay - delay) < 0.2);
	assert_true(fabs(clocks.rate - rate) < 1e-6);
	delay = clocks.delay;
	clocks_correct(&clocks, &old);
	assert_true(fabs(clocks.delay - delay) < 0.001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_difference_is_known_in_seconds),
		cmocka_unit_test(what_is_known_is_not_given_up_for_one_estimate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
