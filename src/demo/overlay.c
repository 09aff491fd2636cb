#include "demo/overlay.h"

#include <string.h>

#include "demo/font.h"
#include "demo/shape.h"

enum { CELL = 4, ADVANCE = 24, MARGIN = 8, STROKES_MAX = 24 };

static const float PEN = 2.0f; /* half the width of a line */

/* A glyph's strokes as capsules of the pen's width, placed in its cell. */
static size_t lay_strokes(const char *strokes, struct shape_capsule *ret_lines)
{
	struct point last = {0};
	bool is_down = false;
	size_t count = 0;

	while (*strokes && count < STROKES_MAX) {
		if (*strokes == ' ') {
			is_down = false;
			strokes++;
			continue;
		}
		struct point next = {MARGIN + (float)((strokes[0] - '0') * CELL),
				     MARGIN + (float)((strokes[1] - '0') * CELL)};

		if (is_down)
			ret_lines[count++] = (struct shape_capsule){last, next, PEN, PEN};
		last = next;
		is_down = true;
		strokes += 2;
	}
	return count;
}

static void draw_glyph(struct overlay_glyph *glyph, const char *strokes)
{
	struct shape_capsule lines[STROKES_MAX];
	size_t count = lay_strokes(strokes, lines);

	for (int y = 0; y < OVERLAY_GLYPH_HEIGHT; y++) {
		for (int x = 0; x < OVERLAY_GLYPH_WIDTH; x++) {
			struct point at = {(float)x + 0.5f, (float)y + 0.5f};
			float near = 99;

			for (size_t i = 0; i < count; i++) {
				float away = shape_capsule_distance(&lines[i], at);

				near = away < near ? away : near;
			}
			glyph->ink[y][x] = (uint8_t)(255 * raster_clamp(0.5f - near, 0, 1));
			glyph->shade[y][x] = (uint8_t)(190 * (1 - raster_step(0, 6, near)));
		}
	}
}

void overlay_init(struct overlay *overlay)
{
	for (size_t i = 0; i < FONT_GLYPH_COUNT && i < OVERLAY_GLYPHS; i++)
		draw_glyph(&overlay->glyphs[i], FONT_GLYPHS[i].strokes);
}

static const struct overlay_glyph *glyph_of(const struct overlay *overlay, char letter)
{
	for (size_t i = 0; i < FONT_GLYPH_COUNT; i++)
		if (FONT_GLYPHS[i].letter == letter)
			return &overlay->glyphs[i];
	return NULL;
}

static uint16_t lay(uint32_t below, uint32_t ink, uint32_t cover)
{
	return (uint16_t)((below * (255 - cover) + ink * cover) / 255);
}

static void lay_mask(struct canvas *canvas, struct point at,
		     const uint8_t mask[OVERLAY_GLYPH_HEIGHT][OVERLAY_GLYPH_WIDTH], struct pixel ink)
{
	for (int y = 0; y < OVERLAY_GLYPH_HEIGHT; y++) {
		struct pixel *row = &canvas->pixels[((int)at.y + y) * canvas->width + (int)at.x];

		for (int x = 0; x < OVERLAY_GLYPH_WIDTH; x++) {
			uint32_t cover = mask[y][x];

			if (cover)
				row[x] = (struct pixel){lay(row[x].r, ink.r, cover),
							lay(row[x].g, ink.g, cover),
							lay(row[x].b, ink.b, cover), 65535};
		}
	}
}

struct rect overlay_write(const struct overlay *overlay, struct canvas *canvas, struct point at,
			  const char *text)
{
	static const struct pixel dark = {2600, 3000, 4200, 65535};
	static const struct pixel light = {58000, 57500, 54000, 65535};
	size_t count = strlen(text);
	struct rect bounds = {(int)at.x - MARGIN, (int)at.y - MARGIN,
			      (int)at.x + (int)count * ADVANCE + MARGIN,
			      (int)at.y + OVERLAY_GLYPH_HEIGHT};

	/* All the shade first: a letter's must not dim its neighbour. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < count; i++) {
			const struct overlay_glyph *glyph = glyph_of(overlay, text[i]);
			struct point corner = {at.x - MARGIN + (float)(i * ADVANCE), at.y - MARGIN};

			if (glyph && (int)corner.x + OVERLAY_GLYPH_WIDTH <= canvas->width)
				lay_mask(canvas, corner, pass ? glyph->ink : glyph->shade,
					 pass ? light : dark);
		}
	}
	return bounds;
}

struct rect overlay_draw_dots(struct canvas *canvas, uint16_t number)
{
	static const struct brush ring = {.glow = {0.004f, 0.005f, 0.010f}, .opacity = 0.8f, .feather = 5};
	static const struct brush dim = {.glow = {0.020f, 0.024f, 0.036f}, .opacity = 1};
	static const struct brush bright = {.glow = {0.80f, 0.78f, 0.70f}, .opacity = 1};
	static const float radius = OVERLAY_DOT_RADIUS;
	struct rect bounds = {0};

	for (int i = 0; i < OVERLAY_DOTS; i++) {
		bool is_set = number >> (OVERLAY_DOTS - 1 - i) & 1;
		struct point at = {(float)(OVERLAY_DOT_X + i * OVERLAY_DOT_STEP), OVERLAY_DOT_Y};
		struct rect around = shape_draw_ellipse(
			canvas, &ring, (struct shape_ellipse){at, {radius + 1, radius + 1}, 0});

		shape_draw_ellipse(canvas, is_set ? &bright : &dim,
				   (struct shape_ellipse){at, {radius - 0.5f, radius - 0.5f}, 0});
		bounds = raster_union(bounds, around);
	}
	return bounds;
}
