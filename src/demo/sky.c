#include "demo/sky.h"

#include <math.h>

#include "demo/shape.h"

static const struct point MOON = {338, 146};
static const float MOON_RADIUS = 27;

static float lattice(int x, int y, int period_x, int period_y)
{
	uint32_t h = (uint32_t)(x % period_x) * 2246822519u + (uint32_t)(y % period_y) * 3266489917u;

	h = (h ^ (h >> 15)) * 2654435761u;
	return (float)((h >> 8) & 0xffff) / 65535.0f;
}

/* Smooth noise with `cells` across the tile, which repeats at its edges. */
static float noise_at(float u, float v, int cells_x, int cells_y)
{
	float x = u * (float)cells_x, y = v * (float)cells_y;
	int column = (int)floorf(x), row = (int)floorf(y);
	float fx = raster_step(0, 1, x - (float)column), fy = raster_step(0, 1, y - (float)row);
	float top = raster_mix(lattice(column, row, cells_x, cells_y),
			       lattice(column + 1, row, cells_x, cells_y), fx);
	float low = raster_mix(lattice(column, row + 1, cells_x, cells_y),
			       lattice(column + 1, row + 1, cells_x, cells_y), fx);

	return raster_mix(top, low, fy);
}

static void build_clouds(struct sky *sky)
{
	for (int y = 0; y < SKY_CLOUD_HEIGHT; y++) {
		for (int x = 0; x < SKY_CLOUD_WIDTH; x++) {
			float u = (float)x / SKY_CLOUD_WIDTH, v = (float)y / SKY_CLOUD_HEIGHT;
			float sum = 0.54f * noise_at(u, v, 7, 4) + 0.27f * noise_at(u, v, 15, 9) +
				    0.13f * noise_at(u, v, 31, 18) + 0.06f * noise_at(u, v, 64, 36);

			sky->clouds[y][x] = (uint8_t)(255 * raster_step(0.46f, 0.78f, sum));
		}
	}
}

static struct colour clear_sky(struct point at)
{
	float down = (at.y - ROOM_WINDOW_Y0) / SKY_HEIGHT;
	float dx = at.x - MOON.x, dy = at.y - MOON.y;
	float near = 1 / (1 + (dx * dx + dy * dy) / 1500);
	struct colour colour = {raster_mix(0.012f, 0.060f, down) + 0.10f * near,
				raster_mix(0.026f, 0.096f, down) + 0.13f * near,
				raster_mix(0.085f, 0.180f, down) + 0.18f * near};
	return colour;
}

static void draw_moon(struct canvas *canvas)
{
	static const struct brush disc = {.glow = {0.86f, 0.86f, 0.78f}, .opacity = 1, .feather = 1.5f};
	static const struct brush sea = {.glow = {0.66f, 0.68f, 0.64f}, .opacity = 0.6f, .feather = 5};
	static const struct shape_ellipse seas[] = {
		{{330, 138}, {8, 6}, 0}, {{345, 150}, {7, 8}, 0}, {{331, 157}, {5, 4}, 0}};

	shape_draw_ellipse(canvas, &disc, (struct shape_ellipse){MOON, {MOON_RADIUS, MOON_RADIUS}, 0});
	for (size_t i = 0; i < sizeof(seas) / sizeof(seas[0]); i++)
		shape_draw_ellipse(canvas, &sea, seas[i]);
}

/* Hills, a fir wood and one house where somebody is still awake. */
static void draw_country(struct canvas *canvas)
{
	static const struct brush far_hill = {.glow = {0.026f, 0.044f, 0.080f}, .opacity = 1};
	static const struct brush hill = {.glow = {0.012f, 0.022f, 0.040f}, .opacity = 1};
	static const struct brush pane = {.glow = {0.90f, 0.56f, 0.18f}, .opacity = 0.9f, .feather = 2};
	static const struct point roof[] = {{196, 319}, {210, 306}, {224, 319}};

	shape_draw_ellipse(canvas, &far_hill, (struct shape_ellipse){{340, 380}, {170, 62}, 0});
	shape_draw_ellipse(canvas, &hill, (struct shape_ellipse){{190, 394}, {150, 64}, 0});
	for (int i = 0; i < 9; i++) {
		float x = 296 + (float)(i * 13) + 4 * sinf((float)i * 2.3f);
		float foot = 352, tall = 30 + 12 * sinf((float)i * 1.7f);
		struct point fir[] = {{x - 9, foot}, {x, foot - tall}, {x + 9, foot}};

		shape_draw_polygon(canvas, &hill, (struct shape_polygon){fir, 3, 0});
	}
	shape_draw_box(canvas, &hill, (struct shape_box){{347, 360}, {70, 12}, 2});
	shape_draw_box(canvas, &hill, (struct shape_box){{210, 328}, {11, 10}, 0});
	shape_draw_polygon(canvas, &hill, (struct shape_polygon){roof, 3, 0});
	shape_draw_box(canvas, &pane, (struct shape_box){{214, 326}, {2.5f, 3}, 0});
}

