#include "convert/coder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/opt.h>
#include <libswscale/swscale.h>

enum {
	NAL_SIZE_SIZE = 4,
	NAL_SLICE = 1, /* 14496-10 table 7-1 */
	NAL_SLICE_IDR = 5,
	USUAL_RATE = 25, /* pictures a second, for the encoder's first guess */
};

struct coder {
	AVCodecContext *encoder;
	AVPacket *packet;
	AVFrame *scaled;
	struct SwsContext *scaler;
};

/* ---- opening ---- */

/* The largest size that fits, even because its colours have half of it. */
static void fit(const struct coder_format *format, AVCodecContext *encoder)
{
	double scale = 1;

	if (format->width > CODER_WIDTH_MAX)
		scale = (double)CODER_WIDTH_MAX / format->width;
	if (format->height * scale > CODER_HEIGHT_MAX)
		scale = (double)CODER_HEIGHT_MAX / format->height;
	encoder->width = (int)(format->width * scale + 0.5) & ~1;
	encoder->height = (int)(format->height * scale + 0.5) & ~1;
	if (encoder->width < CODER_SIDE_MIN)
		encoder->width = CODER_SIDE_MIN;
	if (encoder->height < CODER_SIDE_MIN)
		encoder->height = CODER_SIDE_MIN;
}

static void take_over(AVCodecContext *encoder, const AVCodecContext *decoder)
{
	AVRational shape = decoder->sample_aspect_ratio;

	encoder->color_range = decoder->color_range;
	encoder->color_primaries = decoder->color_primaries;
	encoder->color_trc = decoder->color_trc;
	encoder->colorspace = decoder->colorspace;
	if (shape.num > 0 && shape.den > 0)
		encoder->sample_aspect_ratio = shape;
}

/* `stitchable`: parameter sets that do not follow from the rate. `annexb=0`: sizes instead of start
 * codes. */
