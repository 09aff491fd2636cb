#include "proto/see/motion.h"

#include <math.h>
#include <stdlib.h>

enum {
	CELL_CHANGE = 10, /* of 255 */
	SIZES_LEARNED = 10,
	SIZE_SLACK = 400, /* bytes: a still picture's coding is a few hundred and varies by as many */
};

#define SIZE_FACTOR 2.0F
#define SIZE_SHARE  (1 / 32.0F)
#define LARGE_SHARE (1 / 512.0F)

/* Of large ones little is learned: a walk through the picture does not become the rest that the next
 * one is held against, but a night's noise does, within half a minute. */
bool motion_is_large(struct motion_sizes *sizes, uint32_t size)
{
	float limit = sizes->mean * SIZE_FACTOR + SIZE_SLACK;
	bool is_known = sizes->count >= SIZES_LEARNED;
	bool is_large = is_known && (float)size > limit;
	float share = is_large	   ? LARGE_SHARE
		      : is_known ? SIZE_SHARE
				 : 1 / (float)(sizes->count + 1);

	sizes->newest = (float)size;
	sizes->mean += ((is_large ? limit : (float)size) - sizes->mean) * share;
	if (!is_known)
		sizes->count++;
	return is_large;
}

void motion_deny(struct motion_sizes *sizes)
{
	sizes->mean = fmaxf(sizes->mean, sizes->newest / SIZE_FACTOR);
}

/* The middle of all differences: what a cloud or the camera's own gain does to the whole. */
static int common_change(const struct motion_grid *one, const struct motion_grid *other)
{
	unsigned counts[511] = {0}, seen = 0;

	for (unsigned i = 0; i < MOTION_CELLS; i++)
		counts[255 + one->luma[i] - other->luma[i]]++;
	for (int change = -255; change <= 255; change++) {
		seen += counts[255 + change];
		if (seen > MOTION_CELLS / 2)
			return change;
	}
	return 0;
}

static bool differs(const struct motion_grid *one, const struct motion_grid *other, unsigned cell,
		    int common)
{
	return abs(one->luma[cell] - other->luma[cell] - common) > CELL_CHANGE;
}

unsigned motion_changed(const struct motion_grid *one, const struct motion_grid *other)
{
	int common = common_change(one, other);
	unsigned count = 0;

	for (unsigned i = 0; i < MOTION_CELLS; i++)
		count += differs(one, other, i, common);
	return count;
}

static unsigned cell_at(float part, unsigned cells)
{
	unsigned cell = (unsigned)(part * (float)cells);

	return cell < cells ? cell : cells - 1;
}

bool motion_within(const struct motion_grid *one, const struct motion_grid *other,
		   const struct box *box)
{
	int common = common_change(one, other);

	for (unsigned row = cell_at(box->top, MOTION_ROWS); row <= cell_at(box->bottom, MOTION_ROWS);
	     row++)
		for (unsigned column = cell_at(box->left, MOTION_COLUMNS);
		     column <= cell_at(box->right, MOTION_COLUMNS); column++)
			if (differs(one, other, row * MOTION_COLUMNS + column, common))
				return true;
	return false;
}
