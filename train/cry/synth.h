/* Sounds of a home, made by arithmetic: what a child's room hears that is no crying, and something
 * like crying to test the way from a camera to an event with. Nothing here is a recording. Float
 * samples at 8 kHz. */
#ifndef TRAIN_SYNTH_H
#define TRAIN_SYNTH_H

#include <stddef.h>

#include "train/cry/chance.h"

enum synth_kind {
	/* heard in training */
	SYNTH_NOISE,
	SYNTH_MOTOR, /* vacuum cleaner, fan: noise and hum */
	SYNTH_BEEPS, /* timer, alarm clock, lorry backing */
	SYNTH_SIREN,
	SYNTH_RING,   /* telephone */
	SYNTH_MELODY, /* notes with overtones, a music box, hold music */
	SYNTH_MEOW,
	SYNTH_LAUGH,  /* short voiced bursts, four or five a second */
	SYNTH_SQUEAK, /* a toy, a hinge */
	SYNTH_TALK,   /* a voice's pitch and formants, no words */
	/* kept for tests: not one of these was trained on */
	SYNTH_KETTLE,
	SYNTH_WASHER,
	SYNTH_DOG,
	SYNTH_DISHES,
	SYNTH_BIRDS,
	SYNTH_DOORBELL,
	SYNTH_HAIRDRYER,
	SYNTH_RADIO, /* a low voice over chords */
	SYNTH_KINDS,
	SYNTH_TRAINED = SYNTH_KETTLE,
};

/* Fills `samples`; their loudness is about 0.1 root mean square where there is sound. */
void synth_make(enum synth_kind kind, float *samples, size_t count, struct chance *chance);

/* Not crying, but enough like it to be heard as it: bursts of a second that rise and fall around
 * 480 Hz, with formants, a tremor and some roughness, and a breath between. Made for the shipped
 * weights: it tests the way from a camera to an event, and says nothing about how well crying is
 * heard. */
void synth_cry(float *samples, size_t count, struct chance *chance);

#endif
