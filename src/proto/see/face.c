#include "proto/see/face.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define SAME_OVERLAP 0.3F
#define MARKS_SHARE  1.2F /* the marking network sees so much more than the box */

/* ---- looking into an image ---- */

/* Between four pixels; outside everything is black. */
static void sample(const struct face_image *image, float x, float y, float ret_color[FACE_COLORS])
{
	float left = floorf(x), top = floorf(y), shares[2][2] = {{1 - (x - left), x - left},
								 {1 - (y - top), y - top}};

	ret_color[0] = ret_color[1] = ret_color[2] = 0;
	if (!(left >= -1 && top >= -1 && left < (float)image->width && top < (float)image->height))
		return;
	for (int down = 0; down < 2; down++)
		for (int right = 0; right < 2; right++) {
			int64_t column = (int64_t)left + right, row = (int64_t)top + down;
			float share = shares[0][right] * shares[1][down];

			if (column < 0 || row < 0 || column >= image->width || row >= image->height)
				continue;
			const uint8_t *pixel =
				image->pixels +
				((size_t)row * image->width + (size_t)column) * FACE_COLORS;

			for (unsigned color = 0; color < FACE_COLORS; color++)
				ret_color[color] += share * pixel[color];
		}
}

static float grey_of(const float color[FACE_COLORS])
{
	return 0.299F * color[0] + 0.587F * color[1] + 0.114F * color[2];
}

/* ---- where to look ---- */

static float within_picture(float at)
{
	return fminf(fmaxf(at, 0), 1);
}

/* A square, as wide as the person and something more, or half as high: a face fills a quarter of it
 * when somebody stands, and more when only the head is seen. */
struct box face_region(const struct box *person, float shape)
{
	float width = (person->right - person->left) * shape, height = person->bottom - person->top;
	float side = fmaxf(1.2F * width, 0.5F * height);
	float middle = (person->left + person->right) / 2, top = person->top - 0.1F * side;

	return (struct box){within_picture(middle - side / shape / 2), within_picture(top),
			    within_picture(middle + side / shape / 2), within_picture(top + side),
			    person->score};
}

struct face face_within(const struct box *person, const struct box *region,
			const struct face_image *image)
{
	float across = (float)image->width / (region->right - region->left);
	float down = (float)image->height / (region->bottom - region->top);
	float over = 0.05F * (region->bottom - region->top);

	return (struct face){(person->left - region->left) * across,
			     (person->top - over - region->top) * down,
			     (person->right - region->left) * across,
			     (person->bottom - region->top) * down, person->score};
}

/* ---- finding ---- */

static struct box_fit search_fit(const struct face_image *image)
{
	return box_fit(image->width, image->height, FACE_INPUT_SIDE, FACE_INPUT_SIDE);
}

void face_fill_search(const struct face_image *image, float *input)
{
	struct box_fit fit = search_fit(image);
	float scale_x = (float)image->width / (float)fit.width;
	float scale_y = (float)image->height / (float)fit.height, color[FACE_COLORS];

	for (size_t i = 0; i < (size_t)FACE_INPUT_SIDE * FACE_INPUT_SIDE * FACE_COLORS; i++)
		input[i] = -1;
	for (uint32_t row = 0; row < fit.height; row++)
		for (uint32_t column = 0; column < fit.width; column++) {
			float *to = input + ((size_t)(fit.y + row) * FACE_INPUT_SIDE + fit.x +
					     column) * FACE_COLORS;
			float x = ((float)column + 0.5F) * scale_x - 0.5F;
			float y = ((float)row + 0.5F) * scale_y - 0.5F;

			sample(image, fminf(fmaxf(x, 0), (float)image->width - 1),
			       fminf(fmaxf(y, 0), (float)image->height - 1), color);
			for (unsigned i = 0; i < FACE_COLORS; i++)
				to[i] = color[i] / 127.5F - 1;
		}
}

/* The middle of an anchor's cell, in the input. */
static void anchor_of(unsigned anchor, float ret_middle[2])
{
	unsigned index = anchor < FACE_FINE ? anchor / 2 : (anchor - FACE_FINE) / 6;
	unsigned cells = anchor < FACE_FINE ? 16 : 8;

	ret_middle[0] = ((float)(index % cells) + 0.5F) * (float)(FACE_INPUT_SIDE / cells);
	ret_middle[1] = ((float)(index / cells) + 0.5F) * (float)(FACE_INPUT_SIDE / cells);
}

/* In the input's pixels. false: no number, or no box. */
static bool read_face(const struct face_answer *answer, unsigned anchor, float least,
		      struct face *ret_face)
{
	unsigned part = anchor >= FACE_FINE, index = part ? anchor - FACE_FINE : anchor;
	float score = 1 / (1 + expf(-answer->scores[part][index])), middle[2];
	const float *numbers = answer->numbers[part] + (size_t)index * FACE_NUMBERS;

