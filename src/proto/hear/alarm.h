/* Hears alarms by their rhythm, whatever their pitch: smoke, three beeps of half a second and a
 * pause (temporal-three, ISO 8201, NFPA 72: 0.5 s on and off, the pause 1.5 s, each within a
 * tenth), and carbon monoxide, four beeps of a tenth of a second and a pause of five seconds
 * (temporal-four, NFPA 72, UL 2034). Two rounds of the same pitch must fit, which takes 8.5
 * and 11.5 s. Pure, no allocation: one frame of 16 ms in, what begins or ends out. */
#ifndef PROTO_HEAR_ALARM_H
#define PROTO_HEAR_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/hear/episode.h"
#include "proto/hear/mel.h"

enum { ALARM_PULSES = 9 /* two rounds of the longest rhythm, and the next one's first */ };

enum alarm_kind {
	ALARM_SMOKE, /* temporal-three */
	ALARM_GAS,   /* temporal-four */
	ALARM_KINDS,
};

struct alarm_pulse {
	uint64_t start;  /* number of its first frame */
	uint32_t length; /* frames */
	float hz;
};

/* Zero-initialised. */
struct alarm {
	struct alarm_pulse pulses[ALARM_PULSES]; /* newest first */
	uint32_t count;
	struct alarm_pulse running; /* length 0: none */
	uint32_t pause;             /* frames since it was last heard */
	float loudest;              /* power of late, falls slowly */
	bool is_open;
	enum alarm_kind kind; /* of the open one, or of the one that has just ended */
	uint64_t start, last; /* frames: its first beep that was understood, its newest */
	float level;          /* mean square of its loudest frame */
};

/* `number` counts frames of MEL_HOP samples and never goes back. */
enum episode_event alarm_take(struct alarm *alarm, uint64_t number, const struct mel_frame *frame);

/* The sound ends here: true if an alarm was open and ends with it. */
bool alarm_cut(struct alarm *alarm);

#endif
