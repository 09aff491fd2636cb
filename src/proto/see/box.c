#include "proto/see/box.h"

#include <math.h>
#include <stdlib.h>

/* Two boxes that share more than this are one thing. */
#define SAME_OVERLAP 0.6F

static uint32_t scaled(uint32_t length, uint32_t to, uint32_t from)
{
	uint64_t rounded = ((uint64_t)length * to + from / 2) / from;

	return rounded ? (uint32_t)rounded : 1;
}

struct box_fit box_fit(uint32_t picture_width, uint32_t picture_height, uint32_t input_width,
		       uint32_t input_height)
{
	struct box_fit fit = {.input_width = input_width, .input_height = input_height};

	if ((uint64_t)input_width * picture_height <= (uint64_t)input_height * picture_width) {
		fit.width = input_width;
		fit.height = scaled(picture_height, input_width, picture_width);
	} else {
		fit.height = input_height;
		fit.width = scaled(picture_width, input_height, picture_height);
	}
	if (fit.height > input_height)
		fit.height = input_height;
	if (fit.width > input_width)
		fit.width = input_width;
	fit.x = (input_width - fit.width) / 2;
	fit.y = (input_height - fit.height) / 2;
	return fit;
}

/* The mean of a distribution over the bins, given as logits; in bins. */
static float expectation(const float logits[BOX_BINS])
{
	float most = logits[0], sum = 0, weighted = 0;

	for (unsigned i = 1; i < BOX_BINS; i++)
		most = fmaxf(most, logits[i]);
	for (unsigned i = 0; i < BOX_BINS; i++) {
		float part = expf(logits[i] - most);

		sum += part;
		weighted += part * (float)i;
	}
	return weighted / sum;
}

/* A place in the input as a part of the picture; what is no number is 0. */
static float part_of(float at, uint32_t from, uint32_t length)
{
	return fminf(fmaxf((at - (float)from) / (float)length, 0), 1);
}

static bool make_box(const struct box_grid *grid, uint32_t cell, const struct box_fit *fit,
		     struct box *ret_box)
{
	const float *distances = grid->distances + (size_t)cell * 4 * BOX_BINS;
	uint32_t columns = fit->input_width / grid->stride;
	float stride = (float)grid->stride;
	float x = ((float)(cell % columns) + 0.5F) * stride;
	float y = ((float)(cell / columns) + 0.5F) * stride;

	ret_box->left = part_of(x - expectation(distances) * stride, fit->x, fit->width);
	ret_box->top = part_of(y - expectation(distances + BOX_BINS) * stride, fit->y, fit->height);
	ret_box->right =
		part_of(x + expectation(distances + 2 * BOX_BINS) * stride, fit->x, fit->width);
	ret_box->bottom =
		part_of(y + expectation(distances + 3 * BOX_BINS) * stride, fit->y, fit->height);
	return ret_box->left < ret_box->right && ret_box->top < ret_box->bottom;
}

static int compare_scores(const void *one, const void *other)
{
	float a = ((const struct box *)one)->score, b = ((const struct box *)other)->score;

	return (a < b) - (a > b);
}

/* Takes the place of the worst once the table is full. */
static void add_candidate(struct box *candidates, size_t *count, const struct box *box)
{
	size_t worst = 0;

	if (*count < BOX_CANDIDATES_MAX) {
		candidates[(*count)++] = *box;
		return;
	}
	for (size_t i = 1; i < *count; i++)
		if (candidates[i].score < candidates[worst].score)
			worst = i;
	if (candidates[worst].score < box->score)
		candidates[worst] = *box;
}

static size_t collect(const struct box_answer *answer, uint32_t class, float least,
		      struct box *candidates)
{
	size_t count = 0;

	for (size_t i = 0; i < BOX_GRIDS; i++) {
		const struct box_grid *grid = &answer->grids[i];
		uint32_t cells = (answer->fit.input_width / grid->stride) *
				 (answer->fit.input_height / grid->stride);

		for (uint32_t cell = 0; cell < cells; cell++) {
			struct box box = {
				.score = grid->scores[(size_t)cell * BOX_CLASSES + class]};

			/* Also false for what is no number. */
			if (box.score >= least && make_box(grid, cell, &answer->fit, &box)) {
				box.score = fminf(box.score, 1);
				add_candidate(candidates, &count, &box);
			}
		}
	}
	return count;
}

size_t box_decode(const struct box_answer *answer, uint32_t class, float least,
		  struct box ret_boxes[BOX_MAX])
{
	struct box candidates[BOX_CANDIDATES_MAX];
	size_t found = collect(answer, class, least, candidates), kept = 0;

	qsort(candidates, found, sizeof(candidates[0]), compare_scores);
	for (size_t i = 0; i < found && kept < BOX_MAX; i++) {
		bool is_new = true;

		for (size_t k = 0; k < kept && is_new; k++)
			is_new = box_overlap(&candidates[i], &ret_boxes[k]) <= SAME_OVERLAP;
		if (is_new)
			ret_boxes[kept++] = candidates[i];
	}
	return kept;
}

float box_overlap(const struct box *one, const struct box *other)
{
	float width = fminf(one->right, other->right) - fmaxf(one->left, other->left);
	float height = fminf(one->bottom, other->bottom) - fmaxf(one->top, other->top);

	if (width <= 0 || height <= 0)
		return 0;
	float shared = width * height;
	float all = (one->right - one->left) * (one->bottom - one->top) +
		    (other->right - other->left) * (other->bottom - other->top) - shared;

	return shared / all;
}
