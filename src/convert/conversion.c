#include "convert/conversion.h"

#include <errno.h>
#include <string.h>

#include "convert/coder.h"
#include "convert/pictures.h"
#include "proto/cmaf/cmaf.h"
#include "proto/mp4/mp4_read.h"

enum {
	RATE_MIN = 100000,  /* bit/s: below it there is nothing to see */
	ROOM_PERCENT = 70, /* of the room, for what the rate allows: one picture may go above it */
};

/* One fragment under way. */
struct conversion {
	const struct conversion_source *source;
	struct mp4_init init;
	struct mp4_fragment fragment;
	int64_t length; /* of the fragment, in units of its timescale */
	struct pictures *pictures;
	struct coder *coder;
	struct cmaf_sample samples[CMAF_SAMPLES_MAX];
	uint32_t count;
	int64_t last; /* the newest sample's time since the fragment's start */
};

static void finish(struct conversion *conversion)
{
	pictures_close(conversion->pictures);
	coder_close(conversion->coder);
}

/* ---- what is given ---- */

static int read_source(struct conversion *conversion)
{
	const struct conversion_source *source = conversion->source;
	struct mp4_fragment *fragment = &conversion->fragment;

	if (mp4_read_init(source->init, &conversion->init) < 0 ||
	    conversion->init.timescale != CODER_TIMESCALE)
		return -EBADMSG;
	if (source->what == CONVERT_INIT)
		return 0;
	if (mp4_read_fragment(source->fragment, fragment) < 0 ||
	    fragment->sample_count > CMAF_SAMPLES_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < fragment->sample_count; i++)
		conversion->length += mp4_sample_of(fragment, i).duration;
	return mp4_sample_of(fragment, 0).is_key ? 0 : -ENOENT;
}

/* However long it is, it fits. */
static int64_t rate_for(const struct conversion *conversion, size_t capacity)
{
	int64_t room = (int64_t)capacity * 8 / 100 * ROOM_PERCENT, rate = CODER_RATE_MAX;

	if (conversion->length > CODER_TIMESCALE)
		rate = room * CODER_TIMESCALE / conversion->length;
	return rate > CODER_RATE_MAX ? CODER_RATE_MAX : rate < RATE_MIN ? RATE_MIN : rate;
}

static int open_codecs(struct conversion *conversion, size_t capacity)
{
	const struct conversion_source *source = conversion->source;
	struct coder_format format = {.width = conversion->init.width,
				      .height = conversion->init.height,
				      .rate_max = rate_for(conversion, capacity)};
	int r = pictures_open(&conversion->init, source->pixels_max, &conversion->pictures);

	if (r < 0)
		return r;
	format.decoder = pictures_format(conversion->pictures);
	return coder_open(&format, &conversion->coder);
}

/* ---- what is made ---- */

static int make_init(const struct conversion *conversion, uint8_t *ret_data, size_t capacity)
{
	const struct cmaf_track track = {
		.codec = CODEC_H264,
		.timescale = CODER_TIMESCALE,
		.width = (uint32_t)coder_width(conversion->coder),
		.height = (uint32_t)coder_height(conversion->coder),
		.config = coder_config(conversion->coder),
	};

	return cmaf_build_init(&track, ret_data, capacity);
}

/* When the picture is shown, since the fragment's start; negative: not at all. The first is shown from
 * the start on, also where those before it needed pictures of the fragment before (14496-15 §8.4.3:
 * leading pictures). */
static int64_t time_of(const struct conversion *conversion, const AVFrame *picture)
{
	if (!conversion->count)
		return 0;
	return picture->pts > conversion->last && picture->pts < conversion->length ? picture->pts : -1;
}

static int add_picture(struct conversion *conversion, AVFrame *picture, struct bytes_writer *writer)
{
	int64_t time = time_of(conversion, picture);
	const uint8_t *start = writer->at;

	if (time < 0 || conversion->count == conversion->fragment.sample_count)
		return 0;
	int r = coder_put(conversion->coder, picture, time, writer);

	if (r < 0)
		return r;
	conversion->samples[conversion->count] = (struct cmaf_sample){
		.pts = conversion->fragment.decode_time + (uint64_t)time,
		.size = (uint32_t)(writer->at - start),
		.is_key = conversion->count == 0,
	};
	conversion->count++;
	conversion->last = time;
	return 0;
}

