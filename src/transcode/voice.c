#include "transcode/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
#include <opus.h>

enum {
	BLOCKS_A_SECOND = 50,
	HZ_MIN = 8000,
	HZ_MAX = 48000,
	CHANNELS_MAX = 2,
	AAC_BITS_PER_S = 64000,
	NS_PER_S = 1000000000,
};

static const enum AVCodecID CODECS[CODEC_COUNT] = {
	[CODEC_PCMU] = AV_CODEC_ID_PCM_MULAW,
	[CODEC_PCMA] = AV_CODEC_ID_PCM_ALAW,
	[CODEC_AAC] = AV_CODEC_ID_AAC,
};

struct voice {
	OpusDecoder *decoder;
	SwrContext *resampler;
	AVAudioFifo *waiting; /* resampled, less than a block */
	AVCodecContext *encoder;
	AVFrame *frame, *resampled;
	AVPacket *packet;
	int block; /* samples */
	bool is_begun;
	uint64_t due_ns;    /* when what was decoded last ends */
	uint64_t base_ns;   /* of the first sample of the run */
	uint64_t taken;     /* samples of it that were given out */
	int16_t pcm[VOICE_PACKET_SAMPLES];
};

static int open_encoder(struct voice *voice, const struct ipc_track *speaker)
{
	const AVCodec *codec = avcodec_find_encoder(CODECS[speaker->codec]);
	AVCodecContext *encoder = codec ? avcodec_alloc_context3(codec) : NULL;

	if (!encoder)
		return -ENOMEM;
	voice->encoder = encoder;
	encoder->sample_fmt = codec->sample_fmts[0];
	encoder->sample_rate = (int)speaker->clock_hz;
	encoder->time_base = (AVRational){1, encoder->sample_rate};
	encoder->bit_rate = AAC_BITS_PER_S;
	encoder->thread_count = 1;
	encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	av_channel_layout_default(&encoder->ch_layout, (int)speaker->channels);
	if (avcodec_open2(encoder, codec, NULL) < 0)
		return -EPROTONOSUPPORT;
	voice->block = encoder->frame_size ? encoder->frame_size
					   : encoder->sample_rate / BLOCKS_A_SECOND;
	return 0;
}

static AVFrame *make_frame(const struct voice *voice, int samples)
{
	AVFrame *frame = av_frame_alloc();

	if (!frame)
		return NULL;
	frame->nb_samples = samples;
	frame->format = voice->encoder->sample_fmt;
	frame->sample_rate = voice->encoder->sample_rate;
	if (av_channel_layout_copy(&frame->ch_layout, &voice->encoder->ch_layout) < 0 ||
	    av_frame_get_buffer(frame, 0) < 0)
		av_frame_free(&frame);
	return frame;
}

static int open_resampler(struct voice *voice)
{
	const AVCodecContext *encoder = voice->encoder;
	AVChannelLayout out = encoder->ch_layout, mono = AV_CHANNEL_LAYOUT_MONO; /* no maps: plain copies */
	int r = swr_alloc_set_opts2(&voice->resampler, &out, encoder->sample_fmt,
				    encoder->sample_rate, &mono, AV_SAMPLE_FMT_S16, VOICE_HZ, 0,
				    NULL);

	return r < 0 || swr_init(voice->resampler) < 0 ? -ENOMEM : 0;
}

static int open_all(struct voice *voice, const struct ipc_track *speaker)
{
	int error = 0, r;

	av_log_set_level(AV_LOG_QUIET);
	voice->decoder = opus_decoder_create(VOICE_HZ, 1, &error);
	if (error != OPUS_OK)
		return -ENOMEM;
	r = open_encoder(voice, speaker);
	if (r == 0)
		r = open_resampler(voice);
	if (r < 0)
		return r;
	voice->waiting = av_audio_fifo_alloc(voice->encoder->sample_fmt, (int)speaker->channels,
					     2 * VOICE_PACKET_SAMPLES);
	voice->frame = make_frame(voice, voice->block);
	voice->resampled = make_frame(voice, VOICE_PACKET_SAMPLES + VOICE_HZ / BLOCKS_A_SECOND);
	voice->packet = av_packet_alloc();
	return voice->waiting && voice->frame && voice->resampled && voice->packet ? 0 : -ENOMEM;
}

