#include "proto/hear/exact.h"

#include <math.h>

#include "../check.h"

static void assert_near(double value, double right, double error)
{
	if (fabs(value - right) > error)
		fail_msg("%.9g is not %.9g", value, right);
}

static void logarithms_are_right(void **state)
{
	(void)state;
	for (double x = 1e-12; x < 1e12; x *= 1.013)
		assert_near((double)exact_log2((float)x), log2((double)(float)x), 4e-6);
	assert_near((double)exact_log2(1.0F), 0, 0);
}

static void powers_are_right(void **state)
{
	(void)state;
	for (float x = -125; x < 125; x += 0.037F)
		assert_near((double)exact_exp2(x) / exp2((double)x), 1, 1e-6);
	assert_near((double)exact_exp2(-1000), exp2(-126), 1e-45);
	assert_near((double)exact_exp2(1000), exp2(126), 1e30);
}

static void sines_are_right(void **state)
{
	(void)state;
	for (double turn = -3; turn < 3; turn += 0.0007)
		assert_near(exact_sine(turn), sin(turn * 2 * acos(-1)), 1e-13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms_are_right),
		cmocka_unit_test(powers_are_right),
		cmocka_unit_test(sines_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