void sky_init(struct sky *sky)
{
	static struct pixel room[ROOM_WIDTH * ROOM_WINDOW_Y1];
	struct canvas canvas = {room, ROOM_WIDTH, ROOM_WINDOW_Y1, NULL};

	build_clouds(sky);
	for (int y = ROOM_WINDOW_Y0; y < ROOM_WINDOW_Y1; y++)
		for (int x = ROOM_WINDOW_X0; x < ROOM_WINDOW_X1; x++)
			raster_blend(&canvas, x, y, clear_sky((struct point){(float)x, (float)y}), 1);
	draw_moon(&canvas);
	for (int y = 0; y < SKY_HEIGHT; y++) {
		for (int x = 0; x < SKY_WIDTH; x++) {
			float dx = (float)(x + ROOM_WINDOW_X0) - MOON.x;
			float dy = (float)(y + ROOM_WINDOW_Y0) - MOON.y;
			float near = 1 / (1 + (dx * dx + dy * dy) / 5200);

			sky->moonlight[y][x] = (uint16_t)(256 * (0.44f + 0.46f * near));
		}
	}
	draw_country(&canvas);
	for (int y = 0; y < SKY_HEIGHT; y++)
		for (int x = 0; x < SKY_WIDTH; x++)
			sky->clear[y][x] = room[(y + ROOM_WINDOW_Y0) * ROOM_WIDTH + x + ROOM_WINDOW_X0];
}

static uint16_t mix_16(uint32_t clear, uint32_t cloud, uint32_t cover)
{
	return (uint16_t)((clear * (256 - cover) + cloud * cover) >> 8);
}

/* One row of sky with the clouds over it. They never cover what lies below the horizon. */
static void draw_row(const struct sky *sky, struct canvas *canvas, int y, uint32_t drift_8)
{
	struct pixel *out = &canvas->pixels[(y + ROOM_WINDOW_Y0) * canvas->width + ROOM_WINDOW_X0];
	uint32_t down = (uint32_t)y * 102 + 17 * 256, low = down & 255; /* 0.4 texel a pixel, 8.8 */
	const uint8_t *upper = sky->clouds[(down >> 8) % SKY_CLOUD_HEIGHT];
	const uint8_t *lower = sky->clouds[((down >> 8) + 1) % SKY_CLOUD_HEIGHT];
	uint32_t fade = y < 170 ? 230 : y < 230 ? (uint32_t)(230 - (y - 170) * 230 / 60) : 0;

	for (int x = 0; x < SKY_WIDTH; x++) {
		uint32_t at = drift_8 + (uint32_t)x * 154; /* 0.6 of a texel a pixel, 8.8 */
		uint32_t texel = at >> 8, part = at & 255;
		uint32_t left = texel % SKY_CLOUD_WIDTH, right = (texel + 1) % SKY_CLOUD_WIDTH;
		uint32_t top = upper[left] * (256 - part) + upper[right] * part;
		uint32_t bottom = lower[left] * (256 - part) + lower[right] * part;
		uint32_t here = (top * (256 - low) + bottom * low) >> 16;
		uint32_t cover = here * fade >> 8;
		uint32_t bright = sky->moonlight[y][x];
		struct pixel clear = sky->clear[y][x];

		out[x] = (struct pixel){mix_16(clear.r, bright * 122, cover),
					mix_16(clear.g, bright * 148, cover),
					mix_16(clear.b, bright * 200, cover), 65535};
	}
}

