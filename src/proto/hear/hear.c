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
static const float OWN_MIN = 0.5F; /* of a frame; then it is the speaker's */

enum {
	SAMPLE_NS = 1000000000 / HEAR_HZ,
	SPEAKER_GAP_NS = 40 * 1000 * 1000, /* further off than this is not its continuation */
};

int hear_prepare(struct hear_kit *kit, struct bytes weights)
{
	mel_init(&kit->mel);
	return net_load(&kit->net, weights);
}

/* Whether a frame is loud is by all that is heard: beside its speaker's voice a room's is none. */
static void weigh_patch(const struct hear *hear, struct hear_answer *answer)
{
	uint32_t loud = 0, voiced = 0;
	float loudest = 0;

	answer->level = 0;
	for (uint32_t i = 0; i < NET_FRAMES; i++) {
		loudest = hear->level[i] > loudest ? hear->level[i] : loudest;
		if (!hear->is_own[i] && hear->level[i] > answer->level)
			answer->level = hear->level[i];
	}
	for (uint32_t i = 0; i < NET_FRAMES; i++) {
		if (hear->level[i] < LOUD_SHARE * loudest)
			continue;
		loud++;
		voiced += hear->voiced[i] && !hear->is_own[i];
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

/* One more sample; true: the window is full. */
static bool fill(struct hear_window *window, int16_t sample)
{
	window->samples[window->filled++] = (float)sample / 32768.0F;
	window->next_ns += SAMPLE_NS;
	return window->filled == MEL_WINDOW;
}

/* The full window makes way for the next, which has half of it. Returns the number of its frame. */
static uint64_t move_on(struct hear_window *window)
{
	window->filled = MEL_WINDOW - MEL_HOP;
	memmove(window->samples, window->samples + MEL_HOP,
		window->filled * sizeof(*window->samples));
	return window->next_ns / (MEL_HOP * SAMPLE_NS);
}

static void watch_frame(struct hear_watch *watch, uint64_t number, const struct mel_frame *frame)
{
	enum episode_event event;

	number = number > watch->newest ? number : watch->newest;
	watch->newest = number;
	if (watch->noise_limit > 0) {
		event = loud_take(&watch->loud, number, watch->noise_limit, frame->level);
		watch->loud_event = event ? event : watch->loud_event;
	}
	if (watch->for_alarms) {
		event = alarm_take(&watch->alarm, number, frame);
		watch->alarm_event = event ? event : watch->alarm_event;
	}
}

/* The window is full: one frame. True if an answer came of it. */
static bool take_frame(struct hear *hear, struct hear_kit *kit)
{
	struct mel_frame frame;

	mel_measure(&kit->mel, hear->mic.samples, &frame);
	uint64_t number = move_on(&hear->mic);
	bool is_own = own_share(&hear->own, number, frame.power) > OWN_MIN;

	watch_frame(&hear->watch, number, is_own ? &(struct mel_frame){0} : &frame);

	memcpy(hear->ring[hear->next], frame.power, sizeof(frame.power));
	hear->level[hear->next] = frame.level;
	hear->voiced[hear->next] = frame.harmonic >= HARMONIC_MIN && frame.pitch_hz >= PITCH_MIN_HZ;
	hear->is_own[hear->next] = is_own;
	hear->next = (hear->next + 1) % NET_FRAMES;
	hear->frames += hear->frames < NET_FRAMES;
	hear->due = hear->due ? hear->due - 1 : HEAR_STRIDE - 1;
	if (hear->due || hear->frames < NET_FRAMES)
		return false;
	make_answer(hear, kit);
	return true;
}

void hear_at(struct hear *hear, uint64_t pts_ns)
{
	hear->mic.next_ns = pts_ns;
}

void hear_speaker(struct hear *hear, const struct hear_kit *kit, const int16_t *samples,
		  size_t count, uint64_t pts_ns)
{
	struct hear_window *window = &hear->speaker;
	int64_t off = (int64_t)(pts_ns - window->next_ns);
	float power[MEL_BANDS];

	if (off > SPEAKER_GAP_NS || off < -SPEAKER_GAP_NS)
		*window = (struct hear_window){.next_ns = pts_ns};
	for (size_t i = 0; i < count; i++) {
		if (!fill(window, samples[i]))
			continue;
		mel_power(&kit->mel, window->samples, power);
		own_play(&hear->own, move_on(window), power);
	}
}

size_t hear_take(struct hear *hear, struct hear_kit *kit, const int16_t *samples, size_t count,
		 bool *ret_answered)
{
	*ret_answered = false;
	for (size_t i = 0; i < count; i++) {
		if (!fill(&hear->mic, samples[i]))
			continue;
		*ret_answered = take_frame(hear, kit);
		if (*ret_answered)
			return i + 1;
	}
	return count;
}

void hear_gap(struct hear *hear)
{
	hear->mic.filled = 0;
	hear->frames = 0;
	hear->due = 0;
}
