#include "demo/child.h"

#include <math.h>

#include "demo/room.h"
#include "demo/shape.h"

static const float BREATH_S = 3.7f;
static const float STIR_EVERY_S = 41, STIR_AT_S = 19, STIR_S = 3.2f;

float child_breath(float time_s)
{
	float turn = fmodf(time_s, BREATH_S) / BREATH_S;

	/* In takes less time than out, then a rest. */
	return turn < 0.40f ? raster_step(0, 0.40f, turn) : 1 - raster_step(0.40f, 0.88f, turn);
}

float child_stir(float time_s)
{
	float since = fmodf(time_s, STIR_EVERY_S) - STIR_AT_S;

	if (since <= 0 || since >= STIR_S)
		return 0;
	return sinf(since / STIR_S * 3.14159265f) * sinf(since / STIR_S * 3.14159265f);
}

enum { BLANKET_X0 = 668, BLANKET_X1 = 964, BLANKET_FOOT = 584 };

/* The blanket's upper edge, column by column. */
struct blanket {
	float top[BLANKET_X1 - BLANKET_X0 + 1];
};

/* A hump over shoulder, hip and feet; `lift` pixels is the chest raised. */
static float blanket_edge(float x, float lift, float stir)
{
	float chest = (x - 722) / 62, hip = (x - 800) / 74, feet = (x - 918) / 40;
	float hump = (50 + lift) * expf(-chest * chest) + 42 * expf(-hip * hip) +
		     (22 + 7 * stir) * expf(-feet * feet);
	float ends = raster_step(BLANKET_X0 - 8, BLANKET_X0 + 26, x) *
		     (1 - raster_step(BLANKET_X1 - 20, BLANKET_X1, x));

	return BLANKET_FOOT - 12 - (hump + 8) * ends - 1.5f * sinf(x * 0.09f) * ends;
}

static float blanket_top(const struct blanket *blanket, float x)
{
	float column = raster_clamp(x - BLANKET_X0, 0, BLANKET_X1 - BLANKET_X0 - 1);
	int left = (int)column;

	return raster_mix(blanket->top[left], blanket->top[left + 1], column - (float)left);
}

static float blanket_distance(const void *shape, struct point at)
{
	const struct blanket *blanket = shape;
	float top = blanket_top(blanket, at.x);
	float slope = blanket_top(blanket, at.x + 1) - top;
	float over = (top - at.y) / sqrtf(1 + slope * slope);
	float sides = fmaxf(BLANKET_X0 - at.x, at.x - BLANKET_X1);

	return fmaxf(fmaxf(over, at.y - BLANKET_FOOT), sides);
}

/* Rows of small stars that ride on the cloth. */
static void draw_pattern(struct canvas *canvas, const struct blanket *blanket)
{
	static const struct brush star = {.albedo = {0.78f, 0.72f, 0.48f}, .opacity = 0.8f};

	for (int i = 0; i < 21; i++) {
		float x = BLANKET_X0 + 24 + (float)(i / 3) * 38 + (float)(i % 3) * 12;
		float top = blanket_top(blanket, x);
		float y = top + (BLANKET_FOOT - top) * (0.22f + 0.30f * (float)(i % 3));

		if (x < BLANKET_X1 - 16 && y < BLANKET_FOOT - 6)
			shape_draw_star(canvas, &star, (struct shape_star){{x, y}, 5, 0.5f, (float)i, 0.6f});
	}
}

static void draw_blanket(struct canvas *canvas, const struct blanket *blanket)
{
	static const struct brush wool = {
		.albedo = {0.34f, 0.46f, 0.62f}, .opacity = 1, .puff = 34};
	static const struct brush hem = {.albedo = {0.70f, 0.70f, 0.66f}, .opacity = 1, .puff = 7};
	struct rect bounds = {BLANKET_X0 - 2, 500, BLANKET_X1 + 2, BLANKET_FOOT + 2};
	float top = blanket_top(blanket, BLANKET_X0 + 24);

	raster_fill(canvas, bounds, &wool, blanket_distance, blanket);
	draw_pattern(canvas, blanket);
	shape_draw_capsule(canvas, &hem,
			   (struct shape_capsule){{BLANKET_X0 + 6, BLANKET_FOOT - 8},
						  {BLANKET_X0 + 26, top + 3}, 9, 8});
}

