/* The night outside the window, and the curtains before it. */
#ifndef DEMO_SKY_H
#define DEMO_SKY_H

#include "demo/raster.h"
#include "demo/room.h"

enum {
	SKY_CLOUD_WIDTH = 512, /* tiles without a seam */
	SKY_CLOUD_HEIGHT = 128,
	SKY_WIDTH = ROOM_WINDOW_X1 - ROOM_WINDOW_X0,
	SKY_HEIGHT = ROOM_WINDOW_Y1 - ROOM_WINDOW_Y0,
};

struct sky {
	uint8_t clouds[SKY_CLOUD_HEIGHT][SKY_CLOUD_WIDTH];
	uint16_t moonlight[SKY_HEIGHT][SKY_WIDTH]; /* how bright a cloud would be here, 8.8 */
	struct pixel clear[SKY_HEIGHT][SKY_WIDTH]; /* without clouds and stars */
};

void sky_init(struct sky *sky);
/* `time_s` counts from the start. The sky stays within the glass, the curtains within
 * ROOM_CURTAINS. */
void sky_draw(const struct sky *sky, struct canvas *canvas, float time_s);
void sky_draw_curtains(struct canvas *canvas, float time_s);

#endif
