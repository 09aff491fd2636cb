/* The mobile that turns above the crib: five felt toys on strings. */
#ifndef DEMO_MOBILE_H
#define DEMO_MOBILE_H

#include "demo/raster.h"

struct rect mobile_draw(struct canvas *canvas, float time_s);

#endif