	if (!(score >= least))
		return false;
	anchor_of(anchor, middle);
	float x = middle[0] + numbers[0], y = middle[1] + numbers[1];

	*ret_face = (struct face){x - numbers[2] / 2, y - numbers[3] / 2, x + numbers[2] / 2,
				  y + numbers[3] / 2, score};
	return numbers[2] > 1 && numbers[3] > 1 && fabsf(x) < 2 * FACE_INPUT_SIDE &&
	       fabsf(y) < 2 * FACE_INPUT_SIDE && numbers[2] < 2 * FACE_INPUT_SIDE &&
	       numbers[3] < 2 * FACE_INPUT_SIDE;
}

static float overlap(const struct face *one, const struct face *other)
{
	float width = fminf(one->right, other->right) - fmaxf(one->left, other->left);
	float height = fminf(one->bottom, other->bottom) - fmaxf(one->top, other->top);
	float shared = width > 0 && height > 0 ? width * height : 0;

	return shared / ((one->right - one->left) * (one->bottom - one->top) +
			 (other->right - other->left) * (other->bottom - other->top) - shared);
}

static void add_weighted(struct face *sum, const struct face *face)
{
	sum->left += face->score * face->left;
	sum->top += face->score * face->top;
	sum->right += face->score * face->right;
	sum->bottom += face->score * face->bottom;
	sum->score += face->score;
}

/* Of those that overlap the best one: their mean by score, which is what this network is made for;
 * they are used up. */
static struct face merge(struct face *faces, size_t count, size_t best)
{
	struct face sum = {0}, first = faces[best];

	for (size_t i = 0; i < count; i++)
		if (faces[i].score > 0 && (i == best || overlap(&first, &faces[i]) > SAME_OVERLAP)) {
			add_weighted(&sum, &faces[i]);
			faces[i].score = 0;
		}
	return (struct face){sum.left / sum.score, sum.top / sum.score, sum.right / sum.score,
			     sum.bottom / sum.score, first.score};
}

static struct face to_image(const struct face *face, const struct face_image *image)
{
	struct box_fit fit = search_fit(image);
	float scale_x = (float)image->width / (float)fit.width;
	float scale_y = (float)image->height / (float)fit.height;

	return (struct face){(face->left - (float)fit.x) * scale_x,
			     (face->top - (float)fit.y) * scale_y,
			     (face->right - (float)fit.x) * scale_x,
			     (face->bottom - (float)fit.y) * scale_y, face->score};
}

size_t face_decode(const struct face_answer *answer, const struct face_image *image, float least,
		   struct face ret_faces[FACE_MAX])
{
	struct face faces[FACE_ANCHORS];
	size_t count = 0, found = 0;

	for (unsigned anchor = 0; anchor < FACE_ANCHORS; anchor++)
		count += read_face(answer, anchor, least, &faces[count]);
	while (found < FACE_MAX) {
		size_t best = count;

		for (size_t i = 0; i < count; i++)
			if (faces[i].score > 0 && (best == count || faces[i].score > faces[best].score))
				best = i;
		if (best == count)
			break;
		struct face face = merge(faces, count, best);

		ret_faces[found++] = to_image(&face, image);
	}
	return found;
}

/* ---- turning it upright ---- */

struct view {
	float x, y, width, height; /* upper left corner and size, in the image */
};

static struct view marks_view(const struct face *face)
{
	float width = (face->right - face->left) * MARKS_SHARE;
	float height = (face->bottom - face->top) * MARKS_SHARE;

	return (struct view){(face->left + face->right - width) / 2,
			     (face->top + face->bottom - height) / 2, width, height};
}

void face_fill_marks(const struct face_image *image, const struct face *face, float *input)
{
	struct view view = marks_view(face);
	float color[FACE_COLORS];

	for (unsigned row = 0; row < FACE_MARKS_SIDE; row++)
		for (unsigned column = 0; column < FACE_MARKS_SIDE; column++) {
			sample(image, view.x + (float)column * view.width / FACE_MARKS_SIDE,
			       view.y + (float)row * view.height / FACE_MARKS_SIDE, color);
			*input++ = grey_of(color) / 256;
		}
}

enum { RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, PLACES };

/* The mean of some of the marks, in the image. */
static void mean_mark(const struct view *view, const float *marks, const uint8_t range[2],
		      unsigned step, float ret_place[2])
{
	unsigned count = 0;

	ret_place[0] = ret_place[1] = 0;
	for (unsigned mark = range[0]; mark <= range[1]; mark += step, count++) {
		ret_place[0] += marks[2 * mark];
		ret_place[1] += marks[2 * mark + 1];
	}
	ret_place[0] = view->x + ret_place[0] / (float)count * view->width;
	ret_place[1] = view->y + ret_place[1] / (float)count * view->height;
}

