/* Boxes around what was found in a picture: how a picture is fitted into a network's input, how the
 * network's numbers become boxes (NanoDet: generalised focal loss, arXiv 2006.04388), and which of
 * them are the same thing. */
#ifndef PROTO_SEE_BOX_H
#define PROTO_SEE_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BOX_BINS = 11,            /* of the distribution of one side's distance */
	BOX_CLASSES = 80,         /* COCO's */
	BOX_CANDIDATES_MAX = 256, /* of one picture, the best */
	BOX_MAX = 32,             /* kept of them */
};

/* Parts of the picture's width and height: 0 to 1, left < right, top < bottom. */
struct box {
	float left, top, right, bottom;
	float score; /* 0 to 1 */
};

/* Where the picture lies in the input: `width` x `height` at `x`, `y`; the rest is padding. */
struct box_fit {
	uint32_t input_width, input_height;
	uint32_t x, y, width, height;
};

/* The largest place for a picture of that shape, in the middle. Sides are at least 1. */
struct box_fit box_fit(uint32_t picture_width, uint32_t picture_height, uint32_t input_width,
		       uint32_t input_height);

/* One of the network's grids: cells by rows; for each BOX_CLASSES scores, and for each 4 * BOX_BINS
 * numbers (left, top, right, bottom). */
struct box_grid {
	const float *scores, *distances;
	uint32_t stride; /* pixels of the input a cell */
};

enum { BOX_GRIDS = 3 };

/* All that a network said of one picture. */
struct box_answer {
	struct box_grid grids[BOX_GRIDS];
	struct box_fit fit;
};

/* Of COCO's classes. */
enum { BOX_PERSON = 0, BOX_CAT = 15, BOX_DOG = 16 };

/* Boxes of one class with at least that score, best first, without doubles. Returns how many. */
size_t box_decode(const struct box_answer *answer, uint32_t class, float least,
		  struct box ret_boxes[BOX_MAX]);

/* Intersection over union. */
float box_overlap(const struct box *one, const struct box *other);

#endif
