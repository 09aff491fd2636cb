#include "transcode/recoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <opus.h>

#include "base/clock.h"
#include "sound/decoder.h"
#include "transcode/timeline.h"

enum {
	CHANNELS_MAX = 2,
	/* What one frame can become, and what may wait from the one before. */
	PCM_MAX = DECODER_SAMPLES_MAX * (RECODER_HZ / DECODER_HZ_MIN + 1) + 2 * RECODER_BLOCK,
	/* A frame that begins this far from where the last one ended is not its continuation. */
	JUMP_NS_MAX = 40 * 1000 * 1000,
	BITS_PER_S_MONO = 40000,
	BITS_PER_S_STEREO = 48000,
	LOSS_PERCENT = 5, /* what the encoder prepares for with its in-band FEC */
};

/* What the resampler was made for. */
struct shape {
	int hz, format, channels;
};

struct recoder {
	struct decoder *decoder;
	SwrContext *resampler;
	struct shape shape;
	struct timeline timeline;
	OpusEncoder *encoder;
	opus_int32 lookahead; /* samples the encoder's output lies behind its input */
	uint32_t channels;
	bool has_gap;
	recoder_filter_fn *filter; /* NULL: none */
	void *filter_context;
	uint64_t samples_out; /* encoded since the timeline's reset */
	size_t pcm_size;      /* samples of one channel that wait */
	uint8_t packet[RECODER_FRAME_SIZE_MAX];
	int16_t pcm[PCM_MAX * CHANNELS_MAX];
};

int recoder_warm_up(void)
{
	static const uint8_t silence[160];
	const struct ipc_track track = {.codec = CODEC_PCMU, .clock_hz = 8000, .channels = 1};
	AUTO(recoder) recoder = NULL;
	int r = decoder_warm_up();

	if (r == 0)
		r = recoder_create(&track, (struct bytes){NULL, 0}, &recoder);
	if (r < 0)
		return r;
	struct AVFrame *frame;

	return decoder_decode(recoder->decoder, (struct bytes){silence, sizeof(silence)}, &frame);
}

