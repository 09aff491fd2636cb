/* A recording as hostile as it likes: the init segment and the fragment that a camera's stream
 * became come from the input, and H.264 is made of them. Layout: size of the init segment (2 bytes),
 * init segment, fragment. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "convert/conversion.h"
#include "convert/pictures.h"

/* Large pictures only take longer; and an encoder takes long to make, so that most inputs are only decoded. */
enum { PIXELS_MAX = 512 * 512, ROOM = 256 * 1024, ENCODED_OF = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode_all(const struct conversion_source *source)
{
	struct pictures *pictures = NULL;
	struct mp4_fragment fragment;
	struct mp4_init init;
	AVFrame *picture;

	if (mp4_read_init(source->init, &init) < 0 ||
	    mp4_read_fragment(source->fragment, &fragment) < 0 ||
	    pictures_open(&init, source->pixels_max, &pictures) < 0)
		return;
	if (pictures_load(pictures, source->fragment, &fragment, false) == 0)
		while ((picture = pictures_next(pictures)))
			assert(picture->width > 0 && picture->width * picture->height <= PIXELS_MAX);
	pictures_close(pictures);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	size_t init_size = bytes_get_be16(&reader);
	const uint8_t *init = bytes_get(&reader, init_size);
	struct conversion_source source = {.init = {init, init_size}, .pixels_max = PIXELS_MAX};
	/* Of exactly the promised sizes, so that a byte too far is found. */
	size_t fragment_size = bytes_left(&reader), made_size = 0;
	uint8_t *fragment = malloc(fragment_size + !fragment_size), *made = malloc(ROOM);

	av_log_set_level(AV_LOG_QUIET);
	if (init && fragment && made && fragment_size) {
		memcpy(fragment, reader.at, fragment_size);
		source.fragment = (struct bytes){fragment, fragment_size};
		source.what = fragment[fragment_size - 1] % ENCODED_OF;
		if (source.what >= CONVERT_WHAT_COUNT)
			decode_all(&source);
		else if (conversion_make(&source, made, ROOM, &made_size) == 0)
			assert(made_size > 8 && made_size <= ROOM);
	}
	free(fragment);
	free(made);
	return 0;
}
