#include "transcode/spectrum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/tx.h>

enum { ALIGNMENT = 64 }; /* the most that libavutil asks for */

struct spectrum {
	uint32_t size;
	AVTXContext *forward, *inverse;
	av_tx_fn run_forward, run_inverse;
	_Alignas(ALIGNMENT) float samples[SPECTRUM_SIZE_MAX + ALIGNMENT];
	_Alignas(ALIGNMENT) float complex bins[SPECTRUM_BINS_MAX + ALIGNMENT];
};

int spectrum_create(uint32_t size, struct spectrum **ret_spectrum)
{
	AUTO(spectrum) spectrum = aligned_alloc(ALIGNMENT, sizeof(*spectrum));
	float one = 1, back = 1 / (float)size;

	if (!spectrum)
		return -ENOMEM;
	memset(spectrum, 0, sizeof(*spectrum));
	spectrum->size = size;
	if (av_tx_init(&spectrum->forward, &spectrum->run_forward, AV_TX_FLOAT_RDFT, 0, (int)size,
		       &one, 0) < 0 ||
	    av_tx_init(&spectrum->inverse, &spectrum->run_inverse, AV_TX_FLOAT_RDFT, 1, (int)size,
		       &back, 0) < 0)
		return -ENOSYS;
	*ret_spectrum = take(spectrum);
	return 0;
}

void spectrum_destroy(struct spectrum *spectrum)
{
	if (!spectrum)
		return;
	av_tx_uninit(&spectrum->forward);
	av_tx_uninit(&spectrum->inverse);
	free(spectrum);
}

/* libavutil leaves there what was there, and reads it. */
static void make_ends_real(struct spectrum *spectrum)
{
	spectrum->bins[0] = crealf(spectrum->bins[0]);
	spectrum->bins[spectrum->size / 2] = crealf(spectrum->bins[spectrum->size / 2]);
}

void spectrum_of(struct spectrum *spectrum, const float *samples, float complex *ret_bins)
{
	memcpy(spectrum->samples, samples, spectrum->size * sizeof(*samples));
	spectrum->run_forward(spectrum->forward, spectrum->bins, spectrum->samples, sizeof(float));
	make_ends_real(spectrum);
	memcpy(ret_bins, spectrum->bins, (spectrum->size / 2 + 1) * sizeof(*ret_bins));
}

void spectrum_back(struct spectrum *spectrum, const float complex *bins, float *ret_samples)
{
	memcpy(spectrum->bins, bins, (spectrum->size / 2 + 1) * sizeof(*bins));
	make_ends_real(spectrum);
	spectrum->run_inverse(spectrum->inverse, spectrum->samples, spectrum->bins,
			      sizeof(float complex));
	memcpy(ret_samples, spectrum->samples, spectrum->size * sizeof(*ret_samples));
}