static void draw_bear(struct canvas *canvas, float x, float y)
{
	static const struct brush fur = {.albedo = {0.50f, 0.32f, 0.18f}, .opacity = 1, .puff = 15};
	static const struct brush pale = {.albedo = {0.72f, 0.54f, 0.36f}, .opacity = 1, .puff = 7};
	static const struct brush dark = {.albedo = {0.04f, 0.03f, 0.03f}, .opacity = 1};
	const struct shape_capsule parts[] = {
		{{x - 15, y - 15}, {x - 15, y - 15}, 8, 8}, {{x + 15, y - 15}, {x + 15, y - 15}, 8, 8},
		{{x - 3, y}, {x + 3, y}, 20, 20},	    {{x, y + 26}, {x + 2, y + 34}, 19, 22},
		{{x - 17, y + 22}, {x - 24, y + 36}, 8, 7},
	};

	shape_draw_blob(canvas, &fur, (struct shape_blob){parts, 5, 4});
	shape_draw_ellipse(canvas, &pale, (struct shape_ellipse){{x, y + 6}, {10, 8}, 0});
	shape_draw_ellipse(canvas, &dark, (struct shape_ellipse){{x, y + 3}, {3.4f, 2.6f}, 0});
	shape_draw_ellipse(canvas, &dark, (struct shape_ellipse){{x - 8, y - 4}, {2, 2.4f}, 0});
	shape_draw_ellipse(canvas, &dark, (struct shape_ellipse){{x + 8, y - 4}, {2, 2.4f}, 0});
}

static void draw_head(struct canvas *canvas, struct point at)
{
	static const struct brush skin = {.albedo = {0.78f, 0.56f, 0.44f}, .opacity = 1, .puff = 22};
	static const struct brush hair = {.albedo = {0.24f, 0.15f, 0.09f}, .opacity = 1, .puff = 10};
	static const struct brush blush = {.albedo = {0.82f, 0.38f, 0.32f}, .opacity = 0.35f, .feather = 8};
	static const struct brush line = {.albedo = {0.22f, 0.12f, 0.09f}, .opacity = 0.85f};
	static const struct brush lips = {.albedo = {0.62f, 0.26f, 0.24f}, .opacity = 0.8f};
	float x = at.x, y = at.y;

	shape_draw_ellipse(canvas, &hair, (struct shape_ellipse){{x - 6, y - 4}, {33, 31}, 0});
	shape_draw_ellipse(canvas, &skin, (struct shape_ellipse){{x + 2, y + 3}, {29, 27}, 0});
	shape_draw_ellipse(canvas, &skin, (struct shape_ellipse){{x - 24, y + 6}, {5, 7}, 0});
	shape_draw_capsule(canvas, &hair, (struct shape_capsule){{x - 16, y - 20}, {x + 14, y - 23}, 7, 4});
	shape_draw_capsule(canvas, &hair, (struct shape_capsule){{x - 2, y - 27}, {x + 7, y - 36}, 3, 1});
	shape_draw_ellipse(canvas, &blush, (struct shape_ellipse){{x - 10, y + 12}, {6, 4}, 0});
	shape_draw_ellipse(canvas, &blush, (struct shape_ellipse){{x + 20, y + 12}, {6, 4}, 0});
	for (int i = 0; i < 2; i++) { /* closed eyes: two short arcs */
		float ex = x - 7 + 22 * (float)i, ey = y + 3;

		shape_draw_capsule(canvas, &line, (struct shape_capsule){{ex - 5, ey}, {ex, ey + 2.5f}, 0.9f, 1.2f});
		shape_draw_capsule(canvas, &line, (struct shape_capsule){{ex, ey + 2.5f}, {ex + 5, ey}, 1.2f, 0.9f});
	}
	shape_draw_ellipse(canvas, &blush, (struct shape_ellipse){{x + 5, y + 9}, {2.5f, 2}, 0});
	shape_draw_ellipse(canvas, &lips, (struct shape_ellipse){{x + 5, y + 17}, {4, 1.6f}, 0});
}

void child_draw(struct canvas *canvas, float time_s)
{
	static const struct brush pillow = {.albedo = {0.70f, 0.72f, 0.76f}, .opacity = 1, .puff = 16};
	static const struct brush sleeve = {.albedo = {0.66f, 0.60f, 0.44f}, .opacity = 1, .puff = 9};
	static const struct brush hand = {.albedo = {0.78f, 0.56f, 0.44f}, .opacity = 1, .puff = 6};
	float breath = child_breath(time_s), stir = child_stir(time_s);
	struct blanket blanket;
	float arm = 1.5f * breath + 5 * stir;

	for (int x = BLANKET_X0; x <= BLANKET_X1; x++)
		blanket.top[x - BLANKET_X0] = blanket_edge((float)x, 7 * breath, stir);
	shape_draw_box(canvas, &pillow, (struct shape_box){{612, 566}, {66, 24}, 20});
	draw_head(canvas, (struct point){618 + 4 * stir, 544 - 0.8f * breath});
	draw_blanket(canvas, &blanket);
	draw_bear(canvas, 704, 520 - 5 * breath - 2 * stir);
	shape_draw_capsule(canvas, &sleeve, (struct shape_capsule){{672, 566}, {704, 556 - arm}, 11, 9});
	shape_draw_ellipse(canvas, &hand, (struct shape_ellipse){{711, 554 - arm}, {8, 8}, 0});
}
