/* A small software renderer: shapes are signed distances, drawn with smooth edges and a rounded,
 * lit body onto a canvas of premultiplied pixels. All colours a caller gives are linear light; the
 * canvas stores their square roots, which is close to how they are seen and cheap to blend. */
#ifndef DEMO_RASTER_H
#define DEMO_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct colour {
	float r, g, b;
};

struct point {
	float x, y;
};

/* Pixels x0 <= x < x1, y0 <= y < y1. */
struct rect {
	int x0, y0, x1, y1;
};

struct pixel {
	uint16_t r, g, b, a;
};

/* The light that falls on a place of the room, and where most of it comes from (unit vector in the
 * picture's plane, shorter where light comes from all sides). */
struct light {
	struct colour colour;
	struct point from;
};

enum {
	LIGHT_CELL = 4, /* pixels a side of one cell of the light map */
};

struct canvas {
	struct pixel *pixels; /* width * height */
	int width, height;
	const struct light *lights; /* one a cell; NULL: everything is evenly lit */
};

/* How a shape looks. */
struct brush {
	struct colour albedo; /* what share of the falling light it gives back */
	struct colour glow;   /* its own light, added */
	float opacity;        /* 0..1 */
	float feather;        /* pixels over which the edge fades; below 1 is taken as 1 */
	float puff;           /* pixels from the edge to where the body is flat; 0: flat like paper */
};

/* Signed distance in pixels from `at` to the shape's edge, negative inside. */
typedef float raster_shape_fn(const void *shape, struct point at);

void raster_fill(struct canvas *canvas, struct rect bounds, const struct brush *brush,
		 raster_shape_fn *distance, const void *shape);

/* Lays `colour` (linear) with `cover` 0..1 over one pixel inside the canvas. */
void raster_blend(struct canvas *canvas, int x, int y, struct colour colour, float cover);

/* The light at a place; white for an evenly lit canvas. */
struct light raster_light(const struct canvas *canvas, float x, float y);

/* Copies, or lays a layer with alpha over, the part of two canvases of the same size. */
void raster_copy(struct canvas *to, const struct canvas *from, struct rect part);
void raster_over(struct canvas *to, const struct canvas *from, struct rect part);

struct rect raster_clip(struct rect rect, int width, int height);
struct rect raster_union(struct rect a, struct rect b);
bool raster_is_empty(struct rect rect);

static inline float raster_clamp(float value, float low, float high)
{
	return value < low ? low : value > high ? high : value;
}

static inline float raster_mix(float a, float b, float t)
{
	return a + (b - a) * t;
}

/* 0 below `low`, 1 above `high`, smooth between. */
static inline float raster_step(float low, float high, float value)
{
	float t = raster_clamp((value - low) / (high - low), 0, 1);

	return t * t * (3 - 2 * t);
}

#endif
