#include "proto/hear/own.h"

#include <string.h>

#include "proto/hear/exact.h"

enum {
	AGREE = 10,      /* frames that find the same delay */
	EVIDENCE = 50,   /* frames before that counts */
	LEARN = 16,      /* frames from one learning of the gains to the next */
	LEARN_MIN = 12,  /* frames in which a band of the speaker sounded */
	RISE = 64,       /* frames in which a gain rises by a decibel at most */
	MARGIN = 9,      /* decibels above what is usual, that are still the speaker's */
	RATIO_ZERO = 64, /* place of 0 dB */
};

static const float LOUD = 0.02F;        /* of all bands together: about -60 dBFS */
static const float FAINT = 1e-3F;       /* of a band: what is below is alike */
static const float RING_ON = 0.75F;     /* from one frame to the next: 60 dB in 0.8 s */
static const float FORGET = 1 / 200.0F; /* of the sums, a frame */
static const float MEAN_PART = 1 / 64.0F;
static const float SHAPE_MAX = 5; /* powers of two */
static const float FOUND = 0.45F; /* likeness; of two strangers it is below 0.3 */
static const float ALONE = 0.7F;  /* then nobody else is heard, and a gain may rise */
static const float DB = 3.0103F;  /* of a power of two */
static const float BAND_LOUD =
	3e-3F; /* of a band's loudest: what is below says nothing about gain */

static float sum_of(const float *power)
{
	float sum = 0;

	for (int band = 0; band < MEL_BANDS; band++)
		sum += power[band];
	return sum;
}

/* Logarithms, less what is usual for this side. A silence is not usual. */
static void take_shape(struct own_side *side, const float *power, bool is_loud, float *ret_shape)
{
	for (int band = 0; band < MEL_BANDS; band++) {
		float value = exact_log2(power[band] + FAINT);

		if (!side->has_mean)
			side->mean[band] = value;
		float off = value - side->mean[band];

		if (is_loud)
			side->mean[band] += MEAN_PART * off;
		ret_shape[band] = off > SHAPE_MAX ? SHAPE_MAX : off < -SHAPE_MAX ? -SHAPE_MAX : off;
	}
	side->has_mean = side->has_mean || is_loud;
}

/* ---- the speaker ---- */

static void begin_voice(struct own *own, uint64_t number)
{
	memset(own->cross, 0, sizeof(own->cross));
	memset(own->weight, 0, sizeof(own->weight));
	own->mic_weight = 0;
	own->evidence = 0;
	own->agreeing = 0;
	own->is_found = false;
	own->since = number;
}

static void add_speaker(struct own *own, uint64_t number, const float *power)
{
	static const float silence[MEL_BANDS];
	const float *given = power ? power : silence;
	float *ring = own->power[number % OWN_RING];
	const float *before = own->power[(number - 1) % OWN_RING];

	for (int band = 0; band < MEL_BANDS; band++) {
		float rest = RING_ON * before[band];

		ring[band] = given[band] > rest ? given[band] : rest;
	}
	take_shape(&own->speaker, given, sum_of(given) >= LOUD, own->shape[number % OWN_RING]);
	own->end = number + 1;
}

void own_play(struct own *own, uint64_t number, const float *power)
{
	if (own->end && number < own->end)
		return;
	if (own->end == 0 || number - own->end > OWN_RING) {
		memset(own->power, 0, sizeof(own->power));
		memset(own->shape, 0, sizeof(own->shape));
		own->end = number;
	}
	while (own->end < number)
		add_speaker(own, own->end, NULL);
	add_speaker(own, number, power);
	if (sum_of(power) < LOUD)
		return;
	if (own->last == 0 || number - own->last > OWN_REST)
		begin_voice(own, number);
	own->last = number;
}

bool own_sounds(const struct own *own, uint64_t number)
{
	uint64_t late = own->is_found ? (uint64_t)(own->delay - OWN_DELAY_MIN) : OWN_DELAYS;

	return own->last && number + (uint64_t)-OWN_DELAY_MIN >= own->since &&
	       number + (uint64_t)-OWN_DELAY_MIN <= own->last + late + OWN_TAIL;
}

/* The place of what the speaker had `delay` frames before `number`, or -1. */
static int place_of(const struct own *own, uint64_t number, int32_t delay)
{
	uint64_t at = number - (uint64_t)(int64_t)delay;

	return at < own->end && own->end - at <= OWN_RING ? (int)(at % OWN_RING) : -1;
}

/* ---- how late ---- */

static void add_delay(struct own *own, int index, const float *speaker, const float *mic)
{
	float cross = 0, weight = 0;

	for (int band = 0; band < MEL_BANDS; band++) {
		cross += speaker[band] * mic[band];
		weight += speaker[band] * speaker[band];
	}
	own->cross[index] += FORGET * (cross - own->cross[index]);
	own->weight[index] += FORGET * (weight - own->weight[index]);
}

