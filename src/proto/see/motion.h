/* Does anything move? Told from how large the coded pictures are, which costs nothing, and from a
 * coarse grid of a decoded picture's brightness. */
#ifndef PROTO_SEE_MOTION_H
#define PROTO_SEE_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/see/box.h"

enum { MOTION_COLUMNS = 32, MOTION_ROWS = 18, MOTION_CELLS = MOTION_COLUMNS * MOTION_ROWS };

/* The mean brightness of each part of a picture, by rows. */
struct motion_grid {
	uint8_t luma[MOTION_CELLS];
};

/* Zero-initialised. Follows the sizes of one track's pictures that are no key frames. */
struct motion_sizes {
	float mean, newest;
	unsigned count;
};

/* One more picture: is it larger than a scene at rest makes them? */
bool motion_is_large(struct motion_sizes *sizes, uint32_t size);

/* The newest was looked at, and nothing had moved: such sizes are this scene's at rest. */
void motion_deny(struct motion_sizes *sizes);

/* How many cells differ, beyond noise and beyond what a change of light does to all alike. */
unsigned motion_changed(const struct motion_grid *one, const struct motion_grid *other);
/* Does anything differ within the box? */
bool motion_within(const struct motion_grid *one, const struct motion_grid *other,
		   const struct box *box);

#endif
