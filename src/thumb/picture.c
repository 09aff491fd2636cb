#include "thumb/picture.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

#include "proto/mp4/mp4_read.h"

enum {
	SHAPE_MAX = 4, /* a pixel is not more than this wide or high */
};

static_assert((int)PICTURE_PADDING >= (int)AV_INPUT_BUFFER_PADDING_SIZE, "room for libavcodec");

/* Everything that one picture needs, and nothing of another one. */
struct picture {
	AVCodecContext *decoder, *encoder;
	AVPacket *packet;
	AVFrame *large, *small;
	struct SwsContext *scaler;
};

static void picture_destroy(struct picture *picture)
{
	if (!picture)
		return;
	avcodec_free_context(&picture->decoder);
	avcodec_free_context(&picture->encoder);
	av_packet_free(&picture->packet);
	av_frame_free(&picture->large);
	av_frame_free(&picture->small);
	sws_freeContext(picture->scaler);
	free(picture);
}
AUTO_DEFINE(picture)

static struct picture *picture_create(void)
{
	AUTO(picture) picture = calloc(1, sizeof(*picture));

	/* It would print a line for each bad picture; here they are refused. */
	av_log_set_level(AV_LOG_QUIET);
	if (!picture)
		return NULL;
	picture->packet = av_packet_alloc();
	picture->large = av_frame_alloc();
	picture->small = av_frame_alloc();
	if (!picture->packet || !picture->large || !picture->small)
		return NULL;
	return take(picture);
}

/* ---- what the segment says ---- */

struct format {
	enum AVCodecID codec;
	struct bytes config; /* avcC or hvcC */
};

static int read_format(struct bytes entry, struct format *ret_format)
{
	static const struct {
		const char *entry, *config;
		enum AVCodecID codec;
	} kinds[] = {{"avc1", "avcC", AV_CODEC_ID_H264}, {"hvc1", "hvcC", AV_CODEC_ID_HEVC}};
	struct mp4_coding coding;
	int r = mp4_read_coding(entry, &coding);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (memcmp(coding.entry, kinds[i].entry, 4) == 0 &&
		    memcmp(coding.box, kinds[i].config, 4) == 0) {
			*ret_format = (struct format){kinds[i].codec, coding.config};
			return 0;
		}
	return -EPROTONOSUPPORT;
}

/* ---- decoding ---- */

static int open_decoder(struct picture *picture, const struct format *format, uint32_t pixels_max)
{
	const AVCodec *codec = avcodec_find_decoder(format->codec);
	AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;

	picture->decoder = context;
	if (!context)
		return codec ? -ENOMEM : -EPROTONOSUPPORT;
	context->thread_count = 1;
	context->max_pixels = pixels_max;
	/* Blocks' edges do not show in a picture that is so much smaller. */
	context->skip_loop_filter = AVDISCARD_ALL;
	context->extradata = av_mallocz(format->config.size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!context->extradata)
		return -ENOMEM;
	if (format->config.size)
		memcpy(context->extradata, format->config.data, format->config.size);
	context->extradata_size = (int)format->config.size;
	return avcodec_open2(context, codec, NULL) < 0 ? -EBADMSG : 0;
}

