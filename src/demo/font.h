/* A stroke font: each glyph is a few lines on a grid of FONT_COLUMNS x FONT_ROWS points. */
#ifndef DEMO_FONT_H
#define DEMO_FONT_H

#include <stddef.h>

enum { FONT_COLUMNS = 5, FONT_ROWS = 7 };

struct font_glyph {
	char letter;
	const char *strokes; /* points as two digits, column and row; a space lifts the pen */
};

extern const struct font_glyph FONT_GLYPHS[];
extern const size_t FONT_GLYPH_COUNT;

#endif
