/* What the camera writes over its picture: the wall clock, the frame's number, and the same number
 * for programs: OVERLAY_DOTS dots in the top left corner, most significant bit first, bright = 1.
 * Dot i is centred at x = OVERLAY_DOT_X + i * OVERLAY_DOT_STEP, y = OVERLAY_DOT_Y; a program reads
 * the brightness at each centre, 1 if above half of white. In the smaller stream every position is
 * halved. */
#ifndef DEMO_OVERLAY_H
#define DEMO_OVERLAY_H

#include <stdint.h>

#include "demo/raster.h"

enum {
	OVERLAY_DOTS = 16,
	OVERLAY_DOT_X = 28,
	OVERLAY_DOT_Y = 28,
	OVERLAY_DOT_STEP = 22,
	OVERLAY_DOT_RADIUS = 8,

	OVERLAY_GLYPH_WIDTH = 32, /* of a cached glyph, its soft dark edge included */
	OVERLAY_GLYPH_HEIGHT = 44,
	OVERLAY_GLYPHS = 42,
};

struct overlay_glyph {
	uint8_t ink[OVERLAY_GLYPH_HEIGHT][OVERLAY_GLYPH_WIDTH];
	uint8_t shade[OVERLAY_GLYPH_HEIGHT][OVERLAY_GLYPH_WIDTH];
};

struct overlay {
	struct overlay_glyph glyphs[OVERLAY_GLYPHS];
};

void overlay_init(struct overlay *overlay);

/* Writes upper-case ASCII with its top left corner at x, y; what has no glyph is a space. */
struct rect overlay_write(const struct overlay *overlay, struct canvas *canvas, struct point at,
			  const char *text);
struct rect overlay_draw_dots(struct canvas *canvas, uint16_t number);

#endif
