/* The room between the demo camera's speaker and its microphone: what is played is heard again
 * quieter, a little later, and once more from each wall. Samples are counted on the microphone's
 * clock, SOUND_HZ. */
#ifndef DEMO_ECHO_H
#define DEMO_ECHO_H

#include <stddef.h>
#include <stdint.h>

enum {
	ECHO_SIZE = 1 << 17,	/* samples kept: the room's longest way, and what may lie ahead */
	ECHO_DELAY_MIN = 288,	/* from the speaker straight to the microphone, two metres */
	ECHO_DELAY_MAX = 3408,	/* over the far wall and back */
};

/* Zero is a silent room. */
struct echo {
	uint64_t end; /* nothing is played from here on */
	float ring[ECHO_SIZE];
};

/* Plays `count` samples (-1..1) from sample `at` on, with what is played there already. All of it
 * lies less than ECHO_SIZE - ECHO_DELAY_MAX ahead of what is heard. */
void echo_play(struct echo *echo, uint64_t at, const float *samples, size_t count);

/* Adds to `samples` what the microphone hears of it from sample `first` on. */
void echo_hear(const struct echo *echo, uint64_t first, int16_t *samples, size_t count);

#endif