static int add_pictures(struct conversion *conversion, struct bytes_writer *writer)
{
	bool only_first = conversion->source->what == CONVERT_KEY_FRAME;
	AVFrame *picture;
	int r = pictures_load(conversion->pictures, conversion->source->fragment,
			      &conversion->fragment, only_first);

	while (r == 0 && (picture = pictures_next(conversion->pictures)))
		r = add_picture(conversion, picture, writer);
	if (r < 0)
		return r;
	return conversion->count ? 0 : -EBADMSG;
}

/* The samples are written behind room for the largest head, and then moved up to theirs. */
static int make_fragment(struct conversion *conversion, uint8_t *ret_data, size_t capacity)
{
	size_t room = cmaf_head_size(conversion->fragment.sample_count) + CMAF_MDAT_HEAD_SIZE;

	if (room >= capacity)
		return -EMSGSIZE;
	struct bytes_writer writer = bytes_write(ret_data + room, capacity - room);
	int r = add_pictures(conversion, &writer);

	if (r < 0)
		return r;
	struct cmaf_fragment made = {.sequence = 1,
				     .end = conversion->fragment.decode_time +
					    (uint64_t)conversion->length,
				     .samples = conversion->samples,
				     .sample_count = conversion->count};
	size_t size = (size_t)(writer.at - writer.start);
	int head = cmaf_build_head(&made, ret_data, room);

	if (head < 0)
		return head;
	memmove(ret_data + head, writer.start, size);
	return head + (int)size;
}

int conversion_make(const struct conversion_source *source, uint8_t *ret_data, size_t capacity,
		    size_t *ret_size)
{
	struct conversion conversion = {.source = source};
	int r = read_source(&conversion);

	if (r == 0)
		r = open_codecs(&conversion, capacity);
	if (r == 0)
		r = source->what == CONVERT_INIT ? make_init(&conversion, ret_data, capacity)
						 : make_fragment(&conversion, ret_data, capacity);
	finish(&conversion);
	if (r < 0)
		return r;
	*ret_size = (size_t)r;
	return 0;
}

/* ---- before the sandbox ---- */

/* A grey picture, larger than what is made. */
static AVFrame *make_grey(void)
{
	AVFrame *grey = av_frame_alloc();

	if (!grey)
		return NULL;
	grey->format = AV_PIX_FMT_YUV420P;
	grey->width = 2 * CODER_WIDTH_MAX;
	grey->height = 2 * CODER_HEIGHT_MAX;
	if (av_frame_get_buffer(grey, 0) < 0)
		av_frame_free(&grey);
	for (int plane = 0; grey && plane < 3; plane++)
		memset(grey->data[plane], 128,
		       (size_t)(grey->linesize[plane] * (grey->height >> (plane ? 1 : 0))));
	return grey;
}

int conversion_warm_up(void)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_HEVC);
	AVCodecContext *decoder = codec ? avcodec_alloc_context3(codec) : NULL;
	AVFrame *grey = make_grey();
	struct coder *coder = NULL;
	uint8_t room[4096];
	struct bytes_writer writer = bytes_write(room, sizeof(room));
	int r = codec ? -ENOMEM : -EPROTONOSUPPORT;

	/* It would print a line for each bad picture; here they are left out. */
	av_log_set_level(AV_LOG_QUIET);
	if (decoder && grey) {
		struct coder_format format = {.width = grey->width,
					      .height = grey->height,
					      .decoder = decoder,
					      .rate_max = CODER_RATE_MAX};

		decoder->thread_count = 1;
		r = avcodec_open2(decoder, codec, NULL) < 0 ? -EPROTONOSUPPORT
							    : coder_open(&format, &coder);
	}
	if (r == 0)
		r = coder_put(coder, grey, 0, &writer);
	coder_close(coder);
	avcodec_free_context(&decoder);
	av_frame_free(&grey);
	return r == -EMSGSIZE ? 0 : r;
}
