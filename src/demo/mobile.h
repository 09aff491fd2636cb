/* The mobile that turns above the crib: five felt toys on strings. */
#ifndef DEMO_MOBILE_H
#define DEMO_MOBILE_H

#include "demo/raster.h"

enum { MOBILE_TOYS = 5, MOBILE_PARTS = 2 + 2 * MOBILE_TOYS };

/* `ret_parts`: the pixels touched; they may overlap. */
void mobile_draw(struct canvas *canvas, float time_s, struct rect ret_parts[MOBILE_PARTS]);

#endif