int voice_create(const struct ipc_track *speaker, struct voice **ret_voice)
{
	if (speaker->codec >= CODEC_COUNT || CODECS[speaker->codec] == AV_CODEC_ID_NONE ||
	    speaker->clock_hz < HZ_MIN || speaker->clock_hz > HZ_MAX || speaker->channels < 1 ||
	    speaker->channels > CHANNELS_MAX)
		return -EPROTONOSUPPORT;
	AUTO(voice) voice = calloc(1, sizeof(*voice));
	int r = voice ? open_all(voice, speaker) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_voice = take(voice);
	return 0;
}

void voice_destroy(struct voice *voice)
{
	if (!voice)
		return;
	if (voice->decoder)
		opus_decoder_destroy(voice->decoder);
	swr_free(&voice->resampler);
	if (voice->waiting)
		av_audio_fifo_free(voice->waiting);
	avcodec_free_context(&voice->encoder);
	av_frame_free(&voice->frame);
	av_frame_free(&voice->resampled);
	av_packet_free(&voice->packet);
	free(voice);
}

static void ignore_output(void *context, const struct voice_output *output)
{
	(void)context;
	(void)output;
}

int voice_warm_up(void)
{
	static const uint8_t silence[] = {0xf8, 0xff, 0xfe}; /* 20 ms of it, in CELT */
	struct ipc_track track = {.clock_hz = 16000, .channels = 1};
	int r = 0;

	for (uint32_t codec = 0; codec < CODEC_COUNT && r == 0; codec++) {
		AUTO(voice) voice = NULL;

		if (CODECS[codec] == AV_CODEC_ID_NONE)
			continue;
		track.codec = codec;
		r = voice_create(&track, &voice);
		for (uint64_t i = 0; r == 0 && i < 8; i++)
			r = voice_feed(voice, i * NS_PER_S / BLOCKS_A_SECOND,
				       (struct bytes){silence, sizeof(silence)}, ignore_output, NULL);
	}
	return r;
}

struct bytes voice_config(const struct voice *voice)
{
	return (struct bytes){voice->encoder->extradata, (size_t)voice->encoder->extradata_size};
}

static uint64_t samples_ns(uint64_t samples, int hz)
{
	return samples * NS_PER_S / (uint64_t)hz;
}

/* ---- out ---- */

static void give_block(struct voice *voice, voice_output_fn *output, void *context)
{
	AVCodecContext *encoder = voice->encoder;
	struct voice_output block = {
		.pts_ns = voice->base_ns + samples_ns(voice->taken, encoder->sample_rate)};

	voice->frame->pts = (int64_t)voice->taken;
	voice->taken += (uint64_t)voice->block;
	if (avcodec_send_frame(encoder, voice->frame) < 0)
		return;
	/* An encoder that looks ahead gives the first one later. */
	while (avcodec_receive_packet(encoder, voice->packet) >= 0) {
		block.data = (struct bytes){voice->packet->data, (size_t)voice->packet->size};
		if (block.data.size <= VOICE_FRAME_SIZE_MAX)
			output(context, &block);
		av_packet_unref(voice->packet);
	}
}

