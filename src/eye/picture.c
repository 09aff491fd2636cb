#include "eye/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

enum { PIXEL = 3, GREY = 114, START_CODE = 4 };

/* What the network was trained with: blue, green, red. */
static const float mean[PIXEL] = {103.53F, 116.28F, 123.675F};
static const float deviation[PIXEL] = {57.375F, 57.12F, 58.395F};

struct picture_decoder {
	AVCodecContext *context;
	AVPacket *packet;
	AVFrame *frame;
	uint8_t *unit; /* the frame with start codes, grown as needed */
	size_t capacity;
};

static const enum AVCodecID CODECS[CODEC_COUNT] = {
	[CODEC_H264] = AV_CODEC_ID_H264,
	[CODEC_H265] = AV_CODEC_ID_HEVC,
};

/* ---- decoding ---- */

/* NAL units after their sizes become NAL units after start codes, which are as long. */
static int put_start_codes(uint8_t *data, size_t size)
{
	static const uint8_t start_code[START_CODE] = {0, 0, 0, 1};

	for (size_t at = 0; at < size;) {
		struct bytes_reader reader = bytes_read(data + at, size - at);
		size_t length = bytes_get_be32(&reader);

		if (!bytes_get(&reader, length))
			return -EBADMSG;
		memcpy(data + at, start_code, sizeof(start_code));
		at += START_CODE + length;
	}
	return 0;
}

static int set_config(AVCodecContext *context, struct bytes config)
{
	context->extradata = av_mallocz(config.size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!context->extradata)
		return -ENOMEM;
	if (config.size)
		memcpy(context->extradata, config.data, config.size);
	context->extradata_size = (int)config.size;
	return put_start_codes(context->extradata, config.size);
}

static int open_decoder(struct picture_decoder *decoder, uint32_t codec_number,
			struct bytes config, uint32_t pixels_max)
{
	const AVCodec *codec = avcodec_find_decoder(CODECS[codec_number]);

	/* It would print a line for each bad frame; here they are counted. */
	av_log_set_level(AV_LOG_QUIET);
	decoder->context = codec ? avcodec_alloc_context3(codec) : NULL;
	decoder->packet = av_packet_alloc();
	decoder->frame = av_frame_alloc();
	if (!decoder->context || !decoder->packet || !decoder->frame)
		return -ENOMEM;
	decoder->context->thread_count = 1;
	decoder->context->flags |= AV_CODEC_FLAG_LOW_DELAY;
	decoder->context->max_pixels = pixels_max;
	int r = set_config(decoder->context, config);

	if (r < 0)
		return r;
	return avcodec_open2(decoder->context, codec, NULL) < 0 ? -EBADMSG : 0;
}

int picture_decoder_create(uint32_t codec, struct bytes config, uint32_t pixels_max,
			   struct picture_decoder **ret_decoder)
{
	if (codec >= CODEC_COUNT || CODECS[codec] == AV_CODEC_ID_NONE)
		return -EPROTONOSUPPORT;
	if (config.size > PICTURE_CONFIG_MAX)
		return -EBADMSG;
	AUTO(picture_decoder) decoder = calloc(1, sizeof(*decoder));
	int r = decoder ? open_decoder(decoder, codec, config, pixels_max) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_decoder = take(decoder);
	return 0;
}

void picture_decoder_destroy(struct picture_decoder *decoder)
{
	if (!decoder)
		return;
	avcodec_free_context(&decoder->context);
	av_packet_free(&decoder->packet);
	av_frame_free(&decoder->frame);
	free(decoder->unit);
	free(decoder);
}

