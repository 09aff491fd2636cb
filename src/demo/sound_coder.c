#include "demo/sound_coder.h"

#include <errno.h>
#include <stdlib.h>

#include <libavcodec/avcodec.h>
#include <opus.h>

#include "demo/sound.h"

enum { PCMU_RATIO = SOUND_HZ / 8000, PACKET_MAX = 1500 };

static const struct sound_format FORMATS[SOUND_KIND_COUNT] = {
	[SOUND_OPUS] = {"opus", 960, 48000, 97, "opus/48000/2"},
	[SOUND_AAC] = {"aac", 1024, SOUND_HZ, 98, "MPEG4-GENERIC/48000/1"},
	[SOUND_PCMU] = {"pcmu", 960, 8000, 0, "PCMU/8000"},
};

struct sound_coder {
	enum sound_kind kind;
	OpusEncoder *opus;
	AVCodecContext *aac;
	AVFrame *frame;
	AVPacket *av_packet;
	uint32_t delay_samples;
	uint8_t packet[PACKET_MAX];
};

typedef int sound_open_fn(struct sound_coder *coder);
typedef int sound_encode_fn(struct sound_coder *coder, const int16_t *samples,
			    struct bytes *ret_packet);

const struct sound_format *sound_format_of(enum sound_kind kind)
{
	return &FORMATS[kind];
}

static int open_opus(struct sound_coder *coder)
{
	int error = 0;
	opus_int32 lookahead = 0;

	coder->opus = opus_encoder_create(SOUND_HZ, 1, OPUS_APPLICATION_AUDIO, &error);
	if (error != OPUS_OK)
		return -ENOMEM;
	opus_encoder_ctl(coder->opus, OPUS_SET_BITRATE(32000));
	opus_encoder_ctl(coder->opus, OPUS_SET_COMPLEXITY(3));
	opus_encoder_ctl(coder->opus, OPUS_GET_LOOKAHEAD(&lookahead));
	coder->delay_samples = (uint32_t)lookahead;
	return 0;
}

static int encode_opus(struct sound_coder *coder, const int16_t *samples, struct bytes *ret_packet)
{
	opus_int32 size = opus_encode(coder->opus, samples, (int)FORMATS[SOUND_OPUS].block_samples,
				      coder->packet, PACKET_MAX);

	if (size < 0)
		return -EIO;
	*ret_packet = (struct bytes){coder->packet, (size_t)size};
	return 0;
}

static int open_aac(struct sound_coder *coder)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);

	coder->aac = codec ? avcodec_alloc_context3(codec) : NULL;
	coder->frame = av_frame_alloc();
	coder->av_packet = av_packet_alloc();
	if (!coder->aac || !coder->frame || !coder->av_packet)
		return -ENOMEM;
	coder->aac->sample_fmt = AV_SAMPLE_FMT_FLTP;
	coder->aac->sample_rate = SOUND_HZ;
	av_channel_layout_default(&coder->aac->ch_layout, 1);
	coder->aac->bit_rate = 64000;
	coder->aac->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	if (avcodec_open2(coder->aac, codec, NULL) < 0)
		return -EINVAL;
	coder->delay_samples = (uint32_t)coder->aac->initial_padding;
	coder->frame->format = AV_SAMPLE_FMT_FLTP;
	coder->frame->nb_samples = coder->aac->frame_size;
	return av_channel_layout_copy(&coder->frame->ch_layout, &coder->aac->ch_layout) < 0 ||
			       av_frame_get_buffer(coder->frame, 0) < 0
		       ? -ENOMEM
		       : 0;
}

static int encode_aac(struct sound_coder *coder, const int16_t *samples, struct bytes *ret_packet)
{
	if (av_frame_make_writable(coder->frame) < 0)
		return -ENOMEM;

	float *plane = (float *)(void *)coder->frame->data[0];

	for (int i = 0; i < coder->frame->nb_samples; i++)
		plane[i] = (float)samples[i] / 32768.0f;
	av_packet_unref(coder->av_packet);
	if (avcodec_send_frame(coder->aac, coder->frame) < 0)
		return -EIO;

	int r = avcodec_receive_packet(coder->aac, coder->av_packet);

	if (r < 0 && r != AVERROR(EAGAIN))
		return -EIO;
	*ret_packet = (struct bytes){coder->av_packet->data,
				     r < 0 ? 0 : (size_t)coder->av_packet->size};
	return 0;
}

static int open_pcmu(struct sound_coder *coder)
{
	coder->delay_samples = 0;
	return 0;
}

/* ITU-T G.711 µ-law of one 16-bit sample. */
static uint8_t mulaw_of(int sample)
{
	int sign = sample < 0 ? 0x80 : 0;
	int level = (sample < 0 ? -sample : sample) + 132;
	int segment = 7;

	if (level > 32767)
		level = 32767;
	while (segment > 0 && !(level & 0x80 << segment))
		segment--;
	return (uint8_t)~(sign | segment << 4 | (level >> (segment + 3) & 15));
}

static int encode_pcmu(struct sound_coder *coder, const int16_t *samples, struct bytes *ret_packet)
{
	size_t count = FORMATS[SOUND_PCMU].block_samples / PCMU_RATIO;

	for (size_t i = 0; i < count; i++) {
		int sum = 0;

		for (size_t j = 0; j < PCMU_RATIO; j++)
			sum += samples[i * PCMU_RATIO + j];
		coder->packet[i] = mulaw_of(sum / PCMU_RATIO);
	}
	*ret_packet = (struct bytes){coder->packet, count};
	return 0;
}

static sound_open_fn *const OPEN[SOUND_KIND_COUNT] = {open_opus, open_aac, open_pcmu};
static sound_encode_fn *const ENCODE[SOUND_KIND_COUNT] = {encode_opus, encode_aac, encode_pcmu};

int sound_coder_create(enum sound_kind kind, struct sound_coder **ret_coder)
{
	AUTO(sound_coder) coder = calloc(1, sizeof(*coder));

	if (!coder)
		return -ENOMEM;
	coder->kind = kind;

	int r = OPEN[kind](coder);

	if (r < 0)
		return r;
	*ret_coder = take(coder);
	return 0;
}

void sound_coder_destroy(struct sound_coder *coder)
{
	if (!coder)
		return;
	if (coder->opus)
		opus_encoder_destroy(coder->opus);
	avcodec_free_context(&coder->aac);
	av_frame_free(&coder->frame);
	av_packet_free(&coder->av_packet);
	free(coder);
}

struct bytes sound_coder_config(const struct sound_coder *coder)
{
	if (!coder->aac)
		return (struct bytes){NULL, 0};
	return (struct bytes){coder->aac->extradata, (size_t)coder->aac->extradata_size};
}

int sound_coder_encode(struct sound_coder *coder, const int16_t *samples,
		       struct sound_coded *ret_coded)
{
	struct bytes packet = {0};
	int r = ENCODE[coder->kind](coder, samples, &packet);

	if (r < 0)
		return r;
	*ret_coded = (struct sound_coded){packet, coder->delay_samples};
	return 0;
}
