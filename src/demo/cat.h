/* The cat comes in, sits down in the moonlight, looks at the camera and goes on. */
#ifndef DEMO_CAT_H
#define DEMO_CAT_H

#include "demo/raster.h"

/* Empty while the cat is elsewhere. */
struct rect cat_draw(struct canvas *canvas, float time_s);

#endif