static int take_unit(struct picture_decoder *decoder, struct bytes unit)
{
	if (unit.size == 0 || unit.size > FRAME_SIZE_MAX)
		return -EBADMSG;
	size_t needed = unit.size + AV_INPUT_BUFFER_PADDING_SIZE;

	if (decoder->capacity < needed) {
		uint8_t *larger = realloc(decoder->unit, needed);

		if (!larger)
			return -ENOMEM;
		decoder->unit = larger;
		decoder->capacity = needed;
	}
	memcpy(decoder->unit, unit.data, unit.size);
	/* libavcodec reads a little past the end. */
	memset(decoder->unit + unit.size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
	return put_start_codes(decoder->unit, unit.size);
}

static int send_unit(struct picture_decoder *decoder, struct bytes unit)
{
	int r = take_unit(decoder, unit);

	if (r < 0)
		return r;
	decoder->packet->data = decoder->unit;
	decoder->packet->size = (int)unit.size;
	int sent = avcodec_send_packet(decoder->context, decoder->packet);

	decoder->packet->data = NULL;
	decoder->packet->size = 0;
	return sent < 0 && sent != AVERROR(EAGAIN) ? -EBADMSG : 0;
}

static int receive(struct picture_decoder *decoder, AVFrame **ret_frame)
{
	int r = avcodec_receive_frame(decoder->context, decoder->frame);

	if (r == AVERROR(EAGAIN))
		return -EAGAIN;
	if (r < 0)
		return -EBADMSG;
	*ret_frame = decoder->frame;
	return 0;
}

int picture_decode_next(struct picture_decoder *decoder, struct bytes unit,
			struct AVFrame **ret_frame)
{
	int r = send_unit(decoder, unit);

	return r < 0 ? r : receive(decoder, ret_frame);
}

int picture_decode_alone(struct picture_decoder *decoder, struct bytes unit,
			 struct AVFrame **ret_frame)
{
	avcodec_flush_buffers(decoder->context);
	int r = send_unit(decoder, unit);

	if (r == 0)
		r = receive(decoder, ret_frame);
	if (r == -EAGAIN) {
		/* It waits for what follows: there is nothing. */
		if (avcodec_send_packet(decoder->context, NULL) < 0)
			return -EBADMSG;
		r = receive(decoder, ret_frame);
	}
	return r == -EAGAIN ? -EBADMSG : r;
}

void picture_restart(struct picture_decoder *decoder)
{
	avcodec_flush_buffers(decoder->context);
}

/* ---- scaling ---- */

static bool has_shape(const struct picture *picture, const AVFrame *frame)
{
	return picture->scaler && picture->width == frame->width &&
	       picture->height == frame->height && picture->format == frame->format;
}

static int make_scaler(struct picture *picture, const AVFrame *frame, uint32_t input_width,
		       uint32_t input_height)
{
	size_t room = (size_t)input_width * input_height * PIXEL;

	if (frame->width < PICTURE_SIDE_MIN || frame->width > PICTURE_SIDE_MAX ||
	    frame->height < PICTURE_SIDE_MIN || frame->height > PICTURE_SIDE_MAX)
		return -EBADMSG;
	picture_finish(picture);
	picture->fit = box_fit((uint32_t)frame->width, (uint32_t)frame->height, input_width,
			       input_height);
	picture->scaler = sws_getContext(frame->width, frame->height, frame->format,
					 (int)picture->fit.width, (int)picture->fit.height,
					 AV_PIX_FMT_BGR24, SWS_BILINEAR, NULL, NULL, NULL);
	/* libswscale writes whole vectors. */
	picture->pixels = calloc(1, room + 64);
	if (!picture->scaler || !picture->pixels)
		return picture->pixels ? -EBADMSG : -ENOMEM;
	picture->width = frame->width;
	picture->height = frame->height;
	picture->format = frame->format;
	return 0;
}

int picture_take(struct picture *picture, const struct AVFrame *frame, uint32_t input_width,
		 uint32_t input_height)
{
	int r = has_shape(picture, frame)
			? 0
			: make_scaler(picture, frame, input_width, input_height);

	if (r < 0) {
		picture_finish(picture);
		return r;
	}
	uint8_t *const out[1] = {picture->pixels};
	const int out_strides[1] = {(int)picture->fit.width * PIXEL};
	int rows = sws_scale(picture->scaler, (const uint8_t *const *)frame->data, frame->linesize,
			     0, frame->height, out, out_strides);

	return rows == (int)picture->fit.height ? 0 : -EBADMSG;
}

void picture_finish(struct picture *picture)
{
	sws_freeContext(picture->scaler);
	free(picture->pixels);
	*picture = (struct picture){0};
}

void picture_fill(const struct picture *picture, float *input)
{
	const struct box_fit *fit = &picture->fit;
	size_t plane_size = (size_t)fit->input_width * fit->input_height;

	for (unsigned color = 0; color < PIXEL; color++) {
		float *plane = input + color * plane_size;
		float scale = 1 / deviation[color];

		for (size_t i = 0; i < plane_size; i++)
			plane[i] = (GREY - mean[color]) * scale;
		for (uint32_t y = 0; y < fit->height; y++) {
			const uint8_t *row = picture->pixels + (size_t)y * fit->width * PIXEL;
			float *to = plane + (size_t)(fit->y + y) * fit->input_width + fit->x;

			for (uint32_t x = 0; x < fit->width; x++)
				to[x] = ((float)row[x * PIXEL + color] - mean[color]) * scale;
		}
	}
}

/* Green is most of brightness. */
void picture_grid(const struct picture *picture, struct motion_grid *ret_grid)
{
	uint32_t sums[MOTION_CELLS] = {0}, counts[MOTION_CELLS] = {0};
	const struct box_fit *fit = &picture->fit;

	for (uint32_t y = 0; y < fit->height; y++) {
		uint32_t row = y * MOTION_ROWS / fit->height * MOTION_COLUMNS;
		const uint8_t *pixels = picture->pixels + (size_t)y * fit->width * PIXEL;

		for (uint32_t x = 0; x < fit->width; x++) {
			uint32_t cell = row + x * MOTION_COLUMNS / fit->width;

			sums[cell] += pixels[x * PIXEL + 1];
			counts[cell]++;
		}
	}
	for (unsigned i = 0; i < MOTION_CELLS; i++) {
		uint32_t mean_of_cell = counts[i] ? sums[i] / counts[i] : 0;

		ret_grid->luma[i] = (uint8_t)mean_of_cell;
	}
}

int picture_warm_up(void)
{
	struct picture picture = {0};
	struct picture_decoder *decoder;
	AVFrame *frame = av_frame_alloc();
	int r = frame ? 0 : -ENOMEM;

	for (uint32_t codec = CODEC_H264; codec <= CODEC_H265 && r == 0; codec++) {
		r = picture_decoder_create(codec, (struct bytes){NULL, 0}, PICTURE_PIXELS_MAX,
					   &decoder);
		if (r == 0)
			picture_decoder_destroy(decoder);
	}
	if (r == 0) {
		frame->width = frame->height = 64;
		frame->format = AV_PIX_FMT_YUV420P;
		r = av_frame_get_buffer(frame, 0) < 0 ? -ENOMEM : 0;
	}
	if (r == 0) {
		for (unsigned i = 0; i < 3; i++)
			memset(frame->data[i], 128, (size_t)frame->linesize[i] * (i ? 32 : 64));
		r = picture_take(&picture, frame, 64, 64);
	}
	picture_finish(&picture);
	av_frame_free(&frame);
	return r;
}
