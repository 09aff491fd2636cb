/* A partitioned-block adaptive filter in the frequency domain that is a Kalman filter (Enzner, Vary
 * 2006; Kuech et al. 2014): it knows how unsure it is of each frequency of each partition, and how
 * loud what it cannot explain is there. While somebody in the room speaks it learns next to nothing
 * by itself, and nothing has to notice that. Beside it a plain filter that learns fast and forgets:
 * where that is much better the room is another one, and the first takes over from it. Then
 * residue.h. */
#include "transcode/engine.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "transcode/aec.h"
#include "transcode/residue.h"
#include "transcode/spectrum.h"

enum {
	PARTITIONS = 15,      /* of one block each: 300 ms */
	BETTER_COUNT = 6,     /* blocks, that the fast filter must be better */
	WORSE_COUNT = 6,      /* or worse */
	CONSTRAINED_EACH = 4, /* block a partition of the fast filter is made causal in */
};

static const float KEPT = 0.9998f;   /* of what is known, per block: rooms change */
static const float UNSURE_DECAY = 6; /* nepers over all partitions, at first */
static const float UNSURE_LEAST = 1e-7f;
static const float LEARNT_PART = 0.25f; /* of what the formula says: bins are not independent */
static const float NEAR_FIRST = 1e-6f;
static const float NEAR_PART = 0.15f; /* of the newest block in what cannot be explained */
static const float FAST_STEP = 0.4f;
static const float ENERGY_PART = 0.2f; /* of the newest block in an error's mean */
static const float MUCH_BETTER = 0.5f, BETTER = 0.7f;
static const float GOOD_ENOUGH = 0.03f; /* of the microphone's power: -15 dB */
static const float UNSURE_AGAIN = 0.07f;
static const float SILENCE = 1e-7f; /* -70 dB */
static const float TINY = 1e-9f;

struct kalman {
	uint32_t block, bins;
	uint32_t newest; /* of the partitions of `far` */
	uint32_t count;  /* blocks so far */
	struct spectrum *spectrum;
	float window[SPECTRUM_SIZE_MAX]; /* the far end's last two blocks */
	float complex far[PARTITIONS][SPECTRUM_BINS_MAX];
	float complex main[PARTITIONS][SPECTRUM_BINS_MAX], fast[PARTITIONS][SPECTRUM_BINS_MAX];
	float unsure[PARTITIONS][SPECTRUM_BINS_MAX]; /* variance of `main` */
	float near[SPECTRUM_BINS_MAX];               /* power that cannot be explained */
	float main_energy, fast_energy, mic_energy;
	int better, worse;
	struct residue residue;
};

/* What one block is on its way through. */
struct pass {
	float main[SPECTRUM_SIZE_MAX], fast[SPECTRUM_SIZE_MAX]; /* what each leaves, after zeros */
	float echo[SPECTRUM_SIZE_MAX / 2];                      /* what `main` takes */
	float far_power[SPECTRUM_BINS_MAX], doubt[SPECTRUM_BINS_MAX];
};

static void kalman_destroy(void *engine)
{
	struct kalman *kalman = engine;

	spectrum_destroy(kalman->spectrum);
	free(kalman);
}

static void doubt(struct kalman *kalman, float part)
{
	for (int i = 0; i < PARTITIONS; i++)
		for (uint32_t k = 0; k < kalman->bins; k++)
			kalman->unsure[i][k] = fmaxf(kalman->unsure[i][k],
						     part * spectrum_power(kalman->main[i][k]));
	residue_doubt(&kalman->residue);
}

static void kalman_reset(void *engine)
{
	struct kalman *kalman = engine;

	memset(kalman->window, 0, sizeof(kalman->window));
	memset(kalman->far, 0, sizeof(kalman->far));
	memset(kalman->main, 0, sizeof(kalman->main));
	memset(kalman->fast, 0, sizeof(kalman->fast));
	for (int i = 0; i < PARTITIONS; i++)
		for (uint32_t k = 0; k < kalman->bins; k++)
			kalman->unsure[i][k] = expf(-UNSURE_DECAY * (float)i / PARTITIONS);
	for (uint32_t k = 0; k < kalman->bins; k++)
		kalman->near[k] = NEAR_FIRST;
	residue_doubt(&kalman->residue);
}

