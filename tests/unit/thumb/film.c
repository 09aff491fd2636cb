#include "film.h"

#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#include "../check.h"

/* What libx265 forgets to free is not ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libx265";
}

enum { FRAMES_MAX = 4, SALT_SIZE = 40, WHITE = 235, BLACK = 16 };

static AVCodecContext *open_encoder(const struct film_spec *spec)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(spec->encoder);

	av_log_set_level(AV_LOG_QUIET);
	assert_non_null(codec);
	AVCodecContext *context = avcodec_alloc_context3(codec);

	context->width = spec->width;
	context->height = spec->height;
	context->pix_fmt = AV_PIX_FMT_YUV420P;
	context->time_base = (AVRational){1, 25};
	context->sample_aspect_ratio = (AVRational){spec->shape ? spec->shape : 1, 1};
	context->max_b_frames = 0;
	context->thread_count = 1;
	context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_LOW_DELAY;
	assert_int_equal(av_opt_set(context->priv_data, "preset", "ultrafast", 0), 0);
	assert_int_equal(av_opt_set(context->priv_data, "tune", "zerolatency", 0), 0);
	/* Sizes instead of start codes, as Ward's frames have them. */
	assert_int_equal(av_opt_set(context->priv_data,
				    spec->codec == CODEC_H265 ? "x265-params" : "x264-params",
				    spec->codec == CODEC_H265
					    ? "annexb=0:log-level=none:pools=none:frame-threads=1"
					    : "annexb=0",
				    0),
			 0);
	assert_int_equal(avcodec_open2(context, codec, NULL), 0);
	return context;
}

static AVFrame *draw(const struct film_spec *spec)
{
	AVFrame *frame = av_frame_alloc();

	frame->format = AV_PIX_FMT_YUV420P;
	frame->width = spec->width;
	frame->height = spec->height;
	assert_int_equal(av_frame_get_buffer(frame, 0), 0);
	for (int y = 0; y < spec->height; y++)
		for (int x = 0; x < spec->width; x++)
			frame->data[0][y * frame->linesize[0] + x] =
				(uint8_t)((x < spec->width / 2 ? WHITE : BLACK) ^
					  (spec->is_noisy ? (x * 7919 ^ y * 104729) >> 3 & 127
							  : 0));
	for (int plane = 1; plane <= 2; plane++)
		memset(frame->data[plane], 128,
		       (size_t)(frame->linesize[plane] * ((spec->height + 1) / 2)));
	return frame;
}

static size_t put_salt(uint8_t *at)
{
	static const uint8_t head[8] = {0, 0, 0, SALT_SIZE, 'f', 'r', 'e', 'e'};

	memset(at, 7, SALT_SIZE);
	memcpy(at, head, sizeof(head));
	return SALT_SIZE;
}

static void put_fragment(const struct film_spec *spec, AVPacket *const *packets, struct film *film)
{
	struct cmaf_sample samples[FRAMES_MAX];
	uint32_t count = 0, first = spec->begins_late ? 1 : 0;

	for (uint32_t i = first; i < spec->frames; i++)
		samples[count++] =
			(struct cmaf_sample){.pts = 3600 * i,
					     .size = (uint32_t)packets[i]->size,
					     .is_key = packets[i]->flags & AV_PKT_FLAG_KEY};
	struct cmaf_fragment fragment = {.sequence = 1, .samples = samples, .sample_count = count};
	size_t at = put_salt(film->fragment);
	int size = cmaf_build_head(&fragment, film->fragment + at, FILM_SIZE_MAX - at);

	assert_true(size > 0);
	at += (size_t)size;
	for (uint32_t i = first; i < spec->frames; i++) {
		assert_true(at + (size_t)packets[i]->size <= FILM_SIZE_MAX);
		memcpy(film->fragment + at, packets[i]->data, (size_t)packets[i]->size);
		at += (size_t)packets[i]->size;
	}
	film->fragment_size = at;
}

static void put_init(const struct film_spec *spec, const AVCodecContext *context, struct film *film)
{
	struct cmaf_track track = {.codec = spec->codec,
				   .timescale = CMAF_TIMESCALE_VIDEO,
				   .width = (uint32_t)spec->width,
				   .height = (uint32_t)spec->height,
				   .config = {context->extradata, (size_t)context->extradata_size}};
	int size = cmaf_build_init(&track, film->init, sizeof(film->init));

	assert_true(size > 0);
	film->init_size = (size_t)size;
}

void film_make(const struct film_spec *spec, struct film *ret_film)
{
	AVPacket *packets[FRAMES_MAX];
	AVCodecContext *context = open_encoder(spec);
	AVFrame *frame = draw(spec);

	assert_true(spec->frames <= FRAMES_MAX);
	for (uint32_t i = 0; i < spec->frames; i++) {
		frame->pts = i;
		packets[i] = av_packet_alloc();
		assert_int_equal(avcodec_send_frame(context, frame), 0);
		assert_int_equal(avcodec_receive_packet(context, packets[i]), 0);
	}
	put_init(spec, context, ret_film);
	put_fragment(spec, packets, ret_film);
	for (uint32_t i = 0; i < spec->frames; i++)
		av_packet_free(&packets[i]);
	av_frame_free(&frame);
	avcodec_free_context(&context);
}

struct film_picture film_look(const uint8_t *jpeg, size_t size)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
	AVCodecContext *context = avcodec_alloc_context3(codec);
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();

	assert_int_equal(avcodec_open2(context, codec, NULL), 0);
	assert_int_equal(av_new_packet(packet, (int)size), 0);
	memcpy(packet->data, jpeg, size);
	assert_int_equal(avcodec_send_packet(context, packet), 0);
	assert_int_equal(avcodec_receive_frame(context, frame), 0);
	const uint8_t *middle = frame->data[0] + frame->height / 2 * frame->linesize[0];
	struct film_picture picture = {.width = frame->width,
				       .height = frame->height,
				       .left = middle[frame->width / 4],
				       .right = middle[frame->width * 3 / 4]};

	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&context);
	return picture;
}
