#include "proto/hear/alarm.h"

#include <string.h>

enum {
	A_SECOND = 125,  /* frames are 16 ms: in halves of one, times are exact */
	REST = 2,        /* frames without it end a beep */
	LENGTH_MAX = 60, /* a beep is no siren */
};

static const float TONE_MIN = 0.3F;   /* of a frame's power lies in its tone */
static const float LEVEL_MIN = 1e-5F; /* -50 dBFS */
static const float PART_MIN = 0.16F;  /* of the loudest power: what a room rings on is below */
static const float FALL = 0.985F;     /* of that, per frame: 8 dB a second */
static const float SAME_HZ = 0.05F;   /* apart, as a part */

/* Times in halves of a frame, which are 8 ms: 125 a second. From a beep's start to the next one's.
 */
static const struct rhythm {
	uint32_t group;                  /* beeps, then a pause */
	uint32_t length_min, length_max; /* of a beep, frames */
	uint32_t near_min, near_max, far_min, far_max;
	uint32_t end; /* without a beep so long it is over */
} RHYTHMS[ALARM_KINDS] = {
	[ALARM_SMOKE] = {3, 23, 46, A_SECOND * 88 / 100, A_SECOND * 112 / 100, A_SECOND * 178 / 100,
			 A_SECOND * 222 / 100, A_SECOND * 10},
	[ALARM_GAS] = {4, 4, 12, A_SECOND * 16 / 100, A_SECOND * 24 / 100, A_SECOND * 450 / 100,
		       A_SECOND * 570 / 100, A_SECOND * 15},
};

static bool is_beep(const struct rhythm *rhythm, const struct alarm_pulse *pulse, float hz)
{
	float off = pulse->hz > hz ? pulse->hz - hz : hz - pulse->hz;

	return pulse->length >= rhythm->length_min && pulse->length <= rhythm->length_max &&
	       off <= SAME_HZ * hz;
}

/* Two rounds, of which the newest beep is number `phase` of its own. */
static bool fits_phase(const struct alarm *alarm, const struct rhythm *rhythm, uint32_t phase)
{
	for (uint32_t i = 0; i < 2 * rhythm->group; i++) {
		uint64_t apart = 2 * (alarm->pulses[i].start - alarm->pulses[i + 1].start);
		bool is_far = i % rhythm->group == phase;

		if (apart < (is_far ? rhythm->far_min : rhythm->near_min) ||
		    apart > (is_far ? rhythm->far_max : rhythm->near_max))
			return false;
	}
	return true;
}

static bool fits(const struct alarm *alarm, const struct rhythm *rhythm)
{
	if (alarm->count <= 2 * rhythm->group)
		return false;
	for (uint32_t i = 0; i <= 2 * rhythm->group; i++)
		if (!is_beep(rhythm, &alarm->pulses[i], alarm->pulses[0].hz))
			return false;
	for (uint32_t phase = 0; phase < rhythm->group; phase++)
		if (fits_phase(alarm, rhythm, phase))
			return true;
	return false;
}

static enum episode_event begin(struct alarm *alarm)
{
	for (uint32_t kind = 0; kind < ALARM_KINDS; kind++) {
		if (!fits(alarm, &RHYTHMS[kind]))
			continue;
		alarm->is_open = true;
		alarm->kind = (enum alarm_kind)kind;
		alarm->start = alarm->pulses[2 * RHYTHMS[kind].group].start;
		alarm->last = alarm->pulses[0].start;
		return EPISODE_STARTED;
	}
	return EPISODE_NONE;
}

static enum episode_event end_pulse(struct alarm *alarm)
{
	memmove(alarm->pulses + 1, alarm->pulses, sizeof(alarm->pulses) - sizeof(*alarm->pulses));
	alarm->pulses[0] = alarm->running;
	alarm->running.length = 0;
	alarm->count += alarm->count < ALARM_PULSES;
	if (!alarm->is_open)
		return begin(alarm);
	/* Now one may be missed: a single beep like it is enough. */
	if (is_beep(&RHYTHMS[alarm->kind], &alarm->pulses[0], alarm->pulses[1].hz))
		alarm->last = alarm->pulses[0].start;
	return EPISODE_NONE;
}

static bool is_on(struct alarm *alarm, const struct mel_frame *frame)
{
	float power = frame->tone * frame->level;

	alarm->loudest = power > FALL * alarm->loudest ? power : FALL * alarm->loudest;
	return frame->tone >= TONE_MIN && frame->level >= LEVEL_MIN &&
	       power >= PART_MIN * alarm->loudest;
}

static void take_beep(struct alarm *alarm, uint64_t number, const struct mel_frame *frame)
{
	struct alarm_pulse *running = &alarm->running;

	if (!alarm->is_open && running->length == 0 && alarm->pause > A_SECOND)
		alarm->level = 0;
	if (running->length == 0)
		*running = (struct alarm_pulse){.start = number, .hz = frame->tone_hz};
	running->length = (uint32_t)(number - running->start) + 1;
	/* The pitch of its loudest part; where it begins and ends it is smeared. */
	if (frame->tone * frame->level >= alarm->loudest)
		running->hz = frame->tone_hz;
	alarm->level = frame->level > alarm->level ? frame->level : alarm->level;
	alarm->pause = 0;
}

enum episode_event alarm_take(struct alarm *alarm, uint64_t number, const struct mel_frame *frame)
{
	enum episode_event event = EPISODE_NONE;

	if (is_on(alarm, frame))
		take_beep(alarm, number, frame);
	else
		alarm->pause += alarm->pause < UINT32_MAX;
	if (alarm->running.length > LENGTH_MAX)
		alarm->count = 0;
	if (alarm->running.length && alarm->pause >= REST)
		event = end_pulse(alarm);
	if (alarm->is_open && 2 * (number - alarm->last) > RHYTHMS[alarm->kind].end) {
		alarm->is_open = false;
		alarm->count = 0;
		return EPISODE_ENDED;
	}
	return event;
}

bool alarm_cut(struct alarm *alarm)
{
	bool was_open = alarm->is_open;

	*alarm = (struct alarm){.kind = alarm->kind, .last = alarm->last, .level = alarm->level};
	return was_open;
}
