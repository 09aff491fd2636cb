#include "transcode/tone.h"

#include <math.h>

#define PI 3.14159265358979323846

/* One struck note: begins, and dies away. */
struct note {
	uint32_t at_ms;
	float hz, loudness; /* of TONE_PEAK */
};

enum { ATTACK_MS = 6, RELEASE_MS = 30 };

static const float DECAY_S = 0.22F;

/* A falling fourth: a bell that asks for attention and frightens nobody. The two overlap, and never add up
 * to more than the peak. */
static const struct note chime[] = {{0, 880.0F, 0.55F}, {190, 659.26F, 0.6F}};

/* A little of the octave above makes it a bell and not a beep. */
static float note_at(const struct note *note, float seconds)
{
	float angle = (float)(2 * PI) * note->hz * seconds;
	float attack = seconds * 1000 / ATTACK_MS;
	float loudness = note->loudness * expf(-seconds / DECAY_S) * (attack < 1 ? attack : 1);

	return loudness * (0.85F * sinf(angle) + 0.15F * sinf(2 * angle));
}

static int16_t chime_at(uint64_t at)
{
	const uint64_t end = (uint64_t)TONE_CHIME_MS * TONE_HZ / 1000;
	const uint64_t release = (uint64_t)RELEASE_MS * TONE_HZ / 1000;
	float value = 0;

	for (size_t i = 0; i < ARRAY_COUNT(chime); i++) {
		uint64_t begin = (uint64_t)chime[i].at_ms * TONE_HZ / 1000;

		if (at >= begin)
			value += note_at(&chime[i], (float)(at - begin) / TONE_HZ);
	}
	if (end - at < release)
		value *= (float)(end - at) / (float)release;
	return (int16_t)lrintf(value * TONE_PEAK);
}

static uint64_t length_of(const struct tone *tone)
{
	if (tone->sound == SOUND_CHIME)
		return (uint64_t)TONE_CHIME_MS * TONE_HZ / 1000;
	return noise_makes(tone->sound) || lullaby_is(tone->sound) ? (uint64_t)tone->seconds * TONE_HZ : 0;
}

/* Nothing begins or ends at once: who sleeps is not woken by it. */
static float fade_at(uint64_t at, uint64_t end)
{
	uint64_t in = (uint64_t)TONE_FADE_IN_MS * TONE_HZ / 1000, out = (uint64_t)TONE_FADE_OUT_MS * TONE_HZ / 1000;
	float level = at < in ? (float)at / (float)in : 1;

	out = out > end / 3 ? end / 3 : out;
	return end - at < out ? level * (float)(end - at) / (float)out : level;
}

static int16_t lasting_at(struct tone *tone, uint64_t end)
{
	float volume = (float)(tone->volume < 100 ? tone->volume : 100) / 100;
	float value = lullaby_is(tone->sound) ? lullaby_next(&tone->lullaby, tone->sound)
					      : noise_next(&tone->noise, tone->sound);

	return (int16_t)lrintf(value * volume * volume * fade_at(tone->at, end) * TONE_PEAK);
}

size_t tone_take(struct tone *tone, int16_t *ret_samples, size_t count)
{
	uint64_t end = length_of(tone), left = end - tone->at;

	if (count > left)
		count = (size_t)left;
	for (size_t i = 0; i < count; i++) {
		ret_samples[i] = tone->sound == SOUND_CHIME ? chime_at(tone->at) : lasting_at(tone, end);
		tone->at++;
	}
	return count;
}
