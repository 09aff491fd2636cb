#include "demo/cat.h"

#include <math.h>

#include "demo/room.h"
#include "demo/shape.h"

/* When the cat does what, in seconds of its round. */
static const float ROUND_S = 78, ENTER_S = 5, SIT_S = 11.5f, RISE_S = 24, TURN_S = 1.1f;
static const float ENTER_X = -150, SIT_X = 366, SPEED = 86;
static const float GROUND_Y = 688;

/* The body's parts, walking to the right, about the point between the paws. Sitting has the same
 * parts elsewhere, so that sitting down is one pose melting into the other. */
enum part {
	PART_BODY, PART_NECK, PART_HEAD, PART_EAR_NEAR, PART_EAR_FAR,
	PART_TAIL_1, PART_TAIL_2, PART_TAIL_3,
	PART_HIND_UPPER, PART_HIND_LOWER, PART_FORE_UPPER, PART_FORE_LOWER,
	PART_HIND_FAR, PART_FORE_FAR, PART_COUNT
};

static const struct shape_capsule WALKING[PART_COUNT] = {
	[PART_BODY] = {{-44, -58}, {38, -60}, 23, 21},
	[PART_NECK] = {{40, -66}, {64, -84}, 15, 14},
	[PART_HEAD] = {{68, -88}, {76, -85}, 18, 15},
	[PART_EAR_NEAR] = {{60, -100}, {55, -115}, 7, 2},
	[PART_EAR_FAR] = {{74, -101}, {75, -116}, 7, 2},
	[PART_TAIL_1] = {{-58, -66}, {-86, -76}, 8, 6.5f},
	[PART_TAIL_2] = {{-86, -76}, {-106, -98}, 6.5f, 5.5f},
	[PART_TAIL_3] = {{-106, -98}, {-108, -124}, 5.5f, 4.5f},
	[PART_HIND_UPPER] = {{-44, -50}, {-48, -26}, 15, 8},
	[PART_HIND_LOWER] = {{-48, -26}, {-44, -5}, 7, 6},
	[PART_FORE_UPPER] = {{34, -48}, {36, -26}, 11, 7},
	[PART_FORE_LOWER] = {{36, -26}, {38, -5}, 7, 6},
	[PART_HIND_FAR] = {{-38, -44}, {-40, -5}, 11, 6},
	[PART_FORE_FAR] = {{28, -44}, {30, -5}, 9, 6},
};

static const struct shape_capsule SITTING[PART_COUNT] = {
	[PART_BODY] = {{-16, -32}, {6, -66}, 32, 22},
	[PART_NECK] = {{8, -72}, {12, -92}, 18, 16},
	[PART_HEAD] = {{9, -106}, {19, -106}, 21, 21},
	[PART_EAR_NEAR] = {{-2, -122}, {-6, -137}, 8, 2},
	[PART_EAR_FAR] = {{30, -122}, {34, -137}, 8, 2},
	[PART_TAIL_1] = {{-36, -12}, {-54, -8}, 8, 7},
	[PART_TAIL_2] = {{-54, -8}, {-70, -14}, 7, 6},
	[PART_TAIL_3] = {{-70, -14}, {-82, -28}, 6, 5},
	[PART_HIND_UPPER] = {{-20, -30}, {-12, -14}, 24, 15},
	[PART_HIND_LOWER] = {{-12, -9}, {10, -6}, 8, 6},
	[PART_FORE_UPPER] = {{10, -60}, {14, -30}, 13, 8},
	[PART_FORE_LOWER] = {{14, -30}, {15, -6}, 7, 7},
	[PART_HIND_FAR] = {{-8, -24}, {4, -6}, 12, 6},
	[PART_FORE_FAR] = {{20, -56}, {27, -6}, 10, 6},
};

/* What the cat does now. */
struct cat {
	float x;
	float stride;	/* radians of its step */
	float step;	/* 0 stands .. 1 walks */
	float sit;	/* 0 on four paws .. 1 sits */
	float time_s;
};

static bool cat_now(float time_s, struct cat *ret_cat)
{
	float now = fmodf(time_s, ROUND_S);
	float x = ENTER_X + SPEED * (now - ENTER_S);
	float leave = SIT_X + SPEED * (now - RISE_S - TURN_S);

	if (now < ENTER_S || leave > ROOM_WIDTH + 160)
		return false;
	bool arrives = x < SIT_X, stays = !arrives && now < RISE_S + TURN_S;
	float down = raster_step(SIT_S, SIT_S + TURN_S, now), up = raster_step(RISE_S, RISE_S + TURN_S, now);

	*ret_cat = (struct cat){
		.x = arrives ? x : stays ? SIT_X : leave,
		.step = stays ? 0 : 1,
		.sit = down - up,
		.time_s = now,
	};
	ret_cat->stride = ret_cat->x / 15.5f;
	return true;
}

/* Swings a leg about its upper end and lifts the paw on its way forward. */
static void swing_leg(struct shape_capsule *upper, struct shape_capsule *lower, float stride, float step)
{
	float way = 15 * sinf(stride) * step, lift = 7 * fmaxf(0, cosf(stride)) * step;

	upper->to.x += way * 0.5f;
	upper->to.y -= lift * 0.5f;
	if (lower) {
		lower->from = upper->to;
		lower->to.x += way;
		lower->to.y -= lift;
	} else {
		upper->to.x += way * 0.5f;
		upper->to.y -= lift * 0.5f;
	}
}

