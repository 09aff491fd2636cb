#include "demo/room.h"

#include <math.h>

#include "demo/furniture.h"

static const struct point LAMP = {ROOM_LAMP_X, ROOM_LAMP_Y};
static const struct point WINDOW = {276, 224};

static float distance_of(struct point a, struct point b)
{
	return sqrtf((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

static void add_light(struct light *light, struct colour colour, float strength, struct point way)
{
	light->colour.r += colour.r * strength;
	light->colour.g += colour.g * strength;
	light->colour.b += colour.b * strength;
	light->from.x += way.x * strength;
	light->from.y += way.y * strength;
}

/* The moon through the four panes, thrown onto the floor; `soft` is the width of its edges as a
 * share of its own. */
static float moon_patch(struct point at, float soft)
{
	float down = (at.y - 556) / 128; /* 0..1 over the patch */

	if (at.y < ROOM_FLOOR_Y)
		return 0;

	float across = (at.x - (122 + 84 * down)) / (250 + 36 * down);
	float edge = raster_step(0, soft, across) * (1 - raster_step(1 - soft, 1, across)) *
		     raster_step(-0.02f, 0.06f, down) * (1 - raster_step(0.9f, 1.04f, down));
	float bars = raster_step(0.016f, 0.016f + soft * 0.6f, fabsf(across - 0.5f)) *
		     raster_step(0.02f, 0.02f + soft, fabsf(down - 0.5f));

	return edge * bars;
}

static struct light light_at(struct point at, float soft)
{
	struct light light = {.colour = {0.055f, 0.075f, 0.128f}, .from = {0, -0.02f}};
	float lamp = distance_of(at, LAMP), moon = distance_of(at, WINDOW);
	struct point to_lamp = {(LAMP.x - at.x) / (lamp + 30), (LAMP.y - at.y) / (lamp + 30)};
	struct point to_moon = {(WINDOW.x - at.x) / (moon + 30), (WINDOW.y - at.y) / (moon + 30)};
	float near = lamp / 132, far = lamp / 430, cool = moon / 330;

	add_light(&light, (struct colour){1.0f, 0.50f, 0.19f}, 0.80f / (1 + near * near * near),
		  to_lamp);
	add_light(&light, (struct colour){1.0f, 0.58f, 0.30f}, 0.34f / (1 + far * far), to_lamp);
	add_light(&light, (struct colour){0.42f, 0.62f, 1.0f}, 0.17f / (1 + cool * cool), to_moon);
	add_light(&light, (struct colour){0.50f, 0.68f, 1.0f}, 0.30f * moon_patch(at, soft), to_moon);

	float sum = light.from.x * light.from.x + light.from.y * light.from.y;
	float size = sqrtf(sum) + 0.05f;

	light.from = (struct point){light.from.x / size, light.from.y / size};
	return light;
}

void room_build_lights(struct light *lights)
{
	int columns = ROOM_WIDTH / LIGHT_CELL;

	for (int i = 0; i < ROOM_LIGHTS; i++) {
		struct point at = {((float)(i % columns) + 0.5f) * LIGHT_CELL,
				   ((float)(i / columns) + 0.5f) * LIGHT_CELL};

		lights[i] = light_at(at, 0.3f);
	}
}

/* A number 0..1 that looks random but always is the same for the same place. */
static float hash_of(int x, int y)
{
	uint32_t h = (uint32_t)x * 374761393u + (uint32_t)y * 668265263u;

	h = (h ^ (h >> 13)) * 1274126177u;
	return (float)((h ^ (h >> 16)) & 0xffff) / 65535.0f;
}

/* Wallpaper: calm stripes and a small diamond here and there. */
static float wall_tone(float x, float y)
{
	float stripe = 0.03f * sinf(x * 6.2831853f / 92);
	int row = (int)floorf(y / 46), column = (int)floorf((x + (row % 2 ? 46 : 0)) / 92);
	float cx = (float)column * 92 + 46 - (row % 2 ? 46.0f : 0.0f), cy = (float)row * 46 + 23;
	float diamond = fabsf(x - cx) + fabsf(y - cy) * 0.8f;

	return 1 + stripe + 0.30f * (1 - raster_step(2.5f, 4.5f, diamond));
}

static struct colour wall_at(float x, float y)
{
	float tone = wall_tone(x, y);
	float low = raster_step(414, 420, y); /* a painted lower part with a rail on top */
	float rail = raster_step(405, 408, y) * (1 - raster_step(416, 418, y));
	float panel = 0.94f + 0.06f * raster_step(1.0f, 3.0f, fabsf(fmodf(x, 58) - 29));
	float skirt = raster_step(506, 508, y);
	struct colour upper = {0.30f * tone, 0.40f * tone, 0.50f * tone};
	struct colour wood = {0.50f * panel, 0.52f * panel, 0.53f * panel};
	float keep = fmaxf(low, rail);
	float shine = 1 + 0.35f * rail * raster_step(412, 406, y) + 0.15f * skirt;

	return (struct colour){raster_mix(upper.r, wood.r, keep) * shine,
			       raster_mix(upper.g, wood.g, keep) * shine,
			       raster_mix(upper.b, wood.b, keep) * shine};
}

/* Planks that run away from the eye, each of its own tone. */
static struct colour floor_at(float x, float y)
{
	float depth = 190 / (y - 340);
	float along = (x - 640) * depth / 56;
	int plank = (int)floorf(along);
	int piece = (int)floorf(depth * 5.2f + hash_of(plank, 7) * 4);
	float seam = fabsf(along - floorf(along) - 0.5f) * 2;
	float grain = 0.05f * sinf(along * 34 + 5 * sinf(depth * 23 + (float)plank));
	float tone = 0.82f + 0.26f * hash_of(plank, piece) + grain;

	tone *= 1 - 0.45f * raster_step(0.94f, 1.0f, seam);
	tone *= 0.70f + 0.30f * raster_step(ROOM_FLOOR_Y, ROOM_FLOOR_Y + 26, y);
	return (struct colour){0.40f * tone, 0.27f * tone, 0.17f * tone};
}

/* A round rug under the crib, ring in ring. */
static void draw_rug(const struct point at, struct colour *colour)
{
	float dx = (at.x - 740) / 352, dy = (at.y - 640) / 62;
	float r = sqrtf(dx * dx + dy * dy);
	float cover = 1 - raster_step(0.985f, 1.0f, r);

	if (cover <= 0)
		return;

	float ring = raster_step(0.03f, 0.0f, fabsf(r - 0.86f) - 0.03f) +
		     raster_step(0.03f, 0.0f, fabsf(r - 0.62f) - 0.02f);
	float wool = 0.93f + 0.14f * hash_of((int)at.x / 2, (int)at.y);
	struct colour rug = {raster_mix(0.42f, 0.62f, ring) * wool,
			     raster_mix(0.34f, 0.55f, ring) * wool,
			     raster_mix(0.40f, 0.50f, ring) * wool};

	colour->r = raster_mix(colour->r, rug.r, cover);
	colour->g = raster_mix(colour->g, rug.g, cover);
	colour->b = raster_mix(colour->b, rug.b, cover);
}

/* Darker towards the corners, and where the crib keeps the light off the floor. */
static float shadow_at(struct point at)
{
	float dx = (at.x - 640) / 900, dy = (at.y - 360) / 620;
	float corner = 1 - 0.55f * (dx * dx + dy * dy);
	float sx = (at.x - 720) / 300, sy = (at.y - 646) / 30;
	float under = raster_step(1.15f, 0.2f, sqrtf(sx * sx + sy * sy));

	return corner * (1 - 0.55f * (at.y > ROOM_FLOOR_Y ? under : 0));
}

void room_draw_back(struct canvas *canvas)
{
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++) {
			struct point at = {(float)x + 0.5f, (float)y + 0.5f};
			bool is_wall = y < ROOM_FLOOR_Y;
			struct colour colour = is_wall ? wall_at(at.x, at.y) : floor_at(at.x, at.y);
			/* The patch of moonlight has edges finer than the map's cells. */
			struct light light = !is_wall && x < 520
						     ? light_at(at, 0.045f)
						     : raster_light(canvas, at.x, at.y);
			float shade = shadow_at(at);

			if (!is_wall)
				draw_rug(at, &colour);
			colour.r *= light.colour.r * shade;
			colour.g *= light.colour.g * shade;
			colour.b *= light.colour.b * shade;
			raster_blend(canvas, x, y, colour, 1);
		}
	}
	furniture_draw_back(canvas);
}

void room_draw_front(struct canvas *canvas)
{
	furniture_draw_front(canvas);
}
