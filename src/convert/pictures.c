#include "convert/pictures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pictures {
	AVCodecContext *decoder;
	AVPacket *packet;
	AVFrame *frame;
	struct bytes data;
	struct mp4_fragment fragment;
	uint32_t count, next; /* samples that are to be decoded; the next of them */
	size_t at;            /* of its bytes in `data` */
	int64_t time;         /* of its decoding, since the first */
	bool is_drained;
};

/* ---- opening ---- */

/* Of an hvc1 entry alone (14496-15 §8.4). */
static int find_config(struct bytes entry, struct bytes *ret_config)
{
	struct mp4_coding coding;
	int r = mp4_read_coding(entry, &coding);

	if (r < 0)
		return r;
	if (memcmp(coding.entry, "hvc1", 4) != 0 || memcmp(coding.box, "hvcC", 4) != 0)
		return -EPROTONOSUPPORT;
	*ret_config = coding.config;
	return 0;
}

static int open_decoder(struct pictures *pictures, struct bytes config, uint32_t pixels_max)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_HEVC);
	AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;

	pictures->decoder = context;
	if (!context)
		return codec ? -ENOMEM : -EPROTONOSUPPORT;
	context->thread_count = 1;
	context->max_pixels = pixels_max;
	context->extradata = av_mallocz(config.size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!context->extradata)
		return -ENOMEM;
	if (config.size)
		memcpy(context->extradata, config.data, config.size);
	context->extradata_size = (int)config.size;
	return avcodec_open2(context, codec, NULL) < 0 ? -EBADMSG : 0;
}

static int open_all(struct pictures *pictures, struct bytes config, uint32_t pixels_max)
{
	pictures->packet = av_packet_alloc();
	pictures->frame = av_frame_alloc();
	if (!pictures->packet || !pictures->frame)
		return -ENOMEM;
	return open_decoder(pictures, config, pixels_max);
}

int pictures_open(const struct mp4_init *init, uint32_t pixels_max, struct pictures **ret_pictures)
{
	struct bytes config;
	int r = init->is_video ? find_config(init->entry, &config) : -EPROTONOSUPPORT;

	if (r < 0)
		return r;
	struct pictures *pictures = calloc(1, sizeof(*pictures));

	if (!pictures)
		return -ENOMEM;
	r = open_all(pictures, config, pixels_max);
	if (r < 0)
		pictures_close(pictures);
	else
		*ret_pictures = pictures;
	return r;
}

void pictures_close(struct pictures *pictures)
{
	if (!pictures)
		return;
	avcodec_free_context(&pictures->decoder);
	av_packet_free(&pictures->packet);
	av_frame_free(&pictures->frame);
	free(pictures);
}

const AVCodecContext *pictures_format(const struct pictures *pictures)
{
	return pictures->decoder;
}

/* ---- decoding ---- */

int pictures_load(struct pictures *pictures, struct bytes data, const struct mp4_fragment *fragment,
		  bool only_first)
{
	if (fragment->data_at > data.size || fragment->data_size > data.size - fragment->data_at)
		return -EBADMSG;
	pictures->data = data;
	pictures->fragment = *fragment;
	pictures->count = only_first ? 1 : fragment->sample_count;
	pictures->at = fragment->data_at;
	return 0;
}

/* Gives the decoder the next sample, or the end. The packet is a copy with room behind it: libavcodec
 * reads past the end. A sample that it does not take is left out. */
static void send_next(struct pictures *pictures)
{
	if (pictures->next == pictures->count) {
		pictures->is_drained = true;
		if (avcodec_send_packet(pictures->decoder, NULL) < 0)
			pictures->count = 0;
		return;
	}
	struct mp4_sample sample = mp4_sample_of(&pictures->fragment, pictures->next++);
	const uint8_t *data = pictures->data.data + pictures->at;
	size_t left = pictures->data.size - pictures->at;
	AVPacket *packet = pictures->packet;

	if (sample.size <= left && sample.size && av_new_packet(packet, (int)sample.size) == 0) {
		memcpy(packet->data, data, sample.size);
		packet->pts = pictures->time + sample.composition;
		packet->dts = pictures->time;
		packet->flags = sample.is_key ? AV_PKT_FLAG_KEY : 0;
		(void)avcodec_send_packet(pictures->decoder, packet);
		av_packet_unref(packet);
	}
	pictures->at += sample.size <= left ? sample.size : left;
	pictures->time += sample.duration;
}

/* Is there anything in it that is not a picture, but what was put in place of a lost one? */
static bool is_whole(const AVFrame *frame)
{
	return !frame->decode_error_flags && !(frame->flags & AV_FRAME_FLAG_CORRUPT) &&
	       frame->width > 0 && frame->height > 0;
}

AVFrame *pictures_next(struct pictures *pictures)
{
	for (;;) {
		int r = avcodec_receive_frame(pictures->decoder, pictures->frame);

		if (r >= 0 && is_whole(pictures->frame))
			return pictures->frame;
		/* Each turn either takes a picture out or puts a sample in: it ends. */
		if (r == AVERROR_EOF || (r < 0 && pictures->is_drained))
			return NULL;
		if (r < 0)
			send_next(pictures);
	}
}
