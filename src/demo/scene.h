/* The whole nursery at one moment: what never moves is drawn once, what moves is drawn anew each
 * frame, and only the pixels that changed are touched. */
#ifndef DEMO_SCENE_H
#define DEMO_SCENE_H

#include <stdint.h>

#include "base/attr.h"
#include "demo/film.h"

struct scene;

NODISCARD int scene_create(struct scene **ret_scene);
void scene_destroy(struct scene *scene);
AUTO_DEFINE(scene)

/* Draws the moment `time_s` after the start. `clock` is written as it is; `frame` both as text and
 * as dots. The film holds the picture until the next call. */
const struct film *scene_draw(struct scene *scene, double time_s, uint32_t frame,
			      const char *clock);

#endif
