/* Two clocks, a speaker's and a microphone's: how much later one hears the other, and how fast that
 * grows. A Kalman filter of two states: its corrections become smaller as it knows more, so that a
 * room that has been learnt is not moved about under the filter that learnt it. Pure. */
#ifndef TRANSCODE_CLOCKS_H
#define TRANSCODE_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct clocks {
	double hz;
	double delay, rate; /* samples; samples per sample */
	double delay_variance, covariance, rate_variance;
};

/* A delay that was found, under a rate that was taken for true. */
struct clocks_seen {
	double delay;
	double age;   /* samples since what it was found in */
	double news;  /* the share of that which is new, 0 to 1 */
	double doubt; /* 1: as good as it gets here; more: somebody in the room speaks, too */
};

void clocks_start(struct clocks *clocks, uint32_t hz, double delay);
void clocks_pass(struct clocks *clocks, double samples);
void clocks_correct(struct clocks *clocks, const struct clocks_seen *seen);
/* The rate is known well enough that what is learnt now will stay true. */
bool clocks_are_known(const struct clocks *clocks);

#endif