static int kalman_create(uint32_t hz, void **ret_engine)
{
	struct kalman *kalman = calloc(1, sizeof(*kalman));

	if (!kalman)
		return -ENOMEM;
	kalman->block = hz / AEC_BLOCKS_A_SECOND;
	kalman->bins = kalman->block + 1;
	int r = spectrum_create(2 * kalman->block, &kalman->spectrum);

	if (r < 0) {
		free(kalman);
		return r;
	}
	residue_init(&kalman->residue, kalman->block);
	kalman_reset(kalman);
	*ret_engine = kalman;
	return 0;
}

static const float complex *partition_of(const struct kalman *kalman, int i)
{
	return kalman->far[(kalman->newest + (uint32_t)i) % PARTITIONS];
}

static float take_far(struct kalman *kalman, const int16_t *far)
{
	float energy = 0;

	memmove(kalman->window, kalman->window + kalman->block, kalman->block * sizeof(float));
	for (uint32_t i = 0; i < kalman->block; i++) {
		float sample = (float)far[i] / 32768;

		kalman->window[kalman->block + i] = sample;
		energy += sample * sample;
	}
	kalman->newest = (kalman->newest + PARTITIONS - 1) % PARTITIONS;
	spectrum_of(kalman->spectrum, kalman->window, kalman->far[kalman->newest]);
	return energy / (float)kalman->block;
}

static float follow_energy(const struct kalman *kalman, const float *samples, float *mean)
{
	float energy = 0;

	for (uint32_t i = 0; i < kalman->block; i++)
		energy += samples[i] * samples[i];
	return *mean += ENERGY_PART * (energy - *mean);
}

/* What both filters leave of the microphone's block. */
static void filter_block(struct kalman *kalman, const int16_t *mic, struct pass *ret_pass)
{
	float complex main[SPECTRUM_BINS_MAX] = {0}, fast[SPECTRUM_BINS_MAX] = {0};
	float mains[SPECTRUM_SIZE_MAX], fasts[SPECTRUM_SIZE_MAX], heard[SPECTRUM_SIZE_MAX / 2];
	uint32_t block = kalman->block;

	for (int i = 0; i < PARTITIONS; i++) {
		const float complex *far = partition_of(kalman, i);

		for (uint32_t k = 0; k < kalman->bins; k++) {
			float power = spectrum_power(far[k]);

			main[k] += spectrum_multiply(far[k], kalman->main[i][k]);
			fast[k] += spectrum_multiply(far[k], kalman->fast[i][k]);
			ret_pass->far_power[k] += power;
			ret_pass->doubt[k] += power * kalman->unsure[i][k];
		}
	}
	spectrum_back(kalman->spectrum, main, mains);
	spectrum_back(kalman->spectrum, fast, fasts);
	for (uint32_t i = 0; i < block; i++) {
		heard[i] = (float)mic[i] / 32768;
		ret_pass->echo[i] = mains[block + i];
		ret_pass->main[block + i] = heard[i] - mains[block + i];
		ret_pass->fast[block + i] = heard[i] - fasts[block + i];
	}
	follow_energy(kalman, heard, &kalman->mic_energy);
	follow_energy(kalman, ret_pass->main + block, &kalman->main_energy);
	follow_energy(kalman, ret_pass->fast + block, &kalman->fast_energy);
}

/* Whichever of the two is clearly better, the other one learns from it. */
static void compare(struct kalman *kalman)
{
	bool is_better = kalman->fast_energy < MUCH_BETTER * kalman->main_energy &&
			 kalman->main_energy > GOOD_ENOUGH * kalman->mic_energy;

	kalman->better = is_better            ? kalman->better + 1
			 : kalman->better > 0 ? kalman->better - 1
					      : 0;
	if (kalman->better > BETTER_COUNT) {
		memcpy(kalman->main, kalman->fast, sizeof(kalman->main));
		doubt(kalman, UNSURE_AGAIN);
		kalman->better = 0;
	}
	if (kalman->main_energy < BETTER * kalman->fast_energy && ++kalman->worse > WORSE_COUNT) {
		memcpy(kalman->fast, kalman->main, sizeof(kalman->fast));
		kalman->worse = 0;
	}
}

