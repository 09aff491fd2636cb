/* What stands and hangs in the nursery: window frame, crib, dresser, night light, pictures, toys. */
#ifndef DEMO_FURNITURE_H
#define DEMO_FURNITURE_H

#include "demo/raster.h"

/* Behind whatever moves. */
void furniture_draw_back(struct canvas *canvas);
/* In front of it, onto an empty layer. */
void furniture_draw_front(struct canvas *canvas);

#endif
