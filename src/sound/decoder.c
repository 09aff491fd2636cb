#include "sound/decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>

struct decoder {
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *frame;
	uint8_t input[DECODER_INPUT_MAX + AV_INPUT_BUFFER_PADDING_SIZE];
};

static const enum AVCodecID CODECS[CODEC_COUNT] = {
	[CODEC_AAC] = AV_CODEC_ID_AAC,
	[CODEC_OPUS] = AV_CODEC_ID_OPUS,
	[CODEC_PCMU] = AV_CODEC_ID_PCM_MULAW,
	[CODEC_PCMA] = AV_CODEC_ID_PCM_ALAW,
};

int decoder_warm_up(void)
{
	/* AAC-LC, 48 kHz, two channels; G.711 does not look at it. */
	static const uint8_t config[] = {0x11, 0x90};
	struct ipc_track track = {.clock_hz = 8000, .channels = 1};

	for (uint32_t codec = 0; codec < CODEC_COUNT; codec++) {
		struct decoder *decoder;

		if (CODECS[codec] == AV_CODEC_ID_NONE)
			continue;
		track.codec = codec;
		int r = decoder_create(&track, (struct bytes){config, sizeof(config)}, &decoder);

		if (r < 0)
			return r;
		decoder_destroy(decoder);
	}
	return 0;
}

static int set_config(AVCodecContext *context, struct bytes config)
{
	context->extradata = av_mallocz(config.size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!context->extradata)
		return -ENOMEM;
	memcpy(context->extradata, config.data, config.size);
	context->extradata_size = (int)config.size;
	return 0;
}

static int open_decoder(struct decoder *decoder, const struct ipc_track *track, struct bytes config)
{
	const AVCodec *codec = avcodec_find_decoder(CODECS[track->codec]);

	/* It would print a line for each bad frame; here they are counted. */
	av_log_set_level(AV_LOG_QUIET);
	decoder->context = codec ? avcodec_alloc_context3(codec) : NULL;
	decoder->packet = av_packet_alloc();
	decoder->frame = av_frame_alloc();
	if (!decoder->context || !decoder->packet || !decoder->frame)
		return -ENOMEM;
	decoder->context->thread_count = 1;
	if (track->codec == CODEC_AAC) {
		if (config.size < 2 || config.size > DECODER_CONFIG_MAX)
			return -EBADMSG;
		int r = set_config(decoder->context, config);

		if (r < 0)
			return r;
	} else if (track->codec == CODEC_OPUS) {
		/* RFC 7587: always 48 kHz; what is in a packet it says itself. */
		decoder->context->sample_rate = 48000;
		av_channel_layout_default(&decoder->context->ch_layout, 2);
	} else {
		/* One channel; at 8 kHz, unless it is our own. */
		bool is_known = track->clock_hz >= DECODER_HZ_MIN && track->clock_hz <= DECODER_HZ_MAX;

		decoder->context->sample_rate = is_known ? (int)track->clock_hz : 8000;
		av_channel_layout_default(&decoder->context->ch_layout, 1);
	}
	return avcodec_open2(decoder->context, codec, NULL) < 0 ? -EBADMSG : 0;
}

int decoder_create(const struct ipc_track *track, struct bytes config, struct decoder **ret_decoder)
{
	if (track->codec >= CODEC_COUNT || CODECS[track->codec] == AV_CODEC_ID_NONE)
		return -EPROTONOSUPPORT;
	AUTO(decoder) decoder = calloc(1, sizeof(*decoder));
	int r = decoder ? open_decoder(decoder, track, config) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_decoder = take(decoder);
	return 0;
}

void decoder_destroy(struct decoder *decoder)
{
	if (!decoder)
		return;
	avcodec_free_context(&decoder->context);
	av_packet_free(&decoder->packet);
	av_frame_free(&decoder->frame);
	free(decoder);
}

static bool is_within_limits(const AVFrame *frame)
{
	return frame->sample_rate >= DECODER_HZ_MIN && frame->sample_rate <= DECODER_HZ_MAX &&
	       frame->ch_layout.nb_channels >= 1 &&
	       frame->ch_layout.nb_channels <= DECODER_CHANNELS_MAX && frame->nb_samples >= 1 &&
	       frame->nb_samples <= DECODER_SAMPLES_MAX;
}

int decoder_decode(struct decoder *decoder, struct bytes input, struct AVFrame **ret_frame)
{
	if (input.size == 0 || input.size > DECODER_INPUT_MAX)
		return -EBADMSG;
	/* libavcodec reads a little past the end: it gets a copy with room for that. */
	memcpy(decoder->input, input.data, input.size);
	memset(decoder->input + input.size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
	decoder->packet->data = decoder->input;
	decoder->packet->size = (int)input.size;
	int sent = avcodec_send_packet(decoder->context, decoder->packet);
	int r = sent < 0 ? sent : avcodec_receive_frame(decoder->context, decoder->frame);

	decoder->packet->data = NULL;
	decoder->packet->size = 0;
	if (r == AVERROR(EAGAIN))
		return -EAGAIN;
	if (r < 0 || !is_within_limits(decoder->frame))
		return -EBADMSG;
	*ret_frame = decoder->frame;
	return 0;
}
