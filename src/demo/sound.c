#include "demo/sound.h"

#include <math.h>
#include <string.h>

#include "demo/child.h"
#include "demo/raster.h"

static const float TAU = 6.28318531f;

struct note {
	uint8_t pitch;	/* MIDI; 0: rest */
	uint8_t eighths;
};

/* Brahms, Wiegenlied, op. 49 no. 4 (1868), then a long rest. */
static const struct note MELODY[] = {
	{76, 1}, {76, 1}, {79, 3}, {76, 1}, {76, 2}, {79, 4}, {76, 1}, {79, 1}, {84, 2}, {83, 3},
	{81, 1}, {81, 2}, {79, 2}, {74, 1}, {76, 1}, {77, 2}, {74, 2}, {74, 1}, {76, 1}, {77, 4},
	{74, 1}, {77, 1}, {83, 1}, {81, 1}, {79, 2}, {83, 2}, {84, 4}, {72, 1}, {72, 1}, {84, 4},
	{81, 1}, {77, 1}, {79, 4}, {76, 1}, {72, 1}, {77, 2}, {79, 2}, {81, 2}, {79, 4}, {72, 1},
	{72, 1}, {84, 4}, {81, 1}, {77, 1}, {79, 4}, {76, 1}, {72, 1}, {77, 1}, {79, 1}, {76, 2},
	{74, 2}, {72, 6}, {0, 36},
};

enum {
	MELODY_COUNT = sizeof(MELODY) / sizeof(MELODY[0]),
	EIGHTH = SOUND_HZ * 9 / 20, /* samples */
};

static float next_noise(struct sound *sound)
{
	sound->noise ^= sound->noise << 13;
	sound->noise ^= sound->noise >> 17;
	sound->noise ^= sound->noise << 5;
	return (float)(int32_t)sound->noise * (1.0f / 2147483648.0f);
}

static void strike(struct sound *sound, uint8_t pitch)
{
	/* A tine's overtones are not harmonic; they are what makes it a music box. */
	static const float ratio[SOUND_PARTIALS] = {1, 2.01f, 5.42f};
	static const float level[SOUND_PARTIALS] = {0.030f, 0.010f, 0.004f};
	static const float ring_s[SOUND_PARTIALS] = {0.85f, 0.42f, 0.12f};
	struct sound_partial *voice = sound->voices[sound->voice++ % SOUND_VOICES];
	float hz = 440 * exp2f(((float)pitch - 69) / 12);

	for (int i = 0; i < SOUND_PARTIALS; i++) {
		float turn = TAU * hz * ratio[i] / SOUND_HZ;
		float decay = expf(-1 / (ring_s[i] * SOUND_HZ));

		voice[i] = (struct sound_partial){0, -level[i] * sinf(turn), 2 * decay * cosf(turn),
						  decay * decay};
	}
}

static float ring(struct sound *sound)
{
	float sum = 0;

	for (int v = 0; v < SOUND_VOICES; v++) {
		for (int i = 0; i < SOUND_PARTIALS; i++) {
			struct sound_partial *partial = &sound->voices[v][i];
			float next = partial->turn * partial->now - partial->decay * partial->before;

			partial->before = partial->now;
			partial->now = next;
			sum += next;
		}
	}
	return sum;
}

void sound_init(struct sound *sound)
{
	memset(sound, 0, sizeof(*sound));
	sound->noise = 0x1234567;
}

void sound_seek(struct sound *sound, uint64_t sample)
{
	uint64_t round = 0;

	for (size_t i = 0; i < MELODY_COUNT; i++)
		round += (uint64_t)MELODY[i].eighths * EIGHTH;
	sound_init(sound);
	sound->sample = sample;
	sound->next_note = sample / round * MELODY_COUNT;
	sound->note_at = sample / round * round;
	while (sound->note_at < sample)
		sound->note_at += (uint64_t)MELODY[sound->next_note++ % MELODY_COUNT].eighths * EIGHTH;
}

static void play_note(struct sound *sound)
{
	const struct note *note = &MELODY[sound->next_note++ % MELODY_COUNT];

	if (note->pitch)
		strike(sound, note->pitch);
	sound->note_at += (uint64_t)note->eighths * EIGHTH;
}

/* Looks at the child: the breath is heard while the chest moves, out louder than in. */
static void look_at_child(struct sound *sound)
{
	float now = (float)fmod((double)sound->sample / SOUND_HZ, 4096);
	float move = (child_breath(now + 0.02f) - child_breath(now)) / 0.02f;
	float stir = child_stir(now);

	sound->breath_aim = move > 0 ? 0.022f * move : -0.040f * move;
	sound->rustle_aim = 0.16f * stir * (0.55f + 0.45f * next_noise(sound));
}

static float next_sample(struct sound *sound)
{
	float noise = next_noise(sound);

	sound->low += 0.14f * (noise - sound->low);
	sound->lower += 0.03f * (sound->low - sound->lower);
	sound->rustle_low += 0.30f * (noise - sound->rustle_low);
	sound->breath_gain += 0.0008f * (sound->breath_aim - sound->breath_gain);
	sound->rustle_gain += 0.004f * (sound->rustle_aim - sound->rustle_gain);

	float breath = (sound->low - sound->lower) * sound->breath_gain;
	float rustle = (noise - sound->rustle_low) * sound->rustle_gain * 0.35f;

	return ring(sound) + breath + rustle + noise * 0.0004f;
}

void sound_make(struct sound *sound, int16_t *ret_samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sound->sample % SOUND_STEP == 0)
			look_at_child(sound);
		while (sound->note_at <= sound->sample)
			play_note(sound);
		ret_samples[i] = (int16_t)(32767 * raster_clamp(next_sample(sound), -1, 1));
		sound->sample++;
	}
}
