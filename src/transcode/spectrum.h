/* The spectrum of a block of real samples and back, by libavutil's transform: any size of 2^n, or
 * three, five or fifteen times that. */
#ifndef TRANSCODE_SPECTRUM_H
#define TRANSCODE_SPECTRUM_H

#include <complex.h>
#include <stdint.h>

#include "base/attr.h"

enum { SPECTRUM_SIZE_MAX = 1920, SPECTRUM_BINS_MAX = SPECTRUM_SIZE_MAX / 2 + 1 };

struct spectrum;

/* `size` samples are size / 2 + 1 bins. -ENOMEM, or -ENOSYS for a size that has no transform. */
NODISCARD int spectrum_create(uint32_t size, struct spectrum **ret_spectrum);
void spectrum_destroy(struct spectrum *spectrum);
AUTO_DEFINE(spectrum)

void spectrum_of(struct spectrum *spectrum, const float *samples, float complex *ret_bins);
/* The imaginary parts of the first and the last bin count for nothing. */
void spectrum_back(struct spectrum *spectrum, const float complex *bins, float *ret_samples);

/* Written out: a product of two complex numbers that may be infinite is a call. */
static inline float complex spectrum_multiply(float complex a, float complex b)
{
	return crealf(a) * crealf(b) - cimagf(a) * cimagf(b) +
	       I * (crealf(a) * cimagf(b) + cimagf(a) * crealf(b));
}

static inline float spectrum_power(float complex of)
{
	return crealf(of) * crealf(of) + cimagf(of) * cimagf(of);
}

#endif
