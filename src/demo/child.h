/* The child asleep in the crib with a bear: breathes, and stirs now and then. */
#ifndef DEMO_CHILD_H
#define DEMO_CHILD_H

#include "demo/raster.h"

/* 0 breathed out .. 1 breathed in; the sound follows the same curve. */
float child_breath(float time_s);
/* 0 lies still .. 1 in the middle of a stir. */
float child_stir(float time_s);

#define CHILD_AREA ((struct rect){540, 470, 972, 592})

/* Stays within CHILD_AREA. */
void child_draw(struct canvas *canvas, float time_s);

#endif