static struct point mix_point(struct point a, struct point b, float t)
{
	return (struct point){raster_mix(a.x, b.x, t), raster_mix(a.y, b.y, t)};
}

static void pose_cat(const struct cat *cat, struct shape_capsule *parts)
{
	float sway = sinf(cat->time_s * 1.9f);

	for (int i = 0; i < PART_COUNT; i++)
		parts[i] = (struct shape_capsule){
			mix_point(WALKING[i].from, SITTING[i].from, cat->sit),
			mix_point(WALKING[i].to, SITTING[i].to, cat->sit),
			raster_mix(WALKING[i].from_radius, SITTING[i].from_radius, cat->sit),
			raster_mix(WALKING[i].to_radius, SITTING[i].to_radius, cat->sit),
		};
	parts[PART_TAIL_2].to.x += 7 * sway;
	parts[PART_TAIL_3].from = parts[PART_TAIL_2].to;
	parts[PART_TAIL_3].to.x += 19 * sway;
	parts[PART_TAIL_3].to.y += 3 * sway;
	swing_leg(&parts[PART_HIND_UPPER], &parts[PART_HIND_LOWER], cat->stride, cat->step);
	swing_leg(&parts[PART_FORE_UPPER], &parts[PART_FORE_LOWER], cat->stride + 1.7f, cat->step);
	swing_leg(&parts[PART_HIND_FAR], NULL, cat->stride + 3.14f, cat->step);
	swing_leg(&parts[PART_FORE_FAR], NULL, cat->stride + 4.84f, cat->step);

	float bob = 1.6f * sinf(cat->stride * 2) * cat->step;

	for (int i = 0; i < PART_COUNT; i++) {
		float x = cat->x, y = GROUND_Y + (i <= PART_EAR_FAR ? bob : 0);

		parts[i].from.x += x;
		parts[i].from.y += y;
		parts[i].to.x += x;
		parts[i].to.y += y;
	}
}

/* Eyes that give the night light back, and blink. */
static void draw_face(struct canvas *canvas, const struct cat *cat, const struct shape_capsule *head)
{
	static const struct brush shine = {.glow = {0.62f, 0.66f, 0.22f}, .opacity = 1, .feather = 1.4f};
	static const struct brush slit = {.glow = {0.02f, 0.02f, 0.01f}, .opacity = 1};
	static const struct brush nose = {.albedo = {0.70f, 0.34f, 0.32f}, .opacity = 1};
	static const struct brush muzzle = {.albedo = {0.74f, 0.68f, 0.60f}, .opacity = 0.9f, .feather = 5};
	float blink = raster_step(0.10f, 0.02f, fabsf(fmodf(cat->time_s, 3.3f) - 1.6f));
	struct point at = mix_point(head->from, head->to, 0.5f);
	float facing = cat->sit; /* sideways while it walks */
	float open = fmaxf(0.12f, 1 - blink);

	shape_draw_ellipse(canvas, &muzzle,
			   (struct shape_ellipse){{at.x + 12 - 12 * facing, at.y + 8}, {8, 6}, 0});
	shape_draw_ellipse(canvas, &nose,
			   (struct shape_ellipse){{at.x + 17 - 17 * facing, at.y + 4}, {2.6f, 1.9f}, 0});
	for (int i = 0; i < 2; i++) {
		if (i == 0 && facing < 0.5f)
			continue;
		float x = at.x + (i ? 8 : -8);

		shape_draw_ellipse(canvas, &shine, (struct shape_ellipse){{x, at.y - 3}, {4.6f, 4.2f * open}, 0});
		shape_draw_ellipse(canvas, &slit, (struct shape_ellipse){{x, at.y - 3}, {1.3f, 3.4f * open}, 0});
	}
}

struct rect cat_draw(struct canvas *canvas, float time_s)
{
	static const struct brush shadow = {.opacity = 0.5f, .feather = 16};
	static const struct brush far_fur = {.albedo = {0.34f, 0.19f, 0.09f}, .opacity = 1, .puff = 7};
	static const struct brush fur = {.albedo = {0.66f, 0.38f, 0.17f}, .opacity = 1, .puff = 17};
	static const struct brush chest = {.albedo = {0.74f, 0.68f, 0.60f}, .opacity = 0.9f, .feather = 7};
	struct shape_capsule parts[PART_COUNT];
	struct cat cat;

	if (!cat_now(time_s, &cat))
		return (struct rect){0};
	pose_cat(&cat, parts);

	float wide = raster_mix(74, 50, cat.sit);
	struct rect bounds = shape_draw_ellipse(
		canvas, &shadow, (struct shape_ellipse){{cat.x - 4, GROUND_Y}, {wide, 9}, 0});
	struct rect far_legs = shape_draw_blob(
		canvas, &far_fur, (struct shape_blob){&parts[PART_HIND_FAR], 2, 1});
	struct rect body = shape_draw_blob(canvas, &fur, (struct shape_blob){parts, PART_HIND_FAR, 9});

	if (cat.sit > 0.5f)
		shape_draw_ellipse(canvas, &chest, (struct shape_ellipse){{cat.x + 15, GROUND_Y - 62}, {9, 17}, 0});
	draw_face(canvas, &cat, &parts[PART_HEAD]);
	return raster_union(bounds, raster_union(far_legs, body));
}
