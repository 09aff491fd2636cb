#include "ear/intake.h"

#include <errno.h>
#include <stdlib.h>

#include <libavutil/frame.h>
#include <libswresample/swresample.h>

#include "base/clock.h"
#include "sound/decoder.h"

enum {
	/* What one frame can become, and what the resampler held back. */
	SAMPLES_MAX = DECODER_SAMPLES_MAX * (INTAKE_HZ / DECODER_HZ_MIN + 1) + 256,
};

/* What the resampler was made for. */
struct shape {
	int hz, format, channels;
};

struct intake {
	struct decoder *decoder;
	SwrContext *resampler;
	struct shape shape;
	uint64_t end_ns; /* of the last frame, by its own time */
	bool has_gap;
	int16_t samples[SAMPLES_MAX];
};

int intake_warm_up(void)
{
	static const uint8_t silence[160];
	const struct ipc_track track = {.codec = CODEC_PCMU, .clock_hz = 8000, .channels = 1};
	const struct ipc_frame frame = {.size = sizeof(silence)};
	AUTO(intake) intake = NULL;
	struct intake_output output;
	int r = decoder_warm_up();

	if (r == 0)
		r = intake_create(&track, (struct bytes){NULL, 0}, &intake);
	return r < 0 ? r
		     : intake_feed(intake, (struct bytes){silence, sizeof(silence)}, &frame,
				   &output);
}

int intake_create(const struct ipc_track *track, struct bytes config, struct intake **ret_intake)
{
	AUTO(intake) intake = calloc(1, sizeof(*intake));
	int r = intake ? decoder_create(track, config, &intake->decoder) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_intake = take(intake);
	return 0;
}

void intake_destroy(struct intake *intake)
{
	if (!intake)
		return;
	decoder_destroy(intake->decoder);
	swr_free(&intake->resampler);
	free(intake);
}

static int restart(struct intake *intake, AVFrame *frame)
{
	AVChannelLayout mono = {0};

	swr_free(&intake->resampler);
	av_channel_layout_default(&mono, 1);
	int r = swr_alloc_set_opts2(&intake->resampler, &mono, AV_SAMPLE_FMT_S16, INTAKE_HZ,
				    &frame->ch_layout, frame->format, frame->sample_rate, 0, NULL);

	av_channel_layout_uninit(&mono);
	if (r < 0 || swr_init(intake->resampler) < 0)
		return -EBADMSG;
	intake->shape =
		(struct shape){frame->sample_rate, frame->format, frame->ch_layout.nb_channels};
	return 0;
}

static bool has_shape(const struct intake *intake, const AVFrame *frame)
{
	return intake->resampler && intake->shape.hz == frame->sample_rate &&
	       intake->shape.format == frame->format &&
	       intake->shape.channels == frame->ch_layout.nb_channels;
}

/* Does it begin where the last one ended? */
static bool continues(const struct intake *intake, uint64_t pts_ns)
{
	int64_t jump = (int64_t)(pts_ns - intake->end_ns);

	return jump > -(int64_t)INTAKE_GAP_NS_MAX && jump < INTAKE_GAP_NS_MAX;
}

int intake_feed(struct intake *intake, struct bytes frame, const struct ipc_frame *about,
		struct intake_output *ret_output)
{
	struct AVFrame *decoded;
	bool is_gap = intake->has_gap || about->flags & FRAME_AFTER_GAP ||
		      !continues(intake, about->pts_ns);
	int r = decoder_decode(intake->decoder, frame, &decoded);

	if (r == -EAGAIN) {
		*ret_output = (struct intake_output){.samples = intake->samples};
		return 0;
	}
	if (r == 0 && (is_gap || !has_shape(intake, decoded)))
		r = restart(intake, decoded);
	intake->has_gap = r < 0;
	if (r < 0)
		return r;
	uint8_t *out[1] = {(uint8_t *)intake->samples};
	/* swr_convert only reads; its prototype lacks the inner const in this version. */
	const uint8_t **in = (const uint8_t **)(void *)decoded->extended_data;
	int made = swr_convert(intake->resampler, out, SAMPLES_MAX, in, decoded->nb_samples);

	if (made < 0)
		return -EBADMSG;
	intake->end_ns = about->pts_ns + (uint64_t)decoded->nb_samples * CLOCK_NS_PER_S /
						 (uint64_t)decoded->sample_rate;
	*ret_output = (struct intake_output){intake->samples, (size_t)made, about->pts_ns, is_gap};
	return 0;
}
