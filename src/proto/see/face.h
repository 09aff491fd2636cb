/* Faces in a picture: what the network that finds them (BlazeFace, arXiv 1907.05047) and the one that
 * finds eyes, nose and mouth in them say, how a face is turned upright for the third, which makes a
 * print of it (print.h), and which faces are good enough for that. */
#ifndef PROTO_SEE_FACE_H
#define PROTO_SEE_FACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/see/box.h"

enum {
	FACE_INPUT_SIDE = 256, /* of the finding network: red, green, blue by pixel */
	FACE_FINE = 512,       /* its anchors: two in each of 16 x 16 cells, */
	FACE_COARSE = 384,     /* six in each of 8 x 8 */
	FACE_ANCHORS = FACE_FINE + FACE_COARSE,
	FACE_NUMBERS = 16,     /* of each: middle, size, and six points that are not used */
	FACE_MAX = 4,          /* found in one picture, best first */
	FACE_MARKS_SIDE = 64,  /* of the marking network: grey */
	FACE_MARKS = 68,       /* points x, y in parts of its picture */
	FACE_CHIP_SIDE = 112,  /* of the printing network: planes red, green, blue */
	FACE_COLORS = 3,
};

/* Red, green, blue by rows, without gaps. */
struct face_image {
	const uint8_t *pixels;
	uint32_t width, height;
};

/* In pixels of the image; it may reach over its edges. */
struct face {
	float left, top, right, bottom;
	float score; /* 0 to 1 */
};

/* Where in a picture (`shape`: its width over its height) the head of a person must be: the upper part
 * of the box and a little around it. Both in parts of the picture. */
struct box face_region(const struct box *person, float shape);
/* The person's box, with a little over its head, in the pixels of an image that shows the region. */
struct face face_within(const struct box *person, const struct box *region,
			const struct face_image *image);

/* What the finding network said: a score (as a logit) and FACE_NUMBERS for each anchor. */
struct face_answer {
	const float *scores[2], *numbers[2]; /* of FACE_FINE and FACE_COARSE anchors */
};

/* Fills the finding network's input: the whole image, in the middle, black around it. */
void face_fill_search(const struct face_image *image, float *input);
/* Faces with at least that score, without doubles. Returns how many. */
size_t face_decode(const struct face_answer *answer, const struct face_image *image, float least,
		   struct face ret_faces[FACE_MAX]);

/* Fills the marking network's input with the face and a little around it. */
void face_fill_marks(const struct face_image *image, const struct face *face, float *input);

/* From the chip to the image: x' = a x - b y + x0, y' = b x + a y + y0. */
struct face_turn {
	float a, b, x, y;
};

/* How a face is held, as far as its print depends on it. */
struct face_pose {
	struct face_turn turn;
	float roll; /* radians: the eyes' line against the horizon */
	float yaw;  /* 0: the nose is midway between the eyes; 1: over one of them */
};

/* Where eyes, nose and mouth must come to lie (the places that ArcFace, arXiv 1801.07698, trained
 * with), by least squares. -EBADMSG: the points are no face's. */
NODISCARD int face_align(const struct face *face, const float marks[2 * FACE_MARKS],
			 struct face_pose *ret_pose);

/* Fills the printing network's input, and says how sharp it is: the mean square of what the
 * neighbours of a pixel do not explain (a Laplacian), in grey levels. */
float face_fill_chip(const struct face_image *image, const struct face_turn *turn, float *input);

/* Below these no print is made. docs/design/seeing.md says what they are worth. */
#define FACE_WIDTH_MIN 36.0F /* pixels */
#define FACE_SHARP_MIN 20.0F
#define FACE_ROLL_MAX  0.6F
#define FACE_YAW_MAX   0.65F
/* 0: not good enough; else up to 1000, more is better: which of several is kept. */
unsigned face_quality(const struct face *face, const struct face_pose *pose, float sharpness);

#endif
