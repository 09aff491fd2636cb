#include "eye/faces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>

#include "base/clock.h"
#include "eye/cutout.h"

struct faces {
	struct runtime_model *search, *marks, *printer;
	struct cutout cutout;
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

/* ---- loading ---- */

static int load(struct faces *faces, struct runtime *runtime, const char *folder)
{
	int r = runtime_load_model(runtime, folder, missed, &search_shape, &faces->search);

	if (r == 0)
		r = runtime_load_model(runtime, folder, missed, &marks_shape, &faces->marks);
	if (r == 0)
		r = runtime_load_model(runtime, folder, missed, &print_shape, &faces->printer);
	return r == 0 ? cutout_init(&faces->cutout) : r;
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
	cutout_finish(&faces->cutout);
	free(faces);
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
	int r = cutout_take(&faces->cutout, frame, &region, &image);

	if (r == 0)
		r = search(faces, &image, found, &count);
	if (r < 0)
		return r;
	struct face within = face_within(person ? person : &whole, &region, &image);

	r = choose(found, count, &within, &face);
	return r < 0 ? r : make_print(faces, &image, &face, ret_print);
}

int faces_look_file(struct faces *faces, struct bytes file, struct faces_print *ret_print)
{
	AVFrame *frame = NULL;
	int r = cutout_decode_file(file, CUTOUT_FILE_PIXELS_MAX, &frame);

	if (r == 0)
		r = faces_look(faces, frame, NULL, ret_print);
	av_frame_free(&frame);
	return r;
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
