#include "proto/hear/exact.h"

#include <stdint.h>
#include <string.h>

enum { MANTISSA_BITS = 23, EXPONENT_BIAS = 127 };

float exact_log2(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	/* The mantissa is brought to 0.7071..1.4142, where the series is short. */
	int exponent = (int)((bits - 0x3f3504f3U) & 0xff800000U) >> MANTISSA_BITS;

	bits -= (uint32_t)exponent << MANTISSA_BITS;
	memcpy(&x, &bits, sizeof(x));
	float s = (x - 1.0F) / (x + 1.0F);
	float q = s * s;
	/* ln x = 2 (s + s^3/3 + s^5/5 + ...), times 1/ln 2 */
	float sum = 1.0F + q * (1.0F / 3.0F + q * (1.0F / 5.0F + q * (1.0F / 7.0F)));

	return (float)exponent + 2.8853900818F * s * sum;
}

float exact_exp2(float x)
{
	x = x < -126.0F ? -126.0F : x > 126.0F ? 126.0F : x;
	int whole = (int)(x < 0 ? x - 0.5F : x + 0.5F);
	float y = (x - (float)whole) * 0.69314718056F;
	float sum = 1.0F + y / 5.0F * (1.0F + y / 6.0F * (1.0F + y / 7.0F));
	uint32_t bits = (uint32_t)(whole + EXPONENT_BIAS) << MANTISSA_BITS;
	float power;

	sum = 1.0F + y * (1.0F + y / 2.0F * (1.0F + y / 3.0F * (1.0F + y / 4.0F * sum)));
	memcpy(&power, &bits, sizeof(power));
	return power * sum;
}

double exact_sine(double turn)
{
	turn -= (double)(int64_t)turn;
	turn = turn < 0 ? turn + 1 : turn;
	double sign = turn < 0.5 ? 1 : -1;

	turn = turn < 0.5 ? turn : turn - 0.5;
	turn = turn < 0.25 ? turn : 0.5 - turn;
	double x = turn * 6.283185307179586, q = x * x, term = x, sum = x;

	for (int i = 2; i < 22; i += 2) {
		term = -term * q / (double)(i * (i + 1));
		sum += term;
	}
	return sign * sum;
}

float exact_root(float x)
{
	return __builtin_sqrtf(x);
}