static int give_samples(struct voice *voice, int count, voice_output_fn *output, void *context)
{
	const uint8_t *in = (const uint8_t *)voice->pcm;
	int made = swr_convert(voice->resampler, voice->resampled->extended_data,
			       voice->resampled->nb_samples, &in, count);

	if (made < 0 ||
	    av_audio_fifo_write(voice->waiting, (void **)voice->resampled->extended_data, made) < 0)
		return -ENOMEM;
	while (av_audio_fifo_size(voice->waiting) >= voice->block) {
		if (av_frame_make_writable(voice->frame) < 0 ||
		    av_audio_fifo_read(voice->waiting, (void **)voice->frame->extended_data,
				       voice->block) < voice->block)
			return -ENOMEM;
		give_block(voice, output, context);
	}
	return 0;
}

/* ---- in ---- */

/* A new run: what waits of the one before is a part of a block whose rest never comes. */
static void restart(struct voice *voice, uint64_t pts_ns)
{
	opus_decoder_ctl(voice->decoder, OPUS_RESET_STATE);
	av_audio_fifo_reset(voice->waiting);
	voice->base_ns = voice->due_ns = pts_ns;
	voice->taken = 0;
	voice->is_begun = true;
}

/* `lost` samples are missing before this packet; the last of them may be within it. */
static int conceal(struct voice *voice, int lost, struct bytes packet, voice_output_fn *output,
		   void *context)
{
	int step = opus_packet_get_samples_per_frame(packet.data, VOICE_HZ), r = 0;

	for (; lost >= step && step > 0 && r == 0; lost -= step) {
		bool has_copy = lost < 2 * step;
		int count = opus_decode(voice->decoder, has_copy ? packet.data : NULL,
					has_copy ? (opus_int32)packet.size : 0, voice->pcm, step,
					has_copy);

		if (count < 0)
			return -EBADMSG;
		voice->due_ns += samples_ns((uint64_t)count, VOICE_HZ);
		r = give_samples(voice, count, output, context);
	}
	return r;
}

int voice_feed(struct voice *voice, uint64_t pts_ns, struct bytes packet, voice_output_fn *output,
	       void *context)
{
	int64_t missing_ns = (int64_t)(pts_ns - voice->due_ns);
	int r = 0;

	if (packet.size == 0 || packet.size > TALK_PACKET_MAX ||
	    opus_packet_get_nb_samples(packet.data, (opus_int32)packet.size, VOICE_HZ) <= 0)
		return -EBADMSG;
	if (!voice->is_begun || missing_ns > VOICE_GAP_MS * INT64_C(1000000) ||
	    missing_ns < -VOICE_GAP_MS * INT64_C(1000000))
		restart(voice, pts_ns);
	else if (missing_ns > 0)
		r = conceal(voice, (int)((missing_ns * VOICE_HZ + NS_PER_S / 2) / NS_PER_S), packet,
			    output, context);
	int count = r < 0 ? r
			  : opus_decode(voice->decoder, packet.data, (opus_int32)packet.size,
					voice->pcm, VOICE_PACKET_SAMPLES, 0);

	if (count < 0)
		return -EBADMSG;
	voice->due_ns += samples_ns((uint64_t)count, VOICE_HZ);
	return give_samples(voice, count, output, context);
}

/* ---- sounds of our own ---- */

int voice_play(struct voice *voice, uint64_t pts_ns, const int16_t *samples, size_t count,
	       voice_output_fn *output, void *context)
{
	if (count > VOICE_PACKET_SAMPLES)
		return -EMSGSIZE;
	if (!voice->is_begun)
		restart(voice, pts_ns);
	memcpy(voice->pcm, samples, count * sizeof(*samples));
	voice->due_ns += samples_ns(count, VOICE_HZ);
	return give_samples(voice, (int)count, output, context);
}

size_t voice_lag(const struct voice *voice)
{
	const AVCodecContext *encoder = voice->encoder;
	/* A block that is not full, and what the encoder looks ahead. */
	size_t samples = (size_t)voice->block + (size_t)encoder->initial_padding;

	return samples * VOICE_HZ / (size_t)encoder->sample_rate;
}

void voice_end_run(struct voice *voice)
{
	voice->is_begun = false;
}
