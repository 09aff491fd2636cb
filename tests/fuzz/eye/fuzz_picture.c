/* A camera's pictures as hostile as they like: coding, parameter sets and frames all come from the
 * input, are decoded as the eye decodes them, and what comes out is shrunk and made ready for the
 * network. Layout: coding (1 byte), size of the parameter sets (2), parameter sets, then frames: size
 * (2; the highest bit: looked at alone), bytes. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "eye/picture.h"

/* Large pictures only take longer. */
/* A network's input, only smaller. */
enum { WIDTH = 104, HEIGHT = 64, PLANES = 3 };
enum { FRAMES_MAX = 8, PIXELS_MAX = 256 * 256, SIZE_MASK = 0x7fff, ALONE = 0x8000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct AVFrame *frame)
{
	static float input[PLANES * WIDTH * HEIGHT];
	struct picture picture = {0};
	struct motion_grid grid;

	if (picture_take(&picture, frame, WIDTH, HEIGHT) == 0) {
		picture_grid(&picture, &grid);
		picture_fill(&picture, input);
		for (size_t i = 0; i < sizeof(input) / sizeof(input[0]); i++)
			assert(fabsf(input[i]) < 3);
	}
	picture_finish(&picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	uint32_t codec = bytes_get_u8(&reader) & 1 ? CODEC_H265 : CODEC_H264;
	size_t config_size = bytes_get_be16(&reader);
	const uint8_t *config = bytes_get(&reader, config_size);
	AUTO(picture_decoder) decoder = NULL;

	if (!config || picture_decoder_create(codec, (struct bytes){config, config_size},
					      PIXELS_MAX, &decoder) < 0)
		return 0;
	for (int i = 0; i < FRAMES_MAX && bytes_left(&reader) > 2; i++) {
		uint16_t head = bytes_get_be16(&reader);
		size_t left = bytes_left(&reader), unit_size = head & SIZE_MASK;
		struct AVFrame *frame;

		unit_size = unit_size < left ? unit_size : left;
		struct bytes unit = {bytes_get(&reader, unit_size), unit_size};
		int r = head & ALONE ? picture_decode_alone(decoder, unit, &frame)
				     : picture_decode_next(decoder, unit, &frame);

		if (r == 0)
			look_at(frame);
	}
	return 0;
}
