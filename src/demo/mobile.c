#include "demo/mobile.h"

#include <math.h>

#include "demo/shape.h"

enum { TOYS = MOBILE_TOYS };

static const struct point HUB = {752, 128};
static const float ARM = 128;
static const float TURN_S = 34; /* seconds for one turn */

/* One toy as it hangs now. */
struct toy {
	struct point at;
	float near; /* -1 behind the hub .. 1 before it */
	float scale;
	float swing; /* radians */
};

typedef void toy_draw_fn(struct canvas *canvas, const struct toy *toy);

static struct brush felt(float r, float g, float b)
{
	return (struct brush){.albedo = {r, g, b}, .opacity = 1, .puff = 11};
}

static void draw_star_toy(struct canvas *canvas, const struct toy *toy)
{
	struct brush brush = felt(0.86f, 0.66f, 0.22f);

	shape_draw_star(canvas, &brush,
			(struct shape_star){toy->at, 30 * toy->scale, 0.52f, toy->swing, 4});
}

static void draw_moon_toy(struct canvas *canvas, const struct toy *toy)
{
	struct brush brush = felt(0.84f, 0.80f, 0.62f);
	struct point bite = {toy->at.x + 13 * toy->scale, toy->at.y - 6 * toy->scale};

	shape_draw_crescent(canvas, &brush, (struct shape_crescent){toy->at, bite, 27 * toy->scale,
								    22 * toy->scale});
}

static void draw_cloud_toy(struct canvas *canvas, const struct toy *toy)
{
	struct brush brush = felt(0.74f, 0.78f, 0.84f);
	float s = toy->scale, x = toy->at.x, y = toy->at.y;
	const struct shape_capsule parts[] = {
		{{x - 22 * s, y + 8 * s}, {x + 22 * s, y + 8 * s}, 11 * s, 11 * s},
		{{x - 8 * s, y - 2 * s}, {x - 8 * s, y - 2 * s}, 16 * s, 16 * s},
		{{x + 12 * s, y + 1 * s}, {x + 12 * s, y + 1 * s}, 12 * s, 12 * s},
	};

	shape_draw_blob(canvas, &brush, (struct shape_blob){parts, 3, 5});
}

static void draw_whale_toy(struct canvas *canvas, const struct toy *toy)
{
	static const struct brush eye = {.albedo = {0.03f, 0.03f, 0.04f}, .opacity = 1};
	struct brush brush = felt(0.30f, 0.50f, 0.66f);
	float s = toy->scale, x = toy->at.x, y = toy->at.y;
	const struct shape_capsule parts[] = {
		{{x - 10 * s, y}, {x + 12 * s, y + 3 * s}, 19 * s, 11 * s},
		{{x + 12 * s, y + 3 * s}, {x + 28 * s, y - 8 * s}, 9 * s, 4 * s},
		{{x + 28 * s, y - 8 * s}, {x + 37 * s, y - 15 * s}, 4 * s, 4 * s},
		{{x + 28 * s, y - 8 * s}, {x + 25 * s, y - 19 * s}, 4 * s, 4 * s},
	};

	shape_draw_blob(canvas, &brush, (struct shape_blob){parts, 4, 6});
	shape_draw_ellipse(canvas, &eye, (struct shape_ellipse){{x - 17 * s, y - 3 * s}, {2.4f * s, 2.4f * s}, 0});
}

static void draw_heart_toy(struct canvas *canvas, const struct toy *toy)
{
	struct brush brush = felt(0.74f, 0.30f, 0.30f);
	float s = toy->scale, x = toy->at.x, y = toy->at.y;
	const struct shape_capsule parts[] = {
		{{x - 11 * s, y - 8 * s}, {x, y + 18 * s}, 13 * s, 5 * s},
		{{x + 11 * s, y - 8 * s}, {x, y + 18 * s}, 13 * s, 5 * s},
	};

	shape_draw_blob(canvas, &brush, (struct shape_blob){parts, 2, 4});
}

static toy_draw_fn *const TOY_DRAW[TOYS] = {draw_star_toy, draw_whale_toy, draw_moon_toy,
					    draw_heart_toy, draw_cloud_toy};
static const float STRING[TOYS] = {84, 104, 90, 108, 80};

static struct toy toy_at(int index, float time_s)
{
	float turn = time_s / TURN_S + (float)index / TOYS;
	float angle = turn * 6.2831853f;
	float swing = 0.10f * sinf(time_s * 0.9f + (float)index * 1.7f);
	float near = sinf(angle);
	float scale = 0.94f + 0.13f * near;
	struct point arm = {HUB.x + ARM * cosf(angle), HUB.y + 20 + 20 * near};
	struct point at = {arm.x + swing * 30, arm.y + STRING[index] * scale + 22 * scale};

	return (struct toy){at, near, scale, swing};
}

static struct point arm_of(int index, const struct toy *toy)
{
	return (struct point){toy->at.x - toy->swing * 30,
			      toy->at.y - (STRING[index] + 22) * toy->scale};
}

static struct rect draw_string(struct canvas *canvas, int index, const struct toy *toy)
{
	static const struct brush thread = {.albedo = {0.62f, 0.62f, 0.60f}, .opacity = 0.75f};
	struct point tie = {toy->at.x, toy->at.y - 24 * toy->scale};

	return shape_draw_capsule(canvas, &thread,
				  (struct shape_capsule){arm_of(index, toy), tie, 0.7f, 0.7f});
}

static void draw_toy(struct canvas *canvas, int index, const struct toy *toy, struct rect *ret_parts)
{
	static const struct brush wood = {.albedo = {0.60f, 0.48f, 0.34f}, .opacity = 1, .puff = 3};
	int x = (int)toy->at.x, y = (int)toy->at.y;

	shape_draw_capsule(canvas, &wood,
			   (struct shape_capsule){{HUB.x, HUB.y + 20}, arm_of(index, toy), 3.2f, 2.8f});
	ret_parts[0] = draw_string(canvas, index, toy);
	TOY_DRAW[index](canvas, toy);
	ret_parts[1] = (struct rect){x - 46, y - 38, x + 50, y + 40};
}

void mobile_draw(struct canvas *canvas, float time_s, struct rect ret_parts[MOBILE_PARTS])
{
	static const struct brush cord = {.albedo = {0.50f, 0.46f, 0.42f}, .opacity = 1};
	static const struct brush hub = {.albedo = {0.66f, 0.50f, 0.32f}, .opacity = 1, .puff = 9};
	struct toy toys[TOYS];
	bool drawn[TOYS] = {false};

	for (int i = 0; i < TOYS; i++)
		toys[i] = toy_at(i, time_s);
	ret_parts[0] =
		shape_draw_capsule(canvas, &cord, (struct shape_capsule){{HUB.x, -4}, HUB, 1.2f, 1.2f});
	ret_parts[1] = (struct rect){(int)(HUB.x - ARM) - 6, (int)HUB.y - 8, (int)(HUB.x + ARM) + 7,
				     (int)HUB.y + 48};
	for (int turn = 0; turn < TOYS; turn++) { /* from the far side to the near one */
		int next = -1;

		for (int i = 0; i < TOYS; i++)
			if (!drawn[i] && (next < 0 || toys[i].near < toys[next].near))
				next = i;
		drawn[next] = true;
		draw_toy(canvas, next, &toys[next], &ret_parts[2 + 2 * next]);
		if (turn == TOYS / 2)
			shape_draw_ellipse(canvas, &hub, (struct shape_ellipse){{HUB.x, HUB.y + 12}, {13, 17}, 0});
	}
}