static int open_encoder(struct recoder *recoder)
{
	int error = 0;

	/* VOIP: in-band FEC exists only in this application's modes. */
	recoder->encoder = opus_encoder_create(RECODER_HZ, (int)recoder->channels,
					       OPUS_APPLICATION_VOIP, &error);
	if (error != OPUS_OK)
		return -ENOMEM;
	opus_encoder_ctl(recoder->encoder, OPUS_SET_BITRATE(recoder->channels == 2
								    ? BITS_PER_S_STEREO
								    : BITS_PER_S_MONO));
	opus_encoder_ctl(recoder->encoder, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(recoder->encoder, OPUS_SET_PACKET_LOSS_PERC(LOSS_PERCENT));
	opus_encoder_ctl(recoder->encoder, OPUS_SET_COMPLEXITY(5));
	opus_encoder_ctl(recoder->encoder, OPUS_GET_LOOKAHEAD(&recoder->lookahead));
	return 0;
}

int recoder_create(const struct ipc_track *track, struct bytes config, struct recoder **ret_recoder)
{
	AUTO(recoder) recoder = calloc(1, sizeof(*recoder));

	if (!recoder)
		return -ENOMEM;
	/* The camera says how many channels it sends; more than two are mixed down. */
	recoder->channels = track->codec == CODEC_AAC && track->channels >= 2 ? 2 : 1;
	int r = decoder_create(track, config, &recoder->decoder);

	if (r == 0)
		r = open_encoder(recoder);
	if (r < 0)
		return r;
	*ret_recoder = take(recoder);
	return 0;
}

void recoder_destroy(struct recoder *recoder)
{
	if (!recoder)
		return;
	decoder_destroy(recoder->decoder);
	swr_free(&recoder->resampler);
	if (recoder->encoder)
		opus_encoder_destroy(recoder->encoder);
	free(recoder);
}

void recoder_set_filter(struct recoder *recoder, recoder_filter_fn *filter, void *context)
{
	recoder->filter = filter;
	recoder->filter_context = context;
}

uint32_t recoder_channels(const struct recoder *recoder)
{
	return recoder->channels;
}

/* Begins anew at a frame that does not continue what came before: what waits is a part of a block
 * whose rest will never come. */
static int restart(struct recoder *recoder, AVFrame *frame)
{
	AVChannelLayout out = {0};

	swr_free(&recoder->resampler);
	av_channel_layout_default(&out, (int)recoder->channels);
	int r = swr_alloc_set_opts2(&recoder->resampler, &out, AV_SAMPLE_FMT_S16, RECODER_HZ,
				    &frame->ch_layout, frame->format, frame->sample_rate, 0, NULL);

	av_channel_layout_uninit(&out);
	if (r < 0 || swr_init(recoder->resampler) < 0)
		return -EBADMSG;
	timeline_reset(&recoder->timeline, (uint32_t)frame->sample_rate);
	recoder->shape =
		(struct shape){frame->sample_rate, frame->format, frame->ch_layout.nb_channels};
	recoder->has_gap = recoder->has_gap || recoder->samples_out > 0;
	recoder->samples_out = 0;
	recoder->pcm_size = 0;
	return 0;
}

static bool continues(const struct recoder *recoder, const AVFrame *frame, uint64_t pts_ns)
{
	const struct shape *shape = &recoder->shape;

	if (!recoder->resampler || recoder->timeline.mark_count == 0)
		return false;
	if (shape->hz != frame->sample_rate || shape->format != frame->format ||
	    shape->channels != frame->ch_layout.nb_channels)
		return false;
	int64_t jump = (int64_t)(pts_ns - timeline_end_ns(&recoder->timeline));

	return jump > -(int64_t)JUMP_NS_MAX && jump < JUMP_NS_MAX;
}

static int resample(struct recoder *recoder, const AVFrame *frame)
{
	int16_t *end = recoder->pcm + recoder->pcm_size * recoder->channels;
	uint8_t *out[1] = {(uint8_t *)end};
	/* swr_convert only reads; its prototype lacks the inner const in this version. */
	const uint8_t **in = (const uint8_t **)(void *)frame->extended_data;
	int made = swr_convert(recoder->resampler, out, PCM_MAX - (int)recoder->pcm_size, in,
			       frame->nb_samples);

	if (made < 0)
		return -EBADMSG;
	recoder->pcm_size += (size_t)made;
	return 0;
}

/* Encodes the blocks that are complete. */
static void encode_blocks(struct recoder *recoder, recoder_output_fn *output, void *context)
{
	size_t used = 0;

	for (; recoder->pcm_size - used >= RECODER_BLOCK; used += RECODER_BLOCK) {
		int64_t first = (int64_t)recoder->samples_out - recoder->lookahead;
		int16_t *pcm = recoder->pcm + used * recoder->channels;

		if (recoder->filter)
			recoder->filter(recoder->filter_context, pcm, recoder->channels,
					timeline_pts_ns(&recoder->timeline,
							(int64_t)recoder->samples_out));
		opus_int32 size = opus_encode(recoder->encoder, pcm, RECODER_BLOCK,
					      recoder->packet, RECODER_FRAME_SIZE_MAX);

		recoder->samples_out += RECODER_BLOCK;
		if (size <= 0) {
			recoder->has_gap = true;
			continue;
		}
		struct recoder_output block = {
			.data = {recoder->packet, (size_t)size},
			.pts_ns = timeline_pts_ns(&recoder->timeline, first),
			.after_gap = recoder->has_gap,
		};

		recoder->has_gap = false;
		output(context, &block);
	}
	memmove(recoder->pcm, recoder->pcm + used * recoder->channels,
		(recoder->pcm_size - used) * recoder->channels * sizeof(int16_t));
	recoder->pcm_size -= used;
}

int recoder_feed(struct recoder *recoder, const struct recoder_input *input,
		 recoder_output_fn *output, void *context)
{
	struct AVFrame *frame;

	recoder->has_gap = recoder->has_gap || input->after_gap;
	int r = decoder_decode(recoder->decoder, input->data, &frame);

	if (r == -EAGAIN)
		return 0;
	if (r < 0) {
		recoder->has_gap = true;
		return r;
	}
	if (!continues(recoder, frame, input->pts_ns))
		r = restart(recoder, frame);
	if (r < 0)
		return r;
	timeline_add(&recoder->timeline, (uint32_t)frame->nb_samples, input->pts_ns);
	r = resample(recoder, frame);
	if (r < 0)
		return r;
	encode_blocks(recoder, output, context);
	return 0;
}
