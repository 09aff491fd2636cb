/* A recording as hostile as it likes: the init segment and the fragment that a camera's stream
 * became come from the input, and a small picture is made of them. Layout: size of the init segment
 * (2 bytes), init segment, fragment. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ipc/messages.h"
#include "thumb/picture.h"

/* Large pictures only take longer. */
enum { PIXELS_MAX = 512 * 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	uint8_t jpeg[THUMB_SIZE_MAX];
	size_t init_size = bytes_get_be16(&reader), jpeg_size = 0;
	const uint8_t *init = bytes_get(&reader, init_size);
	size_t fragment_size = bytes_left(&reader);
	const uint8_t *fragment = bytes_get(&reader, fragment_size);
	/* Of exactly the promised size, so that a byte too far is found. */
	uint8_t *room = malloc(fragment_size + PICTURE_PADDING);
	struct picture_source source = {.init = {init, init_size},
					.fragment = room,
					.fragment_size = fragment_size,
					.pixels_max = PIXELS_MAX};

	if (room && init && fragment) {
		memcpy(room, fragment, fragment_size);
		if (picture_make(&source, jpeg, sizeof(jpeg), &jpeg_size) == 0)
			assert(jpeg_size > 4 && jpeg_size <= sizeof(jpeg));
	}
	free(room);
	return 0;
}
