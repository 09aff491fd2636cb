#include "demo/film.h"

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void film_init(struct film *film)
{
	uint32_t state = 0x9d2c5680;

	for (int y = 0; y < FILM_GRAIN_HEIGHT; y++) {
		int last = 0;

		for (int x = 0; x < FILM_GRAIN_WIDTH; x++) {
			uint32_t r = next_random(&state);
			/* Four bytes summed are bell-shaped enough; neighbours share a little. */
			int sum = (int)((r & 255) + (r >> 8 & 255) + (r >> 16 & 255) + (r >> 24)) - 510;
			int soft = (sum * 3 + last) / 4;

			last = sum;
			film->grain[y][x] = (int16_t)(soft * 2);
		}
	}
}

static uint16_t luma_of(struct pixel p)
{
	return (uint16_t)(4096 + ((47 * (uint32_t)p.r + 157 * (uint32_t)p.g + 16 * (uint32_t)p.b) >> 8));
}

static void expose_chroma(struct film *film, const struct pixel *upper, const struct pixel *lower,
			  int x, int y)
{
	int r = (upper[0].r + upper[1].r + lower[0].r + lower[1].r) / 4;
	int g = (upper[0].g + upper[1].g + lower[0].g + lower[1].g) / 4;
	int b = (upper[0].b + upper[1].b + lower[0].b + lower[1].b) / 4;

	film->chroma[0][y][x] = (uint16_t)(32768 + (-26 * r - 86 * g + 112 * b) / 256);
	film->chroma[1][y][x] = (uint16_t)(32768 + (112 * r - 102 * g - 10 * b) / 256);
}

void film_expose(struct film *film, const struct canvas *canvas, struct rect part)
{
	struct rect even = {part.x0 & ~1, part.y0 & ~1, (part.x1 + 1) & ~1, (part.y1 + 1) & ~1};
	struct rect area = raster_clip(even, FILM_WIDTH, FILM_HEIGHT);

	for (int y = area.y0; y < area.y1; y++) {
		const struct pixel *row = &canvas->pixels[y * canvas->width];

		for (int x = area.x0; x < area.x1; x++)
			film->luma[y][x] = luma_of(row[x]);
	}
	for (int y = area.y0; y < area.y1; y += 2) {
		const struct pixel *row = &canvas->pixels[y * canvas->width];

		for (int x = area.x0; x < area.x1; x += 2)
			expose_chroma(film, &row[x], &row[x + canvas->width], x / 2, y / 2);
	}
}

/* The grain of row `y` in the picture of this seed. */
static const int16_t *grain_row(const struct film *film, uint32_t seed, int y)
{
	uint32_t hash = (seed * 2654435761u) ^ ((uint32_t)y * 2246822519u);

	hash ^= hash >> 15;
	return &film->grain[hash % FILM_GRAIN_HEIGHT][(hash >> 8) % 256];
}

static void develop_luma(const uint16_t *from, const int16_t *grain, int count, uint8_t *to)
{
	for (int x = 0; x < count; x++)
		to[x] = (uint8_t)((from[x] + grain[x]) >> 8);
}

static void develop_chroma(const uint16_t *from, const int16_t *grain, int count, uint8_t *to)
{
	for (int x = 0; x < count; x++)
		to[x] = (uint8_t)((from[x] + 128 + grain[x] / 4) >> 8);
}

void film_develop(const struct film *film, uint32_t seed, const struct film_picture *picture)
{
	for (int y = 0; y < FILM_HEIGHT; y++)
		develop_luma(film->luma[y], grain_row(film, seed, y), FILM_WIDTH,
			     picture->planes[0] + y * picture->strides[0]);
	/* The chroma's dither stands still: it is there against bands, not to be seen. */
	for (int i = 0; i < 2; i++)
		for (int y = 0; y < FILM_HEIGHT / 2; y++)
			develop_chroma(film->chroma[i][y], grain_row(film, (uint32_t)i, y), FILM_WIDTH / 2,
				       picture->planes[1 + i] + y * picture->strides[1 + i]);
}

void film_develop_half(const struct film *film, uint32_t seed, const struct film_picture *picture)
{
	for (int y = 0; y < FILM_HEIGHT / 2; y++) {
		const uint16_t *upper = film->luma[2 * y], *lower = film->luma[2 * y + 1];
		const int16_t *grain = grain_row(film, seed, y);
		uint8_t *to = picture->planes[0] + y * picture->strides[0];

		for (int x = 0; x < FILM_WIDTH / 2; x++) {
			int sum = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];

			to[x] = (uint8_t)((sum / 4 + grain[x] / 2) >> 8);
		}
	}
	for (int i = 0; i < 2; i++) {
		for (int y = 0; y < FILM_HEIGHT / 4; y++) {
			const uint16_t *upper = film->chroma[i][2 * y], *lower = film->chroma[i][2 * y + 1];
			uint8_t *to = picture->planes[1 + i] + y * picture->strides[1 + i];

			for (int x = 0; x < FILM_WIDTH / 4; x++) {
				int sum = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];

				to[x] = (uint8_t)((sum / 4 + 128) >> 8);
			}
		}
	}
}
