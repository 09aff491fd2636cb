/* The nursery at night: where things stand, how light falls, and all that never moves. Positions
 * are pixels of the 1280x720 picture. */
#ifndef DEMO_ROOM_H
#define DEMO_ROOM_H

#include "demo/raster.h"

/* The window with its curtains, and what they hang from. */
#define ROOM_CURTAINS ((struct rect){72, 48, 480, 436})

enum {
	ROOM_WIDTH = 1280,
	ROOM_HEIGHT = 720,
	ROOM_FLOOR_Y = 530, /* where the wall meets the floor */

	ROOM_WINDOW_X0 = 150, /* the glass */
	ROOM_WINDOW_Y0 = 84,
	ROOM_WINDOW_X1 = 402,
	ROOM_WINDOW_Y1 = 364,

	ROOM_CRIB_X0 = 512, /* the middle of the front posts */
	ROOM_CRIB_X1 = 992,
	ROOM_CRIB_TOP = 436,
	ROOM_CRIB_FOOT = 628,
	ROOM_BED_Y = 566, /* the mattress, where the child lies */

	ROOM_LAMP_X = 1146,
	ROOM_LAMP_Y = 386,

	ROOM_LIGHTS = (ROOM_WIDTH / LIGHT_CELL) * (ROOM_HEIGHT / LIGHT_CELL),
};

/* Fills the map of ROOM_LIGHTS cells. */
void room_build_lights(struct light *lights);

/* Wall, floor and all that stands behind whatever moves; the window's glass stays empty. */
void room_draw_back(struct canvas *canvas);

/* What stands in front of it: the window's frame, the crib's front. Onto an empty layer. */
void room_draw_front(struct canvas *canvas);

#endif
