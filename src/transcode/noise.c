#include "transcode/noise.h"

#include <math.h>

#include "base/attr.h"

#define PI 3.14159265358979323846

/* Between -1 and 1, all equally likely (xorshift64*, whose period no night is long enough for). */
static float draw(struct noise *noise)
{
	uint64_t x = noise->random ? noise->random : UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	noise->random = x;
	return (float)(int32_t)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 32) / 2147483648.0F;
}

static float white(struct noise *noise)
{
	return 0.45F * draw(noise);
}

/* One value for each octave, drawn anew half as often as that of the octave above (Voss, McCartney):
 * together they fall by 3 dB an octave. */
static float pink(struct noise *noise)
{
	unsigned row = (unsigned)__builtin_ctzll(noise->at | UINT64_C(1) << (NOISE_ROWS - 1));
	float value = draw(noise);

	noise->sum += value - noise->rows[row];
	noise->rows[row] = value;
	return 0.125F * (noise->sum + draw(noise));
}

/* The sum of what is drawn falls by 6 dB an octave; it leaks below 40 Hz, which no small speaker makes. */
static float brown(struct noise *noise)
{
	noise->brown += 0.04F * draw(noise) - noise->brown * (float)(2 * PI * 40 / NOISE_HZ);
	return noise->brown;
}

/* What a hiss is without its depths. */
static float hiss(struct noise *noise, float corner_hz)
{
	float value = draw(noise);

	noise->low += (value - noise->low) * (float)(2 * PI / NOISE_HZ) * corner_hz;
	return value - noise->low;
}

/* A drop makes a surface ring for some milliseconds. */
static float rain(struct noise *noise)
{
	static const struct {
		float turn, decay, drops; /* 2 cos of the angle a sample, its loss, and how many of them are hit */
	} surfaces[] = {{1.975F, 0.993F, 0.0011F}, {1.86F, 0.990F, 0.0016F}};
	float value = 0.5F * pink(noise) + 0.12F * hiss(noise, 800);

	for (unsigned i = 0; i < ARRAY_COUNT(surfaces); i++) {
		float *ring = noise->ring[i];
		float hit = fabsf(draw(noise)) < surfaces[i].drops ? 0.05F * draw(noise) : 0;
		float next = surfaces[i].decay * (surfaces[i].turn * ring[0] - surfaces[i].decay * ring[1]) + hit;

		ring[1] = ring[0];
		ring[0] = next;
		value += next;
	}
	return value;
}

/* A dull beat, begun `seconds` ago. An octave above it makes it heard on a small speaker. */
static float thump(float seconds, float hz)
{
	float angle = (float)(2 * PI) * hz * seconds;

	if (seconds < 0)
		return 0;
	return expf(-seconds / 0.07F) * (1 - expf(-seconds / 0.006F)) * (sinf(angle) + 0.4F * sinf(2 * angle));
}

/* Sixty a minute, as somebody's who sits and rests, from within. */
static float heartbeat(struct noise *noise)
{
	float seconds = (float)(noise->at % NOISE_HZ) / NOISE_HZ;

	return 0.3F * brown(noise) + 0.75F * thump(seconds, 92) + 0.5F * thump(seconds - 0.32F, 110);
}

/* A breath of 0.9 s each 1.2 s. */
static float shush(struct noise *noise)
{
	const uint64_t period = NOISE_HZ * 6 / 5, breath = NOISE_HZ * 9 / 10;
	uint64_t at = noise->at % period;
	float wave = at < breath ? sinf((float)PI * (float)at / (float)breath) : 0;

	return (0.04F + 0.46F * wave) * hiss(noise, 1500);
}

static float (*const makers[SOUND_COUNT])(struct noise *noise) = {
	[SOUND_WHITE] = white, [SOUND_PINK] = pink,           [SOUND_BROWN] = brown,
	[SOUND_RAIN] = rain,   [SOUND_HEARTBEAT] = heartbeat, [SOUND_SHUSH] = shush,
};

bool noise_makes(enum speaker_sound sound)
{
	return sound < SOUND_COUNT && makers[sound];
}

float noise_next(struct noise *noise, enum speaker_sound sound)
{
	float value = makers[sound](noise);

	noise->at++;
	/* Chance has no upper limit: what is rarely louder is bent, not cut. */
	return tanhf(value);
}
