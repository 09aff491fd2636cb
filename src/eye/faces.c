#include "eye/faces.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

#include "base/clock.h"

enum { SIDE_MIN = 24 };

struct faces {
	struct runtime_model *search, *marks, *printer;
	struct SwsContext *scaler;
	AVFrame *part;
	uint8_t *pixels;
};

static const struct runtime_shape search_shape = {
	.id = MODEL_FACE_SEARCH,
	.input = "input:0",
	.sides = {1, FACE_INPUT_SIDE, FACE_INPUT_SIDE, FACE_COLORS},
	.outputs = {"Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0"},
	.counts = {FACE_FINE, FACE_COARSE, FACE_FINE * FACE_NUMBERS, FACE_COARSE * FACE_NUMBERS},
};
static const struct runtime_shape marks_shape = {
	.id = MODEL_FACE_MARKS,
	.input = "input",
	.sides = {1, 1, FACE_MARKS_SIDE, FACE_MARKS_SIDE},
	.outputs = {"output"},
	.counts = {2 * FACE_MARKS},
};
static const struct runtime_shape print_shape = {
	.id = MODEL_FACE_PRINT,
	.input = "input",
	.sides = {1, FACE_COLORS, FACE_CHIP_SIDE, FACE_CHIP_SIDE},
	.outputs = {"output"},
	.counts = {PRINT_SIZE},
};

static const char missed[] = "faces are not known";

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

