/* The sensor: turns the canvas into 4:2:0 BT.709 studio-range pictures, with the fine grain of a
 * camera at night, which also keeps the dark slopes free of bands. */
#ifndef DEMO_FILM_H
#define DEMO_FILM_H

#include <stdint.h>

#include "demo/raster.h"

enum {
	FILM_WIDTH = 1280,
	FILM_HEIGHT = 720,
	FILM_GRAIN_WIDTH = FILM_WIDTH + 256,
	FILM_GRAIN_HEIGHT = 64,
};

/* The caller's planes, 8 bits a sample. */
struct film_picture {
	uint8_t *planes[3];
	int strides[3];
};

/* Luma and chroma in 8.8 fixed point, so that grain is added before anything is rounded. */
struct film {
	uint16_t luma[FILM_HEIGHT][FILM_WIDTH];
	uint16_t chroma[2][FILM_HEIGHT / 2][FILM_WIDTH / 2];
	int16_t grain[FILM_GRAIN_HEIGHT][FILM_GRAIN_WIDTH];
};

void film_init(struct film *film);

/* Takes over what changed on the canvas. */
void film_expose(struct film *film, const struct canvas *canvas, struct rect part);

/* The whole picture, and the same at half the size. `seed` picks the grain: one a frame. */
void film_develop(const struct film *film, uint32_t seed, const struct film_picture *picture);
void film_develop_half(const struct film *film, uint32_t seed, const struct film_picture *picture);

#endif