/* The one picture, without waiting for those that may be shown before it. */
static int decode(struct picture *picture, uint8_t *data, size_t size)
{
	memset(data + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
	picture->packet->data = data;
	picture->packet->size = (int)size;
	picture->packet->flags = AV_PKT_FLAG_KEY;
	int r = avcodec_send_packet(picture->decoder, picture->packet);

	if (r >= 0)
		r = avcodec_send_packet(picture->decoder, NULL);
	if (r >= 0)
		r = avcodec_receive_frame(picture->decoder, picture->large);
	picture->packet->data = NULL;
	picture->packet->size = 0;
	if (r < 0)
		return r == AVERROR(ENOMEM) ? -ENOMEM : -EBADMSG;
	const AVFrame *frame = picture->large;

	if (frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT)
		return -EBADMSG;
	if (frame->width < 1 || frame->height < 1 || frame->width > PICTURE_SIDE_MAX ||
	    frame->height > PICTURE_SIDE_MAX)
		return -EMSGSIZE;
	return 0;
}

/* ---- making it small ---- */

/* The largest size that keeps the proportions, of pixels that may not be square. */
static void fit(const AVFrame *large, int *ret_width, int *ret_height)
{
	AVRational shape = large->sample_aspect_ratio;
	double wide = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1;

	if (wide > SHAPE_MAX || wide < 1.0 / SHAPE_MAX)
		wide = 1;
	double across = large->width * wide, scale = PICTURE_WIDTH_MAX / across;

	if (large->height * scale > PICTURE_HEIGHT_MAX)
		scale = (double)PICTURE_HEIGHT_MAX / large->height;
	if (scale > 1)
		scale = 1;
	/* Even: its colours have half the size. */
	*ret_width = ((int)(across * scale) + 1) & ~1;
	*ret_height = ((int)(large->height * scale) + 1) & ~1;
	if (*ret_width < 2)
		*ret_width = 2;
	if (*ret_height < 2)
		*ret_height = 2;
}

static int make_scaler(struct picture *picture)
{
	const AVFrame *large = picture->large, *small = picture->small;
	const int *colours = sws_getCoefficients(SWS_CS_DEFAULT);
	/* AREA takes every pixel into account; and only FAST_BILINEAR would want to make code at
	 * run time, which the sandbox forbids. */
	struct SwsContext *scaler =
		sws_getContext(large->width, large->height, large->format, small->width,
			       small->height, small->format, SWS_AREA, NULL, NULL, NULL);

	if (!scaler)
		return -EBADMSG;
	picture->scaler = scaler;
	sws_setColorspaceDetails(scaler, colours, large->color_range == AVCOL_RANGE_JPEG, colours,
				 1, 0, 1 << 16, 1 << 16);
	return 0;
}

static int make_small(struct picture *picture)
{
	const AVFrame *large = picture->large;
	AVFrame *small = picture->small;

	fit(large, &small->width, &small->height);
	small->format = AV_PIX_FMT_YUVJ420P;
	small->color_range = AVCOL_RANGE_JPEG;
	if (av_frame_get_buffer(small, 0) < 0)
		return -ENOMEM;
	int r = make_scaler(picture);

	if (r < 0)
		return r;
	r = sws_scale(picture->scaler, (const uint8_t *const *)large->data, large->linesize, 0,
		      large->height, small->data, small->linesize);
	return r < 0 ? -EBADMSG : 0;
}

/* ---- the JPEG ---- */

static int encode(struct picture *picture, int quality, uint8_t *ret_jpeg, size_t capacity)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);

	avcodec_free_context(&picture->encoder);
	picture->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
	AVCodecContext *context = picture->encoder;

	if (!context)
		return codec ? -ENOMEM : -EPROTONOSUPPORT;
	context->width = picture->small->width;
	context->height = picture->small->height;
	context->pix_fmt = picture->small->format;
	context->color_range = AVCOL_RANGE_JPEG;
	context->time_base = (AVRational){1, 1};
	context->thread_count = 1;
	/* BITEXACT: nothing about the encoder in it. */
	context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
	context->global_quality = picture->small->quality = FF_QP2LAMBDA * quality;
	picture->small->pts = 0;
	if (avcodec_open2(context, codec, NULL) < 0 ||
	    avcodec_send_frame(context, picture->small) < 0 ||
	    avcodec_receive_packet(context, picture->packet) < 0)
		return -EBADMSG;
	size_t size = (size_t)picture->packet->size;

	if (size <= capacity)
		memcpy(ret_jpeg, picture->packet->data, size);
	av_packet_unref(picture->packet);
	return size <= capacity ? (int)size : -EMSGSIZE;
}

/* As fine as there is room for. */
static int encode_to_fit(struct picture *picture, uint8_t *ret_jpeg, size_t capacity)
{
	static const int qualities[] = {4, 8, 16, 31};
	int r = -EMSGSIZE;

	for (size_t i = 0; i < ARRAY_COUNT(qualities) && r == -EMSGSIZE; i++)
		r = encode(picture, qualities[i], ret_jpeg, capacity);
	return r;
}

/* ---- the whole ---- */

static int read_key_frame(const struct picture_source *source, struct format *ret_format,
			  struct bytes *ret_sample)
{
	struct bytes data = {source->fragment, source->fragment_size};
	struct mp4_fragment fragment;
	struct mp4_init init;

	if (mp4_read_init(source->init, &init) < 0 || !init.is_video ||
	    mp4_read_fragment(data, &fragment) < 0)
		return -EBADMSG;
	struct mp4_sample first = mp4_sample_of(&fragment, 0);

	if (!first.is_key)
		return -ENOENT;
	if (first.size == 0 || first.size > data.size - fragment.data_at)
		return -EBADMSG;
	*ret_sample = (struct bytes){data.data + fragment.data_at, first.size};
	return read_format(init.entry, ret_format);
}

int picture_make(const struct picture_source *source, uint8_t *ret_jpeg, size_t capacity,
		 size_t *ret_size)
{
	AUTO(picture) picture = picture_create();
	struct format format;
	struct bytes sample;
	int r = picture ? read_key_frame(source, &format, &sample) : -ENOMEM;

	if (r == 0)
		r = open_decoder(picture, &format, source->pixels_max);
	if (r == 0)
		r = decode(picture, source->fragment + (sample.data - source->fragment),
			   sample.size);
	if (r == 0)
		r = make_small(picture);
	if (r == 0)
		r = encode_to_fit(picture, ret_jpeg, capacity);
	if (r < 0)
		return r;
	*ret_size = (size_t)r;
	return 0;
}

int picture_warm_up(void)
{
	static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC};
	uint8_t jpeg[4096];

	for (size_t i = 0; i < ARRAY_COUNT(codecs); i++) {
		AUTO(picture) picture = picture_create();
		const struct format format = {.codec = codecs[i]};
		int r = picture ? open_decoder(picture, &format, PICTURE_PIXELS_MAX) : -ENOMEM;

		if (r < 0)
			return r;
	}
	AUTO(picture) picture = picture_create();

	if (!picture)
		return -ENOMEM;
	picture->large->format = AV_PIX_FMT_YUV420P;
	picture->large->width = picture->large->height = 64;
	if (av_frame_get_buffer(picture->large, 0) < 0)
		return -ENOMEM;
	int r = make_small(picture);

	return r < 0 ? r : encode_to_fit(picture, jpeg, sizeof(jpeg)) < 0 ? -EIO : 0;
}