static AVCodecContext *open_codec(enum AVCodecID id)
{
	const AVCodec *codec = avcodec_find_decoder(id);
	AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;

	if (!context)
		return NULL;
	context->thread_count = 1;
	context->max_pixels = FACES_PIXELS_MAX;
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

int faces_look_file(struct faces *faces, struct bytes file, struct faces_print *ret_print)
{
	AVCodecContext *context = open_codec(codec_of(file));
	AVFrame *frame = context ? av_frame_alloc() : NULL;
	int r = frame ? decode(context, file, frame) : -EBADMSG;

	if (r == 0)
		r = faces_look(faces, frame, NULL, ret_print);
	av_frame_free(&frame);
	avcodec_free_context(&context);
	return r;
}

/* ---- loading ---- */

/* Both are used once before the sandbox closes. */
static bool can_decode_files(void)
{
	AVCodecContext *jpeg = open_codec(AV_CODEC_ID_MJPEG), *png = open_codec(AV_CODEC_ID_PNG);
	bool can = jpeg && png;

	avcodec_free_context(&jpeg);
	avcodec_free_context(&png);
	return can;
}

static int load(struct faces *faces, struct runtime *runtime, const char *folder)
{
	int r = runtime_load_model(runtime, folder, missed, &search_shape, &faces->search);

	if (r == 0)
		r = runtime_load_model(runtime, folder, missed, &marks_shape, &faces->marks);
	if (r == 0)
		r = runtime_load_model(runtime, folder, missed, &print_shape, &faces->printer);
	faces->part = av_frame_alloc();
	/* libswscale writes whole vectors. */
	faces->pixels = calloc(1, (size_t)FACES_SIDE_MAX * FACES_SIDE_MAX * FACE_COLORS + 64);
	if (r == 0 && (!faces->part || !faces->pixels || !can_decode_files()))
		r = -ENOMEM;
	return r;
}

enum eye_state faces_load(struct runtime *runtime, const char *folder, struct faces **ret_faces)
{
	AUTO(faces) faces = calloc(1, sizeof(*faces));
	int r = faces ? load(faces, runtime, folder) : -ENOMEM;

	if (r < 0)
		return r == -ENOENT ? EYE_NO_MODEL : EYE_BAD_MODEL;
	*ret_faces = take(faces);
	return EYE_LOOKING;
}

void faces_destroy(struct faces *faces)
{
	if (!faces)
		return;
	runtime_model_destroy(faces->search);
	runtime_model_destroy(faces->marks);
	runtime_model_destroy(faces->printer);
	sws_freeContext(faces->scaler);
	av_frame_free(&faces->part);
	free(faces->pixels);
	free(faces);
}

/* ---- a part of a picture ---- */

/* In whole pixels of the frame, even, as colours are. */
static size_t pixels_of(float part, int length)
{
	return (size_t)lrintf(part * (float)length) & ~(size_t)1;
}

static int cut(struct faces *faces, const AVFrame *frame, const struct box *region)
{
	AVFrame *part = faces->part;

	if (av_frame_ref(part, frame) < 0)
		return -ENOMEM;
	part->crop_left = pixels_of(region->left, frame->width);
	part->crop_top = pixels_of(region->top, frame->height);
	part->crop_right = pixels_of(1 - region->right, frame->width);
	part->crop_bottom = pixels_of(1 - region->bottom, frame->height);
	if (part->crop_left + part->crop_right + SIDE_MIN > (size_t)frame->width ||
	    part->crop_top + part->crop_bottom + SIDE_MIN > (size_t)frame->height)
		return -ENOENT;
	return av_frame_apply_cropping(part, AV_FRAME_CROP_UNALIGNED) < 0 ? -EBADMSG : 0;
}

/* Red, green, blue; never larger than it was. */
static int scale(struct faces *faces, struct face_image *ret_image)
{
	const AVFrame *part = faces->part;
	int side = part->width > part->height ? part->width : part->height;
	float shrink = side > FACES_SIDE_MAX ? (float)FACES_SIDE_MAX / (float)side : 1;
	int width = (int)((float)part->width * shrink), height = (int)((float)part->height * shrink);

	if (width < 1 || height < 1)
		return -ENOENT;
	faces->scaler = sws_getCachedContext(faces->scaler, part->width, part->height, part->format,
					     width, height, AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL,
					     NULL, NULL);
	uint8_t *const out[1] = {faces->pixels};
	const int strides[1] = {width * FACE_COLORS};

	if (!faces->scaler ||
	    sws_scale(faces->scaler, (const uint8_t *const *)part->data, part->linesize, 0,
		      part->height, out, strides) != height)
		return -EBADMSG;
	*ret_image = (struct face_image){faces->pixels, (uint32_t)width, (uint32_t)height};
	return 0;
}

static int take_part(struct faces *faces, const AVFrame *frame, const struct box *region,
		     struct face_image *ret_image)
{
	if (frame->width < SIDE_MIN || frame->height < SIDE_MIN)
		return -EBADMSG;
	int r = cut(faces, frame, region);

	if (r == 0)
		r = scale(faces, ret_image);
	av_frame_unref(faces->part);
	return r;
}

/* ---- the networks ---- */

static int search(struct faces *faces, const struct face_image *image,
		  struct face found[FACE_MAX], size_t *ret_count)
{
	const float *outputs[RUNTIME_OUTPUTS_MAX];

	face_fill_search(image, runtime_model_input(faces->search));
	int r = runtime_model_run(faces->search, outputs);

	if (r < 0)
		return r;
	struct face_answer answer = {{outputs[0], outputs[1]}, {outputs[2], outputs[3]}};

	*ret_count = face_decode(&answer, image, FACES_SCORE_MIN, found);
	return 0;
}

static int make_print(struct faces *faces, const struct face_image *image, const struct face *face,
		      struct faces_print *ret_print)
{
	const float *outputs[RUNTIME_OUTPUTS_MAX];
	struct face_pose pose;

	face_fill_marks(image, face, runtime_model_input(faces->marks));
	int r = runtime_model_run(faces->marks, outputs);

	if (r < 0)
		return r;
	if (face_align(face, outputs[0], &pose) < 0)
		return -ENOENT;
	float sharpness = face_fill_chip(image, &pose.turn, runtime_model_input(faces->printer));

	ret_print->quality = face_quality(face, &pose, sharpness);
	if (ret_print->quality == 0)
		return -ENOENT;
	r = runtime_model_run(faces->printer, outputs);
	if (r < 0)
		return r;
	return print_make(outputs[0], &ret_print->print) < 0 ? -ENOENT : 0;
}

/* The one whose middle lies within the person's box: of two, nobody knows which it is. */
static int choose(const struct face *found, size_t count, const struct face *within,
		  struct face *ret_face)
{
	size_t fitting = 0;

	for (size_t i = 0; i < count; i++) {
		float x = (found[i].left + found[i].right) / 2;
		float y = (found[i].top + found[i].bottom) / 2;

		if (x < within->left || x > within->right || y < within->top || y > within->bottom)
			continue;
		*ret_face = found[i];
		fitting++;
	}
	if (fitting > 1)
		return -EMLINK;
	return fitting ? 0 : -ENOENT;
}

int faces_look(struct faces *faces, const struct AVFrame *frame, const struct box *person,
	       struct faces_print *ret_print)
{
	static const struct box whole = {0, 0, 1, 1, 1};
	struct box region = whole;
	struct face found[FACE_MAX], face;
	struct face_image image;
	size_t count;

	if (person && frame->height > 0)
		region = face_region(person, (float)frame->width / (float)frame->height);
	int r = take_part(faces, frame, &region, &image);

	if (r == 0)
		r = search(faces, &image, found, &count);
	if (r < 0)
		return r;
	struct face within = face_within(person ? person : &whole, &region, &image);

	r = choose(found, count, &within, &face);
	return r < 0 ? r : make_print(faces, &image, &face, ret_print);
}

/* ---- whom to look at ---- */

/* Found in this picture, told, and not looked at too often. The one who waited longest. */
static int choose_stay(struct faces_watch *watch, const struct stays *stays, uint64_t at_ns)
{
	int chosen = -1;

	for (int i = 0; i < STAY_MAX; i++) {
		const struct stay *stay = &stays->list[i];

		if ((stay->state != STAY_BEGUN && stay->state != STAY_LASTS) || stay->last_ns != at_ns)
			continue;
		if (watch->people[i].stay != stay->number) {
			memset(&watch->people[i], 0, sizeof(watch->people[i]));
			watch->people[i].stay = stay->number;
		}
		if (watch->people[i].prints < FACES_PRINTS_MAX && at_ns >= watch->people[i].next_ns &&
		    (chosen < 0 || watch->people[i].next_ns < watch->people[chosen].next_ns))
			chosen = i;
	}
	return chosen;
}

int faces_watch_look(struct faces_watch *watch, const struct AVFrame *frame,
		     const struct stays *stays, uint64_t at_ns)
{
	int chosen = watch->faces ? choose_stay(watch, stays, at_ns) : -1;

	if (chosen < 0)
		return 0;
	bool is_slow = ++watch->people[chosen].looks > FACES_LOOKS_MAX;

	watch->people[chosen].next_ns =
		at_ns + (is_slow ? FACES_SLOW_MS : FACES_LOOK_MS) * CLOCK_NS_PER_MS;
	int r = faces_look(watch->faces, frame, &stays->list[chosen].box, &watch->print);

	if (r == 0) {
		watch->people[chosen].prints++;
		watch->stay = watch->people[chosen].stay;
		watch->at_ns = at_ns;
	}
	return r == -EIO ? r : 0;
}

bool faces_watch_next(struct faces_watch *watch, uint32_t *ret_stay, struct faces_print *ret_print)
{
	if (!watch->stay)
		return false;
	*ret_stay = watch->stay;
	*ret_print = watch->print;
	watch->stay = 0;
	return true;
}
