/* Small soft stars that the night light throws on the wall, slowly wandering. */
#ifndef DEMO_GLIMMER_H
#define DEMO_GLIMMER_H

#include "demo/raster.h"

enum { GLIMMER_STARS = 22 };

/* Draws star `index`; gives the pixels touched, empty while it is not on the wall. */
struct rect glimmer_draw(struct canvas *canvas, int index, float time_s);

#endif