/* The turn that brings the chip's places nearest to these. */
static int fit_turn(float places[PLACES][2], struct face_turn *ret_turn)
{
	static const float chip[PLACES][2] = {
		{38.2946F, 51.6963F}, {73.5318F, 51.5014F}, {56.0252F, 71.7366F}, {56.1396F, 92.2848F}};
	float from[2] = {0}, to[2] = {0}, along = 0, across = 0, size = 0;

	for (unsigned i = 0; i < PLACES; i++)
		for (unsigned k = 0; k < 2; k++) {
			from[k] += chip[i][k] / PLACES;
			to[k] += places[i][k] / PLACES;
		}
	for (unsigned i = 0; i < PLACES; i++) {
		float x = chip[i][0] - from[0], y = chip[i][1] - from[1];
		float to_x = places[i][0] - to[0], to_y = places[i][1] - to[1];

		along += x * to_x + y * to_y;
		across += x * to_y - y * to_x;
		size += x * x + y * y;
	}
	struct face_turn turn = {.a = along / size, .b = across / size};

	turn.x = to[0] - turn.a * from[0] + turn.b * from[1];
	turn.y = to[1] - turn.b * from[0] - turn.a * from[1];
	if (!isfinite(turn.x) || !isfinite(turn.y) || !(hypotf(turn.a, turn.b) > 1e-3F))
		return -EBADMSG;
	*ret_turn = turn;
	return 0;
}

/* As if the network had been trained on the place between the corners of the mouth. */
int face_align(const struct face *face, const float marks[2 * FACE_MARKS],
	       struct face_pose *ret_pose)
{
	static const uint8_t ranges[PLACES][2] = {{36, 41}, {42, 47}, {30, 30}, {48, 54}};
	struct view view = marks_view(face);
	float places[PLACES][2];
	struct face_turn turn;

	for (unsigned i = 0; i < PLACES; i++)
		mean_mark(&view, marks, ranges[i], i == MOUTH ? 6 : 1, places[i]);
	int r = fit_turn(places, &turn);
	float eyes_x = places[LEFT_EYE][0] - places[RIGHT_EYE][0];
	float eyes_y = places[LEFT_EYE][1] - places[RIGHT_EYE][1];
	float length = hypotf(eyes_x, eyes_y);

	if (r < 0 || !(length > 1))
		return -EBADMSG;
	/* The nose, along the eyes' line, from its middle. */
	float nose = ((places[NOSE][0] - (places[LEFT_EYE][0] + places[RIGHT_EYE][0]) / 2) * eyes_x +
		      (places[NOSE][1] - (places[LEFT_EYE][1] + places[RIGHT_EYE][1]) / 2) * eyes_y) /
		     length;

	*ret_pose = (struct face_pose){turn, atan2f(eyes_y, eyes_x), fabsf(nose) / (length / 2)};
	return 0;
}

/* ---- the chip ---- */

/* The middle of the chip, without its background. */
static float sharpness_of(const float *grey)
{
	const unsigned edge = FACE_CHIP_SIDE / 4;
	float sum = 0;
	unsigned count = 0;

	for (unsigned row = edge; row < FACE_CHIP_SIDE - edge; row++)
		for (unsigned column = edge; column < FACE_CHIP_SIDE - edge; column++, count++) {
			const float *at = grey + row * FACE_CHIP_SIDE + column;
			float rest = 4 * at[0] - at[-1] - at[1] - at[-FACE_CHIP_SIDE] -
				     at[FACE_CHIP_SIDE];

			sum += rest * rest;
		}
	return sum / (float)count;
}

float face_fill_chip(const struct face_image *image, const struct face_turn *turn, float *input)
{
	const size_t plane = (size_t)FACE_CHIP_SIDE * FACE_CHIP_SIDE;
	float grey[FACE_CHIP_SIDE * FACE_CHIP_SIDE], color[FACE_COLORS];

	for (unsigned row = 0; row < FACE_CHIP_SIDE; row++)
		for (unsigned column = 0; column < FACE_CHIP_SIDE; column++) {
			size_t at = (size_t)row * FACE_CHIP_SIDE + column;
			float x = (float)column, y = (float)row;

			sample(image, turn->a * x - turn->b * y + turn->x,
			       turn->b * x + turn->a * y + turn->y, color);
			grey[at] = grey_of(color);
			for (unsigned i = 0; i < FACE_COLORS; i++)
				input[i * plane + at] = (color[i] - 127) / 128;
		}
	return sharpness_of(grey);
}

unsigned face_quality(const struct face *face, const struct face_pose *pose, float sharpness)
{
	float width = face->right - face->left;

	if (!(width >= FACE_WIDTH_MIN && sharpness >= FACE_SHARP_MIN) ||
	    !(fabsf(pose->roll) <= FACE_ROLL_MAX && pose->yaw <= FACE_YAW_MAX))
		return 0;
	float size = fminf(width / FACE_CHIP_SIDE, 1), turned = 1 - pose->yaw / 2;

	return 1 + (unsigned)(999 * size * turned * fminf(face->score, 1));
}