/* -1..1. A delay at which the speaker had little to say is like nothing. */
static float likeness_at(const struct own *own, int index)
{
	float least = 0.25F * own->mic_weight;
	float weight = own->weight[index] > least ? own->weight[index] : least;

	return own->cross[index] / (exact_root(weight * own->mic_weight) + 1e-9F);
}

static void judge(struct own *own)
{
	int best = 0;

	for (int i = 1; i < OWN_DELAYS; i++)
		if (likeness_at(own, i) > likeness_at(own, best))
			best = i;
	int32_t delay = best + OWN_DELAY_MIN, moved = delay - own->best;

	own->agreeing = moved >= -1 && moved <= 1 ? own->agreeing + 1 : 0;
	own->best = delay;
	own->likeness = likeness_at(own, best);
	if (own->evidence < EVIDENCE || own->agreeing < AGREE || own->likeness < FOUND)
		return;
	own->delay = delay;
	own->is_found = true;
}

static void compare(struct own *own, uint64_t number, const float *mic)
{
	static const float silence[MEL_BANDS];
	float weight = 0;

	for (int band = 0; band < MEL_BANDS; band++)
		weight += mic[band] * mic[band];
	own->mic_weight += FORGET * (weight - own->mic_weight);
	for (int i = 0; i < OWN_DELAYS; i++) {
		int place = place_of(own, number, i + OWN_DELAY_MIN);

		add_delay(own, i, place < 0 ? silence : own->shape[place], mic);
	}
	own->evidence += own->evidence < UINT32_MAX;
	judge(own);
}

/* ---- how loud ---- */

static int median(const uint32_t *counts, uint32_t all)
{
	uint32_t below = 0;
	int place = 0;

	while (place < OWN_RATIOS - 1 && (below += counts[place]) < (all + 1) / 2)
		place++;
	return place;
}

static int decibels(float power)
{
	int value = (int)(DB * exact_log2(power + 1e-12F) + RATIO_ZERO + 0.5F);

	return value < 0 ? 0 : value >= OWN_RATIOS ? OWN_RATIOS - 1 : value;
}

static void learn_band(struct own *own, int band)
{
	uint32_t ratios[OWN_RATIOS] = {0}, some = 0;
	float loudest = 0;

	for (int i = 0; i < OWN_RING; i++)
		loudest = own->power[i][band] > loudest ? own->power[i][band] : loudest;
	for (int i = 0; i < OWN_PAST; i++) {
		if (own->heard_at[i] == 0)
			continue;
		int place = place_of(own, own->heard_at[i], own->delay);

		if (place < 0 || own->power[place][band] < BAND_LOUD * loudest + 1e-6F)
			continue;
		ratios[decibels(own->heard[i][band] / own->power[place][band])]++;
		some++;
	}
	if (some < LEARN_MIN)
		return;
	int gain = median(ratios, some) - RATIO_ZERO;

	if (own->has_gain && gain > own->gain[band])
		gain = own->gain[band] + (own->likeness >= ALONE && own->fresh % RISE == 1);
	own->gain[band] = gain;
}

static void learn(struct own *own)
{
	if (own->fresh++ % LEARN)
		return;
	for (int band = 0; band < MEL_BANDS; band++)
		learn_band(own, band);
	own->has_gain = true;
}

/* ---- the microphone ---- */

/* The loudest that the speaker was around the delay: a frame of the one is none of the other's. */
static float given_at(const struct own *own, uint64_t number, int band)
{
	float most = 0;

	for (int32_t off = -2; off <= 1; off++) {
		int place = place_of(own, number, own->delay + off);

		if (place >= 0 && own->power[place][band] > most)
			most = own->power[place][band];
	}
	return most;
}

/* The share of a frame in bands that the speaker explains. */
static float measure(const struct own *own, uint64_t number, const float *power)
{
	float all = sum_of(power), explained = 0;

	for (int band = 0; band < MEL_BANDS; band++) {
		float gain = exact_exp2((float)(own->gain[band] + MARGIN) / DB);

		if (power[band] <= gain * given_at(own, number, band))
			explained += power[band];
	}
	return all > 0 ? explained / all : 0;
}

float own_share(struct own *own, uint64_t number, const float *power)
{
	float shape[MEL_BANDS];
	bool is_loud = sum_of(power) >= LOUD;

	if (own->end == 0)
		return 0;
	take_shape(&own->mic, power, is_loud, shape);
	memcpy(own->heard[number % OWN_PAST], power, sizeof(own->heard[0]));
	own->heard_at[number % OWN_PAST] = number;
	if (!own_sounds(own, number))
		return 0;
	compare(own, number, shape);
	/* Whose it is will be known soon. */
	if (!own->is_found)
		return number < own->since + OWN_HOLD ? 1 : 0;
	learn(own);
	return measure(own, number, power);
}
