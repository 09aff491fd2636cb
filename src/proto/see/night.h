/* Is it night in a picture: dark, or without colour, as cameras are that see by infrared light? */
#ifndef PROTO_SEE_NIGHT_H
#define PROTO_SEE_NIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NIGHT_DARK = 50,   /* a mean brightness below this, of 255 */
	NIGHT_COLOR = 6,   /* or a mean distance between a pixel's colours below this */
	NIGHT_STRIDE = 7,  /* every so many pixels are looked at */
};

/* `pixels`: `count` times three colours; green is most of brightness and comes second. None: no. */
bool night_is(const uint8_t *pixels, size_t count);

#endif
