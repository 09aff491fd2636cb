/* Chance that comes out the same each time: splitmix64. */
#ifndef TRAIN_CHANCE_H
#define TRAIN_CHANCE_H

#include <stdint.h>

#include "proto/hear/exact.h"

struct chance {
	uint64_t state;
};

static inline uint64_t chance_bits(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

/* 0 <= x < 1 */
static inline float chance_unit(struct chance *chance)
{
	return (float)(chance_bits(chance) >> 40) * (1.0F / 16777216.0F);
}

static inline float chance_between(struct chance *chance, float from, float to)
{
	return from + (to - from) * chance_unit(chance);
}

static inline uint32_t chance_below(struct chance *chance, uint32_t limit)
{
	return (uint32_t)((chance_bits(chance) >> 32) * limit >> 32);
}

/* Near enough to the normal distribution. */
static inline float chance_normal(struct chance *chance)
{
	float sum = -6.0F;

	for (int i = 0; i < 12; i++)
		sum += chance_unit(chance);
	return sum;
}

#endif
