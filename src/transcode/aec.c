#include "transcode/aec.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "transcode/align.h"
#include "transcode/clocks.h"

enum {
	LEAD_MS = 3,   /* of the filter lie before what was found: the peak may be a wall's */
	MOVED_MS = 10, /* further off than this it is another delay */
	AGREE_MS = 2,
	AGREE_COUNT = 3,    /* estimates, 128 ms apart */
	RING = 1 << 17,     /* samples: the longest delay and what is heard again, at any rate */
	SOUND_MIN = 33,     /* root mean square of a block: -60 dB */
	REPLAY_BLOCKS = 50, /* heard again by a filter that begins anew: a second */
	TAPS = 32,          /* of the resampler */
	PHASES = 256,       /* places between two samples that it knows */
};

static const float QUALITY_MIN = 8;
static const float QUALITY_FALL = 0.998f; /* per estimate, of the best one seen */
/* Of the newest window in an estimate: while the clocks are compared, and when somebody in the room
 * who is louder than the echo must not be taken for another delay. */
static const float NEWEST_PART_SEARCHING = 0.7f, NEWEST_PART = 0.2f;
static const double RATE_COUNTS =
	10e-6; /* less than this between the clocks, and nothing learnt was wrong */
/* Of a block's power: less is left where the speaker alone sounds, more where somebody there
 * speaks. */
static const float ALONE_MAX = 0.01f, BOTH_MIN = 0.05f;
static const float REST_GAIN = 0.2f;    /* for what is left where the speaker alone sounds */
static const float CLOSING_PART = 0.3f; /* of the way there, per block; back at once */
static const float FLOOR_RISE = 1.002f; /* per block: half a decibel a second */

struct aec {
	uint32_t hz, block;
	struct align align;
	bool is_found;
	float candidate; /* samples */
	int agreeing;
	float best;       /* quality of an estimate, lately */
	uint64_t seen_at; /* when the last one was */
	bool is_settled;  /* what was learnt, was learnt at the clocks' true rate */
	struct clocks clocks;
	uint64_t now;     /* samples so far */
	uint64_t rest_at; /* when the last sound from the speaker has died away */
	float part;  /* of what is given out that went through the filter: 0 or 1 between blocks */
	float heard; /* power of the microphone's last block, which is given out next */
	float floor; /* the least power of what is given out: the room's own noise */
	float rest;  /* the gain of the last block's rest */
	const struct engine_kind *kind;
	void *engine;
	float kernel[PHASES][TAPS];
	int16_t ring[RING];       /* what the speaker was given */
	int16_t heard_ring[RING]; /* and what the microphone heard */
};

/* A windowed sinc for each place between two samples. */
static void make_kernel(struct aec *aec)
{
	const float pi = 3.14159265f;

	for (int phase = 0; phase < PHASES; phase++)
		for (int tap = 0; tap < TAPS; tap++) {
			float x = (float)(tap - TAPS / 2 + 1) - (float)phase / PHASES;
			float window = cosf(pi * x / (TAPS + 1));

			aec->kernel[phase][tap] =
				window * window * (fabsf(x) < 1e-6f ? 1 : sinf(pi * x) / (pi * x));
		}
}

int aec_create(uint32_t hz, const struct engine_kind *engine, struct aec **ret_aec)
{
	AUTO(aec) aec = calloc(1, sizeof(*aec));

	if (!aec)
		return -ENOMEM;
	aec->hz = hz;
	aec->block = hz / AEC_BLOCKS_A_SECOND;
	aec->heard = aec->rest = 1;
	aec->floor = 1e9f;
	align_init(&aec->align, hz);
	make_kernel(aec);
	aec->kind = engine;
	clocks_start(&aec->clocks, hz, 0);
	int r = engine->create(hz, &aec->engine);

	if (r < 0)
		return r;
	*ret_aec = take(aec);
	return 0;
}

void aec_destroy(struct aec *aec)
{
	if (!aec)
		return;
	if (aec->engine)
		aec->kind->destroy(aec->engine);
	free(aec);
}

static float samples_of_ms(const struct aec *aec, int ms)
{
	return (float)aec->hz * (float)ms / 1000;
}

/* The resampler looks so far ahead of what it reads. */
static double within(const struct aec *aec, double delay)
{
	return fmax(TAPS / 2, fmin(delay, RING - 2 * (double)aec->block));
}

/* What the microphone heard at `now`, as it was given to the speaker. */
static void read_reference(const struct aec *aec, uint64_t now, int16_t *ret_samples)
{
	for (uint32_t i = 0; i < aec->block; i++) {
		double since = (double)aec->seen_at - (double)(now + i);
		double delay = within(aec, aec->clocks.delay - aec->clocks.rate * since);
		double at = (double)(RING + now % RING + i) - delay;
		size_t whole = (size_t)at;
		const float *kernel = aec->kernel[(size_t)((at - (double)whole) * PHASES)];
		float sum = 0;

		for (size_t tap = 0; tap < TAPS; tap++)
			sum += kernel[tap] * aec->ring[(whole + tap - TAPS / 2 + 1) % RING];
		ret_samples[i] = (int16_t)fmaxf(-32768, fminf(32767, roundf(sum)));
	}
}

/* It learns from what it has missed, so that the echo does not stay while it learns anew. */
static void begin_anew(struct aec *aec)
{
	int16_t far[AEC_BLOCK_MAX], mic[AEC_BLOCK_MAX];
	uint64_t span = (uint64_t)REPLAY_BLOCKS * aec->block;

	aec->kind->reset(aec->engine);
	for (uint64_t at = aec->now > span ? aec->now - span : 0; at < aec->now; at += aec->block) {
		read_reference(aec, at, far);
		for (uint32_t i = 0; i < aec->block; i++)
			mic[i] = aec->heard_ring[(at + i) % RING];
		aec->kind->learn(aec->engine, far, mic);
	}
}