static int set_options(AVCodecContext *encoder)
{
	static const struct {
		const char *name, *value;
	} options[] = {
		{"preset", "ultrafast"},
		{"tune", "zerolatency"},
		{"crf", "23"},
		{"a53cc", "0"},
		{"x264-params", "annexb=0:stitchable=1:scenecut=0:keyint=infinite:level=40"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		if (av_opt_set(encoder->priv_data, options[i].name, options[i].value, 0) < 0)
			return -EPROTONOSUPPORT;
	return 0;
}

static int open_encoder(struct coder *coder, const struct coder_format *format)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
	AVCodecContext *encoder = codec ? avcodec_alloc_context3(codec) : NULL;

	coder->encoder = encoder;
	if (!encoder)
		return codec ? -ENOMEM : -EPROTONOSUPPORT;
	fit(format, encoder);
	take_over(encoder, format->decoder);
	encoder->pix_fmt = AV_PIX_FMT_YUV420P;
	encoder->time_base = (AVRational){1, CODER_TIMESCALE};
	encoder->framerate = (AVRational){USUAL_RATE, 1};
	encoder->thread_count = 1;
	encoder->max_b_frames = 0;
	encoder->rc_max_rate = format->rate_max;
	encoder->rc_buffer_size = (int)format->rate_max;
	encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	int r = set_options(encoder);

	if (r < 0)
		return r;
	return avcodec_open2(encoder, codec, NULL) < 0 ? -EBADMSG : 0;
}

static int open_scaled(struct coder *coder)
{
	AVFrame *scaled = coder->scaled = av_frame_alloc();

	coder->packet = av_packet_alloc();
	if (!scaled || !coder->packet)
		return -ENOMEM;
	scaled->format = coder->encoder->pix_fmt;
	scaled->width = coder->encoder->width;
	scaled->height = coder->encoder->height;
	return av_frame_get_buffer(scaled, 0) < 0 ? -ENOMEM : 0;
}

int coder_open(const struct coder_format *format, struct coder **ret_coder)
{
	struct coder *coder;

	if (format->width < 1 || format->height < 1)
		return -EBADMSG;
	coder = calloc(1, sizeof(*coder));
	if (!coder)
		return -ENOMEM;
	int r = open_encoder(coder, format);

	if (r == 0)
		r = open_scaled(coder);
	if (r < 0)
		coder_close(coder);
	else
		*ret_coder = coder;
	return r;
}

void coder_close(struct coder *coder)
{
	if (!coder)
		return;
	avcodec_free_context(&coder->encoder);
	av_packet_free(&coder->packet);
	av_frame_free(&coder->scaled);
	sws_freeContext(coder->scaler);
	free(coder);
}

int coder_width(const struct coder *coder)
{
	return coder->encoder->width;
}

int coder_height(const struct coder *coder)
{
	return coder->encoder->height;
}

struct bytes coder_config(const struct coder *coder)
{
	return (struct bytes){coder->encoder->extradata, (size_t)coder->encoder->extradata_size};
}

/* ---- one picture ---- */

static bool fits_as_it_is(const struct coder *coder, const AVFrame *picture)
{
	return (picture->format == AV_PIX_FMT_YUV420P || picture->format == AV_PIX_FMT_YUVJ420P) &&
	       picture->width == coder->encoder->width && picture->height == coder->encoder->height;
}

static int scale(struct coder *coder, const AVFrame *picture)
{
	const int *colours = sws_getCoefficients(SWS_CS_DEFAULT);
	AVFrame *scaled = coder->scaled;
	int is_full = coder->encoder->color_range == AVCOL_RANGE_JPEG;
	/* Only FAST_BILINEAR would want to make code at run time, which the sandbox forbids. */
	struct SwsContext *scaler = sws_getCachedContext(
		coder->scaler, picture->width, picture->height, picture->format, scaled->width,
		scaled->height, scaled->format, SWS_BILINEAR, NULL, NULL, NULL);

	coder->scaler = scaler;
	if (!scaler)
		return -EBADMSG;
	sws_setColorspaceDetails(scaler, colours, is_full, colours, is_full, 0, 1 << 16, 1 << 16);
	/* The encoder may still have the one before. */
	if (av_frame_make_writable(scaled) < 0)
		return -ENOMEM;
	int r = sws_scale(scaler, (const uint8_t *const *)picture->data, picture->linesize, 0,
			  picture->height, scaled->data, scaled->linesize);

	return r < 0 ? -EBADMSG : 0;
}

/* The slices; what the encoder says about itself is left out. */
static int put_slices(const AVPacket *packet, struct bytes_writer *writer)
{
	struct bytes_reader reader = bytes_read(packet->data, (size_t)packet->size);

	while (bytes_left(&reader) >= NAL_SIZE_SIZE) {
		uint32_t size = bytes_get_be32(&reader);
		const uint8_t *nal = bytes_get(&reader, size);

		if (!nal || !size)
			return -EBADMSG;
		uint8_t kind = nal[0] & 0x1f;

		if (kind != NAL_SLICE && kind != NAL_SLICE_IDR)
			continue;
		bytes_put_be32(writer, size);
		bytes_put(writer, nal, size);
	}
	return writer->failed ? -EMSGSIZE : 0;
}

int coder_put(struct coder *coder, AVFrame *picture, int64_t pts, struct bytes_writer *writer)
{
	AVFrame *frame = picture;

	if (!fits_as_it_is(coder, picture)) {
		int r = scale(coder, picture);

		if (r < 0)
			return r;
		frame = coder->scaled;
	}
	frame->pts = pts;
	frame->pict_type = AV_PICTURE_TYPE_NONE; /* the decoder's: it is not to be kept */
	int r = avcodec_send_frame(coder->encoder, frame);

	if (r >= 0)
		r = avcodec_receive_packet(coder->encoder, coder->packet);
	if (r < 0)
		return r == AVERROR(ENOMEM) ? -ENOMEM : -EBADMSG;
	r = put_slices(coder->packet, writer);
	av_packet_unref(coder->packet);
	return r;
}
