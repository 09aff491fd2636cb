#include "demo/picture_coder.h"

#include <errno.h>
#include <stdlib.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

struct picture_coder {
	AVCodecContext *context;
	AVFrame *frame;
	AVPacket *packet;
};

static void set_context(AVCodecContext *context, const struct picture_size *size)
{
	context->width = size->width;
	context->height = size->height;
	context->pix_fmt = AV_PIX_FMT_YUV420P;
	context->time_base = (AVRational){1, PICTURE_FPS};
	context->framerate = (AVRational){PICTURE_FPS, 1};
	context->gop_size = PICTURE_KEY_EVERY;
	context->max_b_frames = 0;
	context->thread_count = 1;
	context->rc_max_rate = size->bits_per_s;
	context->rc_buffer_size = (int)size->bits_per_s;
	context->colorspace = AVCOL_SPC_BT709;
	context->color_primaries = AVCOL_PRI_BT709;
	context->color_trc = AVCOL_TRC_BT709;
	context->color_range = AVCOL_RANGE_MPEG;
	context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_LOW_DELAY;
}

static int set_options(AVCodecContext *context)
{
	static const char *const options[][2] = {
		{"preset", "ultrafast"}, {"tune", "zerolatency"}, {"profile", "baseline"},
		{"crf", "24"},		 {"forced-idr", "1"},
		/* annexb=0: sizes instead of start codes, as Ward's frames have them. One slice: the
		 * frames are small, and every slice costs a packet. */
		{"x264-params", "annexb=0:scenecut=0:slices=1:sliced-threads=0:aq-mode=1:no-deblock=0:subme=1"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		if (av_opt_set(context->priv_data, options[i][0], options[i][1], 0) < 0)
			return -EINVAL;
	return 0;
}

static int open_coder(struct picture_coder *coder, const struct picture_size *size)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("libx264");

	if (!codec)
		return -ENOENT;
	coder->context = avcodec_alloc_context3(codec);
	coder->frame = av_frame_alloc();
	coder->packet = av_packet_alloc();
	if (!coder->context || !coder->frame || !coder->packet)
		return -ENOMEM;
	set_context(coder->context, size);
	if (set_options(coder->context) < 0 || avcodec_open2(coder->context, codec, NULL) < 0)
		return -EINVAL;
	coder->frame->format = coder->context->pix_fmt;
	coder->frame->width = size->width;
	coder->frame->height = size->height;
	return av_frame_get_buffer(coder->frame, 0) < 0 ? -ENOMEM : 0;
}

int picture_coder_create(const struct picture_size *size, struct picture_coder **ret_coder)
{
	AUTO(picture_coder) coder = calloc(1, sizeof(*coder));
	int r = coder ? open_coder(coder, size) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_coder = take(coder);
	return 0;
}

void picture_coder_destroy(struct picture_coder *coder)
{
	if (!coder)
		return;
	avcodec_free_context(&coder->context);
	av_frame_free(&coder->frame);
	av_packet_free(&coder->packet);
	free(coder);
}

struct bytes picture_coder_config(const struct picture_coder *coder)
{
	return (struct bytes){coder->context->extradata, (size_t)coder->context->extradata_size};
}

int picture_coder_begin(struct picture_coder *coder, struct film_picture *ret_picture)
{
	AVFrame *frame = coder->frame;

	if (av_frame_make_writable(frame) < 0)
		return -ENOMEM;
	for (int i = 0; i < 3; i++) {
		ret_picture->planes[i] = frame->data[i];
		ret_picture->strides[i] = frame->linesize[i];
	}
	return 0;
}

int picture_coder_encode(struct picture_coder *coder, bool wants_key,
			 struct picture_coded *ret_coded)
{
	coder->frame->pts++;
	coder->frame->pict_type = wants_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	av_packet_unref(coder->packet);
	if (avcodec_send_frame(coder->context, coder->frame) < 0 ||
	    avcodec_receive_packet(coder->context, coder->packet) < 0)
		return -EIO;
	*ret_coded = (struct picture_coded){
		.data = {coder->packet->data, (size_t)coder->packet->size},
		.is_key = coder->packet->flags & AV_PKT_FLAG_KEY,
	};
	return 0;
}
