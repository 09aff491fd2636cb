#include "demo/glimmer.h"

#include <math.h>

#include "demo/shape.h"

/* The wall right of the curtains, above the crib. */
static const float WALL_X0 = 486, WALL_X1 = 1276, WALL_Y0 = 8, WALL_Y1 = 398;

struct rect glimmer_draw(struct canvas *canvas, int index, float time_s)
{
	float i = (float)index;
	float wide = WALL_X1 - WALL_X0, high = WALL_Y1 - WALL_Y0;
	float x = fmodf(i * 0.381966f * wide * 1.7f + time_s * (3.0f + fmodf(i, 3)), wide);
	float y = fmodf(i * 0.618034f * high * 2.3f, high) + 10 * sinf(time_s * 0.11f + i);
	float edge = raster_step(0, 60, x) * (1 - raster_step(wide - 60, wide, x));
	float pulse = 0.75f + 0.25f * sinf(time_s * 0.8f + i * 2.1f);
	float size = 6.5f + 2.5f * fmodf(i, 3);
	struct point at = {WALL_X0 + x, WALL_Y0 + y};
	struct brush light = {.glow = {0.90f, 0.64f, 0.36f},
			      .opacity = 0.20f * edge * pulse,
			      .feather = 4.5f};

	if (light.opacity < 0.01f || at.y < 0)
		return (struct rect){0};
	return shape_draw_star(canvas, &light,
			       (struct shape_star){at, size, 0.45f, time_s * 0.05f + i, 0.8f});
}
