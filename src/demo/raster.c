#include "demo/raster.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 8 }; /* a shape is first asked about whole blocks, so that empty ones cost one call */

static const float FULL = 65535.0f;

struct rect raster_clip(struct rect rect, int width, int height)
{
	if (rect.x0 < 0)
		rect.x0 = 0;
	if (rect.y0 < 0)
		rect.y0 = 0;
	if (rect.x1 > width)
		rect.x1 = width;
	if (rect.y1 > height)
		rect.y1 = height;
	return rect;
}

bool raster_is_empty(struct rect rect)
{
	return rect.x0 >= rect.x1 || rect.y0 >= rect.y1;
}

struct rect raster_union(struct rect a, struct rect b)
{
	if (raster_is_empty(a))
		return b;
	if (raster_is_empty(b))
		return a;
	return (struct rect){a.x0 < b.x0 ? a.x0 : b.x0, a.y0 < b.y0 ? a.y0 : b.y0,
			     a.x1 > b.x1 ? a.x1 : b.x1, a.y1 > b.y1 ? a.y1 : b.y1};
}

struct light raster_light(const struct canvas *canvas, float x, float y)
{
	if (!canvas->lights)
		return (struct light){.colour = {1, 1, 1}};

	int columns = (canvas->width + LIGHT_CELL - 1) / LIGHT_CELL;
	int rows = (canvas->height + LIGHT_CELL - 1) / LIGHT_CELL;
	int column = (int)raster_clamp(x / LIGHT_CELL, 0, (float)(columns - 1));
	int row = (int)raster_clamp(y / LIGHT_CELL, 0, (float)(rows - 1));

	return canvas->lights[row * columns + column];
}

/* What is stored for linear light: its square root, so that dark tones get most of the codes. */
static float encode_light(float linear)
{
	return linear <= 0 ? 0 : linear >= 1 ? FULL : sqrtf(linear) * FULL;
}

void raster_blend(struct canvas *canvas, int x, int y, struct colour colour, float cover)
{
	struct pixel *pixel = &canvas->pixels[y * canvas->width + x];
	float keep = 1 - cover;

	if (cover >= 1) {
		*pixel = (struct pixel){(uint16_t)encode_light(colour.r),
					(uint16_t)encode_light(colour.g),
					(uint16_t)encode_light(colour.b), 65535};
		return;
	}
	pixel->r = (uint16_t)(encode_light(colour.r) * cover + (float)pixel->r * keep);
	pixel->g = (uint16_t)(encode_light(colour.g) * cover + (float)pixel->g * keep);
	pixel->b = (uint16_t)(encode_light(colour.b) * cover + (float)pixel->b * keep);
	pixel->a = (uint16_t)(FULL * cover + (float)pixel->a * keep);
}

static struct colour lit_colour(const struct brush *brush, const struct light *light, float shade)
{
	return (struct colour){brush->albedo.r * light->colour.r * shade + brush->glow.r,
			       brush->albedo.g * light->colour.g * shade + brush->glow.g,
			       brush->albedo.b * light->colour.b * shade + brush->glow.b};
}

struct fill {
	struct canvas *canvas;
	const struct brush *brush;
	raster_shape_fn *distance;
	const void *shape;
	float feather;
};

/* How strongly the body of a rounded shape is lit at `at`, `here` from its edge: its surface leans
 * outwards near the edge, so the side towards the light is brighter. */
static float puff_shade(const struct fill *fill, struct point at, float here,
			const struct light *light)
{
	float depth = raster_clamp(-here / fill->brush->puff, 0, 1);

	if (depth >= 1)
		return 0.92f;

	float dx = fill->distance(fill->shape, (struct point){at.x + 1, at.y}) - here;
	float dy = fill->distance(fill->shape, (struct point){at.x, at.y + 1}) - here;
	float lean = (1 - depth) * (1 - depth);
	float facing = dx * light->from.x + dy * light->from.y;

	return 0.92f + lean * (0.52f * facing - 0.20f);
}

static void fill_pixel(const struct fill *fill, int x, int y)
{
	struct point at = {(float)x + 0.5f, (float)y + 0.5f};
	float here = fill->distance(fill->shape, at);
	float cover = raster_clamp(0.5f - here / fill->feather, 0, 1) * fill->brush->opacity;

	if (cover <= 0)
		return;

	struct light light = raster_light(fill->canvas, at.x, at.y);
	float shade = 1;

	if (fill->brush->puff > 0)
		shade = puff_shade(fill, at, here, &light);
	raster_blend(fill->canvas, x, y, lit_colour(fill->brush, &light, shade), cover);
}

static void fill_block(const struct fill *fill, struct rect block)
{
	struct point centre = {(float)(block.x0 + block.x1) / 2, (float)(block.y0 + block.y1) / 2};
	/* Half the diagonal; a distance never changes faster than one pixel a pixel, but the cheap
	 * ellipse does, hence the slack. */
	float reach = BLOCK * 1.1f + fill->feather;

	if (fill->distance(fill->shape, centre) > reach)
		return;
	for (int y = block.y0; y < block.y1; y++)
		for (int x = block.x0; x < block.x1; x++)
			fill_pixel(fill, x, y);
}

void raster_fill(struct canvas *canvas, struct rect bounds, const struct brush *brush,
		 raster_shape_fn *distance, const void *shape)
{
	struct fill fill = {canvas, brush, distance, shape, brush->feather < 1 ? 1 : brush->feather};
	struct rect area = raster_clip(bounds, canvas->width, canvas->height);

	for (int y = area.y0; y < area.y1; y += BLOCK) {
		for (int x = area.x0; x < area.x1; x += BLOCK) {
			struct rect block = {x, y, x + BLOCK, y + BLOCK};

			fill_block(&fill, raster_clip(block, area.x1, area.y1));
		}
	}
}

void raster_copy(struct canvas *to, const struct canvas *from, struct rect part)
{
	struct rect area = raster_clip(part, to->width, to->height);

	if (raster_is_empty(area))
		return;
	for (int y = area.y0; y < area.y1; y++) {
		size_t at = (size_t)(y * to->width + area.x0);

		memcpy(&to->pixels[at], &from->pixels[at],
		       (size_t)(area.x1 - area.x0) * sizeof(struct pixel));
	}
}

static uint16_t lay_over(uint16_t below, uint16_t above, uint32_t keep)
{
	return (uint16_t)(above + ((below * keep) >> 16));
}

void raster_over(struct canvas *to, const struct canvas *from, struct rect part)
{
	struct rect area = raster_clip(part, to->width, to->height);

	for (int y = area.y0; y < area.y1; y++) {
		struct pixel *below = &to->pixels[y * to->width];
		const struct pixel *above = &from->pixels[y * to->width];

		for (int x = area.x0; x < area.x1; x++) {
			uint32_t keep = UINT32_C(65535) - above[x].a;

			if (keep == 65535)
				continue;
			below[x] = (struct pixel){lay_over(below[x].r, above[x].r, keep),
						  lay_over(below[x].g, above[x].g, keep),
						  lay_over(below[x].b, above[x].b, keep), 65535};
		}
	}
}
