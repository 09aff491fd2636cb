#include "transcode/clocks.h"

#include <math.h>

static const double PPM = 1e-6;
static const double RATE_MAX = 200e-6;
static const double RATE_FIRST = 100e-6; /* crystals differ by that, at first sight */
static const double RATE_KNOWN = 12e-6;
static const double RATE_WANDER = 0.2e-6; /* in a second: they warm up */
/* Of samples at 16 kHz, squared: the first delay; what a delay wanders; an estimate, all new. */
static const double DELAY_FIRST = 0.5, DELAY_WANDER = 1e-6, SEEN = 0.2;
static const double NEWS_USUAL = 0.128, NEWS_LEAST = 1e-3, LESS_MAX = 0.3;
static const double AGE_VARIANCE = 0.03; /* seconds, squared */
static const double SURPRISE_MAX = 3;    /* standard deviations */

static double square(double of)
{
	return of * of;
}

void clocks_start(struct clocks *clocks, uint32_t hz, double delay)
{
	*clocks = (struct clocks){
		.hz = hz,
		.delay = delay,
		.delay_variance = DELAY_FIRST * square(hz / 16000.0),
		.rate_variance = square(RATE_FIRST),
	};
}

void clocks_pass(struct clocks *clocks, double samples)
{
	clocks->delay += clocks->rate * samples;
	clocks->delay_variance +=
		samples * (2 * clocks->covariance + samples * clocks->rate_variance) +
		DELAY_WANDER * square(clocks->hz / 16000);
	clocks->covariance += samples * clocks->rate_variance;
	clocks->rate_variance += square(RATE_WANDER) * samples / clocks->hz;
}

void clocks_correct(struct clocks *clocks, const struct clocks_seen *seen)
{
	/* An estimate out of old sound is that of an old delay, if the rate was not the true one.
	 */
	double delay_part = clocks->delay_variance - seen->age * clocks->covariance;
	double rate_part = clocks->covariance - seen->age * clocks->rate_variance;
	double less = fmax(LESS_MAX, NEWS_USUAL / (seen->news + NEWS_LEAST));
	double noise = SEEN * square(clocks->hz / 16000) * square(square(seen->doubt));

	noise = less * (noise + AGE_VARIANCE * square(clocks->hz) * clocks->rate_variance);
	double variance = delay_part - seen->age * rate_part + noise;
	double most = SURPRISE_MAX * sqrt(variance);
	double surprise = fmax(-most, fmin(most, seen->delay - clocks->delay));
	double delay_gain = delay_part / variance, rate_gain = rate_part / variance;

	clocks->delay += delay_gain * surprise;
	clocks->rate = fmax(-RATE_MAX, fmin(RATE_MAX, clocks->rate + rate_gain * surprise));
	clocks->delay_variance -= delay_gain * delay_part;
	clocks->covariance -= delay_gain * rate_part;
	clocks->rate_variance =
		fmax(square(0.01 * PPM), clocks->rate_variance - rate_gain * rate_part);
}

bool clocks_are_known(const struct clocks *clocks)
{
	return clocks->rate_variance < square(RATE_KNOWN);
}
