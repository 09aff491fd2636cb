/* Recorded H.265 becomes H.264: the same pictures at the same times, or a refusal. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include <libavcodec/avcodec.h>

#include "../thumb/film.h"
#include "convert/conversion.h"
#include "proto/mp4/mp4_read.h"

static struct film film;
static uint8_t made[CONVERT_SIZE_MAX], init[CMAF_INIT_MAX];
static size_t made_size, init_size;

static int make_of(size_t size, enum convert_what what, uint32_t pixels_max)
{
	struct conversion_source source = {.init = {film.init, film.init_size},
					   .fragment = {film.fragment, size},
					   .what = what,
					   .pixels_max = pixels_max};

	return conversion_make(&source, made, sizeof(made), &made_size);
}

static int make(enum convert_what what)
{
	return make_of(film.fragment_size, what, CONVERSION_PIXELS_MAX);
}

static void make_init(void)
{
	assert_int_equal(make(CONVERT_INIT), 0);
	assert_true(made_size <= sizeof(init));
	memcpy(init, made, made_size);
	init_size = made_size;
}

/* ---- looking at what was made, as a browser does: with what the init segment says ---- */

static AVCodecContext *open_decoder(struct mp4_init *ret_init)
{
	enum { ENTRY_SIZE = 86, HEAD_SIZE = 8 };
	AVCodecContext *context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));

	assert_int_equal(mp4_read_init((struct bytes){init, init_size}, ret_init), 0);
	const uint8_t *box = ret_init->entry.data + ENTRY_SIZE;

	assert_memory_equal(box + 4, "avcC", 4);
	context->extradata_size = (int)((size_t)(box[2] << 8 | box[3]) - HEAD_SIZE);
	context->extradata =
		av_mallocz((size_t)context->extradata_size + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(context->extradata, box + HEAD_SIZE, (size_t)context->extradata_size);
	assert_int_equal(avcodec_open2(context, NULL, NULL), 0);
	return context;
}

static void check_picture(AVCodecContext *decoder, struct bytes sample)
{
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();

	assert_int_equal(av_new_packet(packet, (int)sample.size), 0);
	memcpy(packet->data, sample.data, sample.size);
	assert_int_equal(avcodec_send_packet(decoder, packet), 0);
	assert_int_equal(avcodec_receive_frame(decoder, frame), 0);
	const uint8_t *middle = frame->data[0] + frame->height / 2 * frame->linesize[0];

	assert_in_range(middle[frame->width / 4], 225, 245);
	assert_in_range(middle[frame->width * 3 / 4], 10, 24);
	av_frame_free(&frame);
	av_packet_free(&packet);
}

/* Every picture at its time, the first a key frame, each white on the left and black on the right. */
static void check(uint32_t count, int width, int height)
{
	struct mp4_fragment fragment, before;
	struct mp4_init what;
	AVCodecContext *decoder = open_decoder(&what);

	assert_int_equal(what.width, width);
	assert_int_equal(what.height, height);
	assert_int_equal(what.timescale, CMAF_TIMESCALE_VIDEO);
	assert_int_equal(mp4_read_fragment((struct bytes){film.fragment, film.fragment_size}, &before), 0);
	/* mp4_read_fragment wants the salt that lies before each fragment of a pack. */
	static uint8_t salted[MP4_SALT_SIZE + CONVERT_SIZE_MAX] = {0, 0, 0, MP4_SALT_SIZE, 'f', 'r', 'e', 'e'};

	memcpy(salted + MP4_SALT_SIZE, made, made_size);
	assert_int_equal(
		mp4_read_fragment((struct bytes){salted, MP4_SALT_SIZE + made_size}, &fragment), 0);
	assert_int_equal(fragment.decode_time, before.decode_time);
	assert_int_equal(fragment.sample_count, count);
	const uint8_t *at = salted + fragment.data_at;
	uint64_t length = 0, length_before = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct mp4_sample sample = mp4_sample_of(&fragment, i);

		assert_int_equal(sample.is_key, i == 0);
		assert_int_equal(sample.composition, 0);
		check_picture(decoder, (struct bytes){at, sample.size});
		at += sample.size;
		length += sample.duration;
	}
	for (uint32_t i = 0; i < before.sample_count; i++)
		length_before += mp4_sample_of(&before, i).duration;
	assert_int_equal(length, length_before);
	avcodec_free_context(&decoder);
}