/* A filter is no longer than its partition: what lies behind it is an artefact of the circle. */
static void constrain(const struct kalman *kalman, float complex *bins)
{
	float samples[SPECTRUM_SIZE_MAX];

	spectrum_back(kalman->spectrum, bins, samples);
	memset(samples + kalman->block, 0, kalman->block * sizeof(*samples));
	spectrum_of(kalman->spectrum, samples, bins);
}

static void adapt_main(struct kalman *kalman, const struct pass *pass, const float complex *error)
{
	for (int i = 0; i < PARTITIONS; i++) {
		const float complex *far = partition_of(kalman, i);
		float complex *main = kalman->main[i], change[SPECTRUM_BINS_MAX];
		float *unsure = kalman->unsure[i];

		for (uint32_t k = 0; k < kalman->bins; k++) {
			float near = fmaxf(kalman->near[k], spectrum_power(error[k]));
			float gain = unsure[k] / (pass->doubt[k] + near + TINY);
			float learnt = LEARNT_PART * gain * spectrum_power(far[k]);

			change[k] = gain * spectrum_multiply(conjf(far[k]), error[k]);
			unsure[k] = KEPT * fmaxf(0, 1 - learnt) * unsure[k] +
				    (1 - KEPT) * (spectrum_power(main[k]) + UNSURE_LEAST);
		}
		constrain(kalman, change);
		for (uint32_t k = 0; k < kalman->bins; k++)
			main[k] += change[k];
	}
}

static void adapt_fast(struct kalman *kalman, const struct pass *pass, const float complex *error)
{
	float step[SPECTRUM_BINS_MAX];

	for (uint32_t k = 0; k < kalman->bins; k++)
		step[k] = FAST_STEP / (pass->far_power[k] + 2e-6f * (float)kalman->block);
	for (int i = 0; i < PARTITIONS; i++) {
		const float complex *far = partition_of(kalman, i);
		float complex *fast = kalman->fast[i];

		for (uint32_t k = 0; k < kalman->bins; k++)
			fast[k] += step[k] * spectrum_multiply(conjf(far[k]), error[k]);
		if ((kalman->count + (uint32_t)i) % CONSTRAINED_EACH == 0)
			constrain(kalman, fast);
	}
}

static void adapt(struct kalman *kalman, const struct pass *pass)
{
	float complex main[SPECTRUM_BINS_MAX], fast[SPECTRUM_BINS_MAX];

	compare(kalman);
	spectrum_of(kalman->spectrum, pass->main, main);
	spectrum_of(kalman->spectrum, pass->fast, fast);
	for (uint32_t k = 0; k < kalman->bins; k++)
		kalman->near[k] += NEAR_PART * (spectrum_power(main[k]) - kalman->near[k]);
	adapt_main(kalman, pass, main);
	adapt_fast(kalman, pass, fast);
}

static void run(struct kalman *kalman, const int16_t *far, const int16_t *mic, struct pass *pass)
{
	float loud = take_far(kalman, far);

	filter_block(kalman, mic, pass);
	kalman->count++;
	if (loud > SILENCE)
		adapt(kalman, pass);
}

static void kalman_learn(void *engine, const int16_t *far, const int16_t *mic)
{
	struct pass pass = {0};

	run(engine, far, mic, &pass);
}

static void kalman_process(void *engine, const int16_t *far, const int16_t *mic, int16_t *ret_out)
{
	struct kalman *kalman = engine;
	struct pass pass = {0};

	run(kalman, far, mic, &pass);
	residue_take(&kalman->residue, kalman->spectrum, pass.main + kalman->block, pass.echo,
		     ret_out);
}

const struct engine_kind ENGINE_KALMAN = {
	.name = "kalman",
	.create = kalman_create,
	.destroy = kalman_destroy,
	.reset = kalman_reset,
	.learn = kalman_learn,
	.process = kalman_process,
};
