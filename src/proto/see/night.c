#include "proto/see/night.h"

static unsigned distance_of_colors(const uint8_t pixel[3])
{
	unsigned most = pixel[0], least = pixel[0];

	for (unsigned i = 1; i < 3; i++) {
		most = pixel[i] > most ? pixel[i] : most;
		least = pixel[i] < least ? pixel[i] : least;
	}
	return most - least;
}

bool night_is(const uint8_t *pixels, size_t count)
{
	uint64_t brightness = 0, color = 0, seen = 0;

	for (size_t i = 0; i < count; i += NIGHT_STRIDE, seen++) {
		brightness += pixels[3 * i + 1];
		color += distance_of_colors(pixels + 3 * i);
	}
	return seen > 0 && (brightness < NIGHT_DARK * seen || color < NIGHT_COLOR * seen);
}
