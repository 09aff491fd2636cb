#include "demo/scene.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "demo/cat.h"
#include "demo/child.h"
#include "demo/glimmer.h"
#include "demo/mobile.h"
#include "demo/overlay.h"
#include "demo/room.h"
#include "demo/sky.h"

/* What moves slowly (clouds, curtains, the stars on the wall; the child) is drawn anew only every
 * third or second frame, onto a canvas of its own from which the faster parts are then cleared. */
enum { SLOW_EVERY = 3, CHILD_EVERY = 2 };

/* The parts of the picture that are drawn anew each frame. */
enum part {
	PART_CAT,
	PART_CLOCK,
	PART_NUMBER,
	PART_DOTS,
	PART_MOBILE,
	PART_COUNT = PART_MOBILE + MOBILE_PARTS
};

/* After this time the scene starts over, so that its single-precision time stays fine-grained. */
static const double ROUND_S = 4096;

static const struct rect ALL = {0, 0, ROOM_WIDTH, ROOM_HEIGHT};

struct scene {
	struct canvas back, front, slow, work;
	struct light lights[ROOM_LIGHTS];
	struct sky sky;
	struct overlay overlay;
	struct film film;
	struct rect glimmers[GLIMMER_STARS]; /* as last drawn */
	struct rect parts[PART_COUNT];
	bool has_slow;
};

static int make_canvas(struct canvas *canvas, const struct light *lights)
{
	canvas->pixels = calloc((size_t)ROOM_WIDTH * ROOM_HEIGHT, sizeof(struct pixel));
	canvas->width = ROOM_WIDTH;
	canvas->height = ROOM_HEIGHT;
	canvas->lights = lights;
	return canvas->pixels ? 0 : -ENOMEM;
}

int scene_create(struct scene **ret_scene)
{
	AUTO(scene) scene = calloc(1, sizeof(*scene));

	if (!scene || make_canvas(&scene->back, scene->lights) < 0 ||
	    make_canvas(&scene->front, scene->lights) < 0 ||
	    make_canvas(&scene->slow, scene->lights) < 0 ||
	    make_canvas(&scene->work, scene->lights) < 0)
		return -ENOMEM;

	room_build_lights(scene->lights);
	room_draw_back(&scene->back);
	room_draw_front(&scene->front);
	sky_init(&scene->sky);
	overlay_init(&scene->overlay);
	film_init(&scene->film);
	raster_copy(&scene->slow, &scene->back, ALL);
	raster_over(&scene->slow, &scene->front, ALL);
	raster_copy(&scene->work, &scene->slow, ALL);
	film_expose(&scene->film, &scene->work, ALL);
	*ret_scene = take(scene);
	return 0;
}

void scene_destroy(struct scene *scene)
{
	if (!scene)
		return;
	free(scene->back.pixels);
	free(scene->front.pixels);
	free(scene->slow.pixels);
	free(scene->work.pixels);
	free(scene);
}

/* Takes over a part of the slow canvas that was drawn anew. */
static void renew(struct scene *scene, struct rect part)
{
	raster_copy(&scene->work, &scene->slow, part);
	film_expose(&scene->film, &scene->work, part);
}

static void draw_window(struct scene *scene, float time_s)
{
	struct canvas *slow = &scene->slow;
	struct rect around = ROOM_CURTAINS;

	raster_copy(slow, &scene->back, around);
	sky_draw(&scene->sky, slow, time_s);
	raster_over(slow, &scene->front, around);
	sky_draw_curtains(slow, time_s);
	renew(scene, around);
}

static void draw_glimmers(struct scene *scene, float time_s)
{
	struct canvas *slow = &scene->slow;
	struct rect was[GLIMMER_STARS];

	for (int i = 0; i < GLIMMER_STARS; i++) {
		was[i] = scene->glimmers[i];
		raster_copy(slow, &scene->back, was[i]);
		raster_over(slow, &scene->front, was[i]);
	}
	for (int i = 0; i < GLIMMER_STARS; i++)
		scene->glimmers[i] = glimmer_draw(slow, i, time_s);
	for (int i = 0; i < GLIMMER_STARS; i++)
		renew(scene, raster_union(was[i], scene->glimmers[i]));
}

static void draw_child(struct scene *scene, float time_s)
{
	struct canvas *slow = &scene->slow;

	raster_copy(slow, &scene->back, CHILD_AREA);
	child_draw(slow, time_s);
	raster_over(slow, &scene->front, CHILD_AREA);
	renew(scene, CHILD_AREA);
}

/* What does not move in each frame, at its own pace. */
static void draw_slow(struct scene *scene, float time_s, uint32_t frame)
{
	if (frame % CHILD_EVERY == 0 || !scene->has_slow)
		draw_child(scene, time_s);
	if (frame % SLOW_EVERY == 0 || !scene->has_slow) {
		draw_window(scene, time_s);
		draw_glimmers(scene, time_s);
	}
	scene->has_slow = true;
}

static void draw_overlay(struct scene *scene, uint32_t frame, const char *clock,
			 struct rect *ret_parts)
{
	struct canvas *work = &scene->work;
	char text[32];

	snprintf(text, sizeof(text), "FRAME %07u", frame % 10000000);
	ret_parts[PART_CLOCK] = overlay_write(&scene->overlay, work, (struct point){28, 674}, clock);
	ret_parts[PART_NUMBER] = overlay_write(&scene->overlay, work, (struct point){942, 674}, text);
	ret_parts[PART_DOTS] = overlay_draw_dots(work, (uint16_t)frame);
}

const struct film *scene_draw(struct scene *scene, double time_s, uint32_t frame, const char *clock)
{
	float now = (float)fmod(time_s, ROUND_S);
	struct rect parts[PART_COUNT];

	draw_slow(scene, now, frame);
	for (int i = 0; i < PART_COUNT; i++)
		raster_copy(&scene->work, &scene->slow, scene->parts[i]);
	mobile_draw(&scene->work, now, &parts[PART_MOBILE]);
	parts[PART_CAT] = cat_draw(&scene->work, now);
	draw_overlay(scene, frame, clock, parts);
	for (int i = 0; i < PART_COUNT; i++) {
		film_expose(&scene->film, &scene->work, raster_union(scene->parts[i], parts[i]));
		scene->parts[i] = parts[i];
	}
	return &scene->film;
}