static void draw_stars(const struct sky *sky, struct canvas *canvas, float time_s)
{
	for (int i = 0; i < 26; i++) {
		uint32_t h = ((uint32_t)i + 3) * 2654435761u;
		int x = 6 + (int)((h >> 8) % (SKY_WIDTH - 12)), y = 6 + (int)((h >> 19) % 190);
		float pulse = 0.62f + 0.38f * sinf(time_s * (0.7f + (float)(i % 5) * 0.33f) + (float)i);
		float size = i % 4 ? 1.1f : 1.7f;
		struct pixel there = canvas->pixels[(y + ROOM_WINDOW_Y0) * canvas->width + x +
						    ROOM_WINDOW_X0];
		/* A cloud or the moon before it hides a star. */
		float hidden = raster_step(1500, 9000, (float)there.g - (float)sky->clear[y][x].g);
		float lit = sky->clear[y][x].g > 36000 ? 0 : pulse * (1 - hidden);
		struct brush star = {.glow = {0.80f, 0.86f, 1.0f}, .opacity = lit, .feather = 1.6f};
		struct point at = {(float)(x + ROOM_WINDOW_X0), (float)(y + ROOM_WINDOW_Y0)};

		if (lit > 0)
			shape_draw_ellipse(canvas, &star, (struct shape_ellipse){at, {size, size}, 0});
	}
}

void sky_draw(const struct sky *sky, struct canvas *canvas, float time_s)
{
	uint32_t drift_8 = (uint32_t)(fmodf(time_s * 2.4f, SKY_CLOUD_WIDTH) * 256);

	for (int y = 0; y < SKY_HEIGHT; y++)
		draw_row(sky, canvas, y, drift_8);
	draw_stars(sky, canvas, time_s);
}

struct curtain {
	float from_x, width; /* along the rod */
	float gather;        /* how far the tie pulls its inner edge back, in pixels */
	float phase;
};

enum { CURTAIN_TOP = 60, CURTAIN_FOOT = 428 };

/* How wide the cloth is at a height: full at the rod, gathered at the tie, freer below. */
static float curtain_reach(const struct curtain *curtain, float y, float time_s)
{
	float down = (y - CURTAIN_TOP) / (CURTAIN_FOOT - CURTAIN_TOP);
	float sway = 5 * down * down * sinf(time_s * 0.55f + curtain->phase) +
		     2 * down * sinf(time_s * 1.27f + down * 3 + curtain->phase);
	float pull = raster_step(0, 0.62f, down) - 0.45f * raster_step(0.62f, 1, down);

	return curtain->width - curtain->gather * pull + sway;
}

static void draw_curtain_row(struct canvas *canvas, const struct curtain *curtain, int y, float time_s)
{
	float reach = curtain_reach(curtain, (float)y, time_s);
	bool is_right = curtain->gather < 0;
	float size = is_right ? curtain->width * 2 - reach : reach;
	float from = is_right ? curtain->from_x + curtain->width - size : curtain->from_x;

	for (int x = (int)floorf(from); x <= (int)ceilf(from + size); x++) {
		float along = ((float)x + 0.5f - from) / size;
		float edge = raster_clamp(fminf((float)x + 1 - from, from + size - (float)x), 0, 1);
		float fold = sinf(along * 26 + curtain->phase + 0.35f * sinf((float)y * 0.013f));
		struct light light = raster_light(canvas, (float)x, (float)y);
		bool glass = x > ROOM_WINDOW_X0 && x < ROOM_WINDOW_X1 && y > ROOM_WINDOW_Y0 &&
			     y < ROOM_WINDOW_Y1;
		float tone = 0.40f + 0.13f * fold;
		float through = glass ? 0.030f + 0.012f * fold : 0; /* the night shines through */
		struct colour cloth = {light.colour.r * tone * 0.92f + through * 0.7f,
				       light.colour.g * tone * 0.98f + through,
				       light.colour.b * tone * 1.10f + through * 1.6f};

		raster_blend(canvas, x, y, cloth, edge * (glass ? 0.90f : 1));
	}
}

void sky_draw_curtains(struct canvas *canvas, float time_s)
{
	static const struct curtain curtains[] = {
		{92, 92, 34, 0.4f},
		{368, 92, -34, 2.1f},
	};

	for (int i = 0; i < 2; i++)
		for (int y = CURTAIN_TOP; y < CURTAIN_FOOT; y++)
			draw_curtain_row(canvas, &curtains[i], y, time_s);
}