static void move_to(struct aec *aec, float delay)
{
	clocks_start(&aec->clocks, aec->hz, (double)delay);
	aec->seen_at = aec->now;
	aec->align.rate = 0;
	aec->align.newest_part = NEWEST_PART_SEARCHING;
	aec->best = 0;
	aec->is_settled = false;
	begin_anew(aec);
	aec->is_found = true;
}

/* Until the rate is known the filter learns a room that moves: then once more, at the true one. */
static void track(struct aec *aec, float delay)
{
	struct clocks *clocks = &aec->clocks;

	aec->best = fmaxf(QUALITY_FALL * aec->best, aec->align.quality);
	struct clocks_seen seen = {
		.delay = (double)delay,
		.age = (double)aec->align.age * aec->hz,
		.news = (double)aec->align.news,
		.doubt = (double)(aec->best / aec->align.quality),
	};

	clocks_pass(clocks, (double)(aec->now - aec->seen_at));
	aec->seen_at = aec->now;
	clocks_correct(clocks, &seen);
	aec->align.rate = (float)clocks->rate;
	if (aec->is_settled || !clocks_are_known(clocks))
		return;
	aec->is_settled = true;
	aec->align.newest_part = NEWEST_PART;
	if (fabs(clocks->rate) > RATE_COUNTS)
		begin_anew(aec);
}

/* One estimate may be wrong; three that agree are not. */
static void follow(struct aec *aec)
{
	const struct align *align = &aec->align;
	float delay = align->delay - samples_of_ms(aec, LEAD_MS);
	double since = (double)(aec->now - aec->seen_at);
	float error = delay - (float)(aec->clocks.delay + aec->clocks.rate * since);

	if (align->quality < QUALITY_MIN)
		return;
	if (fabsf(delay - aec->candidate) > samples_of_ms(aec, AGREE_MS))
		aec->agreeing = 0;
	aec->candidate = delay;
	if (++aec->agreeing < AGREE_COUNT)
		return;
	if (!aec->is_found || fabsf(error) > samples_of_ms(aec, MOVED_MS))
		move_to(aec, delay);
	else if (fabsf(error) < samples_of_ms(aec, AGREE_MS))
		track(aec, delay);
}

static void take_in(struct aec *aec, const int16_t *far, const int16_t *mic)
{
	uint64_t power = 0;

	for (uint32_t i = 0; i < aec->block; i++) {
		aec->ring[(aec->now + i) % RING] = far[i];
		aec->heard_ring[(aec->now + i) % RING] = mic[i];
		power += (uint64_t)((int32_t)far[i] * far[i]);
	}
	if (power > (uint64_t)SOUND_MIN * SOUND_MIN * aec->block)
		aec->rest_at = aec->now + (uint64_t)aec->hz * AEC_REST_MS / 1000;
}

static float power_of(const struct aec *aec, const int16_t *samples)
{
	float power = 1;

	for (uint32_t i = 0; i < aec->block; i++)
		power += (float)samples[i] * samples[i];
	return power;
}

/* How much of what is left may pass: where nearly nothing is, it is the speaker's, and goes down to
 * the room's noise, but not below: silence there would be heard as well. */
static float gain_of_rest(struct aec *aec, float left)
{
	float part = left / aec->heard;
	float quiet = fminf(1, sqrtf(aec->floor / left));
	float open = fmaxf(0, fminf(1, logf(part / ALONE_MAX) / logf(BOTH_MIN / ALONE_MAX)));
	float closed = fmaxf(REST_GAIN, quiet);

	return closed + open * (1 - closed);
}

/* Less of the speaker where it alone sounds. `clean` lies one block behind `mic`. */
static void soften_rest(struct aec *aec, const int16_t *mic, int16_t *clean)
{
	float left = power_of(aec, clean), before = aec->rest;
	float aim = gain_of_rest(aec, left);

	aec->floor = fminf(left, aec->floor * FLOOR_RISE);
	aec->rest = aim > before ? aim : before + CLOSING_PART * (aim - before);
	float step = (aec->rest - before) / (float)aec->block;

	for (uint32_t i = 0; i < aec->block; i++)
		clean[i] = (int16_t)lrintf((float)clean[i] * (before + step * (float)(i + 1)));
	aec->heard = power_of(aec, mic);
}

/* Goes over from one to the other within the block, so that nothing clicks. */
static void mix(struct aec *aec, const int16_t *mic, const int16_t *clean, int16_t *ret_out)
{
	float aim = aec->is_found && aec->now < aec->rest_at ? 1 : 0;
	float step = (aim - aec->part) / (float)aec->block;

	for (uint32_t i = 0; i < aec->block; i++) {
		float part = aec->part + step * (float)(i + 1);

		ret_out[i] = (int16_t)lrintf(part * clean[i] + (1 - part) * mic[i]);
	}
	aec->part = aim;
}

void aec_process(struct aec *aec, const int16_t *far, const int16_t *mic, int16_t *ret_out)
{
	int16_t reference[AEC_BLOCK_MAX], clean[AEC_BLOCK_MAX];

	take_in(aec, far, mic);
	if (align_feed(&aec->align, far, mic, aec->block))
		follow(aec);
	read_reference(aec, aec->now, reference);
	aec->kind->process(aec->engine, reference, mic, clean);
	soften_rest(aec, mic, clean);
	mix(aec, mic, clean, ret_out);
	aec->now += aec->block;
}
