#include "proto/hear/hear.h"

#include <string.h>

/* The numbers are chosen on recordings held out of the training, see docs/design/hearing.md. */
const struct episode_rule HEAR_RULES[HEAR_LEVEL_COUNT] = {
	[HEAR_OFF] = {2.0F, EPISODE_VOTES + 1},
	[HEAR_LOW] = {0.95F, 6},
	[HEAR_NORMAL] = {0.9F, 4},
	[HEAR_HIGH] = {0.8F, 3},
};

static const float LEVEL_MIN = 1e-6F;    /* -60 dBFS: quieter is nothing */
static const float LOUD_SHARE = 0.03F;   /* of the loudest frame's power: 15 dB below it */
static const float HARMONIC_MIN = 0.55F; /* of a frame that counts as voiced */
static const float VOICED_MIN = 0.2F;    /* share of the loud frames */
static const float PITCH_MIN_HZ = 250.0F;

int hear_prepare(struct hear_kit *kit, struct bytes weights)
{
	mel_init(&kit->mel);
	return net_load(&kit->net, weights);
}

static void weigh_patch(const struct hear *hear, struct hear_answer *answer)
{
	uint32_t loud = 0, voiced = 0;

	answer->level = 0;
	for (uint32_t i = 0; i < NET_FRAMES; i++)
		answer->level = hear->level[i] > answer->level ? hear->level[i] : answer->level;
	for (uint32_t i = 0; i < NET_FRAMES; i++) {
		if (hear->level[i] < LOUD_SHARE * answer->level)
			continue;
		loud++;
		voiced += hear->voiced[i];
	}
	answer->voiced = loud ? (float)voiced / (float)loud : 0;
}

static void make_answer(struct hear *hear, struct hear_kit *kit)
{
	struct hear_answer *answer = &hear->answer;

	weigh_patch(hear, answer);
	answer->score = 0;
	if (answer->level < LEVEL_MIN || answer->voiced < VOICED_MIN)
		return;
	net_patch(hear->ring[0], hear->next, kit->patch);
	answer->score = net_run(&kit->net, &kit->scratch, kit->patch);
}

/* The window is full: one frame. True if an answer came of it. */
static bool take_frame(struct hear *hear, struct hear_kit *kit)
{
	struct mel_frame frame;

	mel_measure(&kit->mel, hear->window, &frame);
	memcpy(hear->ring[hear->next], frame.power, sizeof(frame.power));
	hear->level[hear->next] = frame.level;
	hear->voiced[hear->next] = frame.harmonic >= HARMONIC_MIN && frame.pitch_hz >= PITCH_MIN_HZ;
	hear->next = (hear->next + 1) % NET_FRAMES;
	hear->filled = MEL_WINDOW - MEL_HOP;
	memmove(hear->window, hear->window + MEL_HOP, hear->filled * sizeof(*hear->window));
	hear->frames += hear->frames < NET_FRAMES;
	hear->due = hear->due ? hear->due - 1 : HEAR_STRIDE - 1;
	if (hear->due || hear->frames < NET_FRAMES)
		return false;
	make_answer(hear, kit);
	return true;
}

size_t hear_take(struct hear *hear, struct hear_kit *kit, const int16_t *samples, size_t count,
		 bool *ret_answered)
{
	*ret_answered = false;
	for (size_t i = 0; i < count; i++) {
		hear->window[hear->filled++] = (float)samples[i] / 32768.0F;
		if (hear->filled < MEL_WINDOW)
			continue;
		*ret_answered = take_frame(hear, kit);
		if (*ret_answered)
			return i + 1;
	}
	return count;
}

void hear_gap(struct hear *hear)
{
	hear->filled = 0;
	hear->frames = 0;
	hear->due = 0;
}