static void pictures_stay_at_their_times(void **state)
{
	static const struct {
		struct film_spec spec;
		int width, height;
	} cases[] = {
		{{FILM_H265, .width = 640, .height = 360, .frames = 4}, 640, 360},
		{{FILM_H265, .width = 1920, .height = 1080, .frames = 3}, 1280, 720},
		{{FILM_H265, .width = 1280, .height = 960, .frames = 2}, 960, 720},
		{{FILM_H265, .width = 720, .height = 1280, .frames = 2}, 404, 720},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		film_make(&cases[i].spec, &film);
		make_init();
		assert_int_equal(make(CONVERT_FRAGMENT), 0);
		check(cases[i].spec.frames, cases[i].width, cases[i].height);
		assert_int_equal(make(CONVERT_KEY_FRAME), 0);
		check(1, cases[i].width, cases[i].height);
	}
}

static void browsers_are_told_what_it_is(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 1920, .height = 1080, .frames = 1};
	char codecs[32];

	(void)state;
	film_make(&spec, &film);
	make_init();
	assert_true(cmaf_parse_codecs((struct bytes){init, init_size}, codecs, sizeof(codecs)) > 0);
	assert_string_equal(codecs, "avc1.42C028");
}

/* A function of the fragment alone: what is made twice is the same, whatever was made in between. */
static void it_is_the_same_each_time(void **state)
{
	static uint8_t first[CONVERT_SIZE_MAX];
	const struct film_spec spec = {FILM_H265, .width = 640, .height = 360, .frames = 4, .is_noisy = true};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make(CONVERT_FRAGMENT), 0);
	size_t size = made_size;

	memcpy(first, made, size);
	make_init();
	assert_int_equal(make(CONVERT_KEY_FRAME), 0);
	assert_int_equal(make(CONVERT_FRAGMENT), 0);
	assert_int_equal(made_size, size);
	assert_memory_equal(made, first, size);
}

static void what_is_not_h265_is_refused(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 320, .height = 240, .frames = 1};
	struct cmaf_track track = {.codec = CODEC_OPUS, .timescale = 48000, .channels = 1};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make(CONVERT_INIT), -EPROTONOSUPPORT);
	assert_int_equal(make(CONVERT_FRAGMENT), -EPROTONOSUPPORT);
	int size = cmaf_build_init(&track, film.init, sizeof(film.init));

	assert_true(size > 0);
	film.init_size = (size_t)size;
	assert_int_equal(make(CONVERT_INIT), -EBADMSG);
}

static void without_a_key_frame_there_is_nothing(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 320, .height = 240, .frames = 3,
				       .begins_late = true};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make(CONVERT_FRAGMENT), -ENOENT);
}

static void what_is_cut_or_too_large_is_refused(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 640, .height = 360, .frames = 2, .is_noisy = true};

	(void)state;
	film_make(&spec, &film);
	assert_int_equal(make_of(film.fragment_size - 1, CONVERT_FRAGMENT, CONVERSION_PIXELS_MAX), -EBADMSG);
	assert_int_equal(make_of(20, CONVERT_FRAGMENT, CONVERSION_PIXELS_MAX), -EBADMSG);
	assert_int_equal(make_of(0, CONVERT_FRAGMENT, CONVERSION_PIXELS_MAX), -EBADMSG);
	assert_true(make_of(film.fragment_size, CONVERT_FRAGMENT, 640 * 359) < 0);
	assert_int_equal(make_of(film.fragment_size, CONVERT_FRAGMENT, 640 * 384 * 2), 0);

	struct conversion_source source = {.init = {film.init, film.init_size},
					   .fragment = {film.fragment, film.fragment_size},
					   .what = CONVERT_FRAGMENT,
					   .pixels_max = CONVERSION_PIXELS_MAX};
	size_t size;

	assert_int_equal(conversion_make(&source, made, 4000, &size), -EMSGSIZE);
	/* Nonsense in place of every slice: there is no picture. */
	struct mp4_fragment fragment;

	assert_int_equal(mp4_read_fragment(source.fragment, &fragment), 0);
	memset(film.fragment + fragment.data_at, 0xa5, fragment.data_size);
	assert_int_equal(make(CONVERT_FRAGMENT), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_stay_at_their_times),
		cmocka_unit_test(browsers_are_told_what_it_is),
		cmocka_unit_test(it_is_the_same_each_time),
		cmocka_unit_test(what_is_not_h265_is_refused),
		cmocka_unit_test(without_a_key_frame_there_is_nothing),
		cmocka_unit_test(what_is_cut_or_too_large_is_refused),
	};

	assert_int_equal(conversion_warm_up(), 0);
	return cmocka_run_group_tests_name("conversion", tests, NULL, NULL);
}
