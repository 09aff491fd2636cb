/* What the nursery's microphone hears: slow breathing, a music box far away, and now and then the
 * child stirring. Generated, 48 kHz, one channel; the same place in time always sounds the same. */
#ifndef DEMO_SOUND_H
#define DEMO_SOUND_H

#include <stddef.h>
#include <stdint.h>

enum {
	SOUND_HZ = 48000,
	SOUND_VOICES = 8,   /* notes that ring at once */
	SOUND_PARTIALS = 3, /* of one tine of the music box */
	SOUND_STEP = 240,   /* samples between looks at what the child does */
};

/* One ringing partial: a damped oscillator. */
struct sound_partial {
	float now, before;	/* its last two samples */
	float turn, decay;	/* coefficients of the recurrence */
};

struct sound {
	uint64_t sample;     /* of the next one, since the start */
	uint64_t next_note;  /* index into the endless melody */
	uint64_t note_at;    /* sample at which it is struck */
	uint32_t voice;	     /* the next to be used */
	uint32_t noise;	     /* state of the noise */
	struct sound_partial voices[SOUND_VOICES][SOUND_PARTIALS];
	float low, lower;    /* the breath's filters */
	float rustle_low;
	float breath_gain, rustle_gain; /* gliding */
	float breath_aim, rustle_aim;
};

void sound_init(struct sound *sound);

/* Goes on at another sample; what rang is silent. */
void sound_seek(struct sound *sound, uint64_t sample);

void sound_make(struct sound *sound, int16_t *ret_samples, size_t count);

#endif
