#include "demo/echo.h"

#include "base/attr.h"
#include "demo/raster.h"

static const struct {
	uint32_t delay;
	float gain;
} WAYS[] = {{ECHO_DELAY_MIN, 0.35f}, {912, 0.12f}, {1488, 0.08f}, {2256, 0.05f}, {ECHO_DELAY_MAX, 0.03f}};

void echo_play(struct echo *echo, uint64_t at, const float *samples, size_t count)
{
	if (at > echo->end + ECHO_SIZE)
		echo->end = at - ECHO_SIZE;
	for (; echo->end < at; echo->end++)
		echo->ring[echo->end % ECHO_SIZE] = 0;
	for (size_t i = 0; i < count; i++) {
		float *place = &echo->ring[(at + i) % ECHO_SIZE];

		*place = samples[i] + (at + i < echo->end ? *place : 0);
	}
	if (at + count > echo->end)
		echo->end = at + count;
}

static float played_at(const struct echo *echo, uint64_t sample)
{
	if (sample >= echo->end || echo->end - sample > ECHO_SIZE)
		return 0;
	return echo->ring[sample % ECHO_SIZE];
}

void echo_hear(const struct echo *echo, uint64_t first, int16_t *samples, size_t count)
{
	if (first >= echo->end + ECHO_DELAY_MAX)
		return;
	for (size_t i = 0; i < count; i++) {
		float sum = 0;

		for (size_t k = 0; k < ARRAY_COUNT(WAYS); k++)
			if (first + i >= WAYS[k].delay)
				sum += WAYS[k].gain * played_at(echo, first + i - WAYS[k].delay);
		samples[i] = (int16_t)raster_clamp((float)samples[i] + 32767 * sum, -32768, 32767);
	}
}
