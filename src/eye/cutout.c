#include "eye/cutout.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

enum { ROOM_BEHIND = 64 /* libswscale writes whole vectors */ };

/* ---- a file ---- */

static enum AVCodecID codec_of(struct bytes file)
{
	static const uint8_t jpeg[] = {0xff, 0xd8, 0xff}, png[] = {0x89, 'P', 'N', 'G'};

	if (file.size > sizeof(jpeg) && memcmp(file.data, jpeg, sizeof(jpeg)) == 0)
		return AV_CODEC_ID_MJPEG;
	if (file.size > sizeof(png) && memcmp(file.data, png, sizeof(png)) == 0)
		return AV_CODEC_ID_PNG;
	return AV_CODEC_ID_NONE;
}

static AVCodecContext *open_codec(enum AVCodecID id, uint32_t pixels_max)
{
	const AVCodec *codec = avcodec_find_decoder(id);
	AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;

	if (!context)
		return NULL;
	context->thread_count = 1;
	context->max_pixels = pixels_max;
	if (avcodec_open2(context, codec, NULL) < 0)
		avcodec_free_context(&context);
	return context;
}

static int decode(AVCodecContext *context, struct bytes file, AVFrame *frame)
{
	AVPacket *packet = av_packet_alloc();
	int r = packet && av_new_packet(packet, (int)file.size) == 0 ? 0 : -ENOMEM;

	if (r == 0) {
		memcpy(packet->data, file.data, file.size);
		if (avcodec_send_packet(context, packet) < 0 ||
		    avcodec_receive_frame(context, frame) < 0)
			r = -EBADMSG;
	}
	av_packet_free(&packet);
	return r;
}

int cutout_decode_file(struct bytes file, uint32_t pixels_max, struct AVFrame **ret_frame)
{
	AVCodecContext *context = open_codec(codec_of(file), pixels_max);
	AVFrame *frame = context ? av_frame_alloc() : NULL;
	int r = frame ? decode(context, file, frame) : -EBADMSG;

	if (r == 0)
		*ret_frame = frame;
	else
		av_frame_free(&frame);
	avcodec_free_context(&context);
	return r;
}

static bool can_decode_files(void)
{
	AVCodecContext *jpeg = open_codec(AV_CODEC_ID_MJPEG, CUTOUT_FILE_PIXELS_MAX);
	AVCodecContext *png = open_codec(AV_CODEC_ID_PNG, CUTOUT_FILE_PIXELS_MAX);
	bool can = jpeg && png;

	avcodec_free_context(&jpeg);
	avcodec_free_context(&png);
	return can;
}

/* ---- beginning and end ---- */

int cutout_init(struct cutout *cutout)
{
	const size_t size = (size_t)CUTOUT_SIDE_MAX * CUTOUT_SIDE_MAX * FACE_COLORS;

	cutout->part = av_frame_alloc();
	cutout->pixels = calloc(1, size + ROOM_BEHIND);
	return cutout->part && cutout->pixels && can_decode_files() ? 0 : -ENOMEM;
}

void cutout_finish(struct cutout *cutout)
{
	sws_freeContext(cutout->scaler);
	av_frame_free(&cutout->part);
	free(cutout->pixels);
	*cutout = (struct cutout){0};
}

/* ---- a part of a picture ---- */

/* In whole pixels of the frame, even, as colours are. */
static size_t pixels_of(float part, int length)
{
	return (size_t)lrintf(part * (float)length) & ~(size_t)1;
}

static int cut(struct cutout *cutout, const AVFrame *frame, const struct box *region)
{
	AVFrame *part = cutout->part;

	if (av_frame_ref(part, frame) < 0)
		return -ENOMEM;
	part->crop_left = pixels_of(region->left, frame->width);
	part->crop_top = pixels_of(region->top, frame->height);
	part->crop_right = pixels_of(1 - region->right, frame->width);
	part->crop_bottom = pixels_of(1 - region->bottom, frame->height);
	if (part->crop_left + part->crop_right + CUTOUT_SIDE_MIN > (size_t)frame->width ||
	    part->crop_top + part->crop_bottom + CUTOUT_SIDE_MIN > (size_t)frame->height)
		return -ENOENT;
	return av_frame_apply_cropping(part, AV_FRAME_CROP_UNALIGNED) < 0 ? -EBADMSG : 0;
}

/* Red, green, blue; never larger than it was. */
static int scale(struct cutout *cutout, struct face_image *ret_image)
{
	const AVFrame *part = cutout->part;
	int side = part->width > part->height ? part->width : part->height;
	float shrink = side > CUTOUT_SIDE_MAX ? (float)CUTOUT_SIDE_MAX / (float)side : 1;
	int width = (int)((float)part->width * shrink),
	    height = (int)((float)part->height * shrink);

	if (width < 1 || height < 1)
		return -ENOENT;
	cutout->scaler =
		sws_getCachedContext(cutout->scaler, part->width, part->height, part->format, width,
				     height, AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL, NULL, NULL);
	uint8_t *const out[1] = {cutout->pixels};
	const int strides[1] = {width * FACE_COLORS};

	if (!cutout->scaler || sws_scale(cutout->scaler, (const uint8_t *const *)part->data,
					 part->linesize, 0, part->height, out, strides) != height)
		return -EBADMSG;
	*ret_image = (struct face_image){cutout->pixels, (uint32_t)width, (uint32_t)height};
	return 0;
}

int cutout_take(struct cutout *cutout, const struct AVFrame *frame, const struct box *region,
		struct face_image *ret_image)
{
	if (frame->width < CUTOUT_SIDE_MIN || frame->height < CUTOUT_SIDE_MIN)
		return -EBADMSG;
	int r = cut(cutout, frame, region);

	if (r == 0)
		r = scale(cutout, ret_image);
	av_frame_unref(cutout->part);
	return r;
}
