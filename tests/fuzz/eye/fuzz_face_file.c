/* A picture that somebody sends in to be known by, and that may be anything: it is decoded as the
 * eye does, and a part of it is cut out and shrunk. Layout: which part (1 byte), then the file. */
#include <assert.h>

#include <libavutil/frame.h>
#include <libavutil/log.h>

#include "eye/cutout.h"

/* Large pictures only take longer. */
enum { PIXELS_MAX = 256 * 256, PARTS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct AVFrame *frame, unsigned which)
{
	struct box part = {0, 0, 1, 1, 1};
	struct cutout cutout = {0};
	struct face_image image;
	unsigned sum = 0;

	if (which % 2) { /* some corner of it */
		part.left = (float)(which / 2) / PARTS;
		part.bottom = 1 - part.left;
	}
	if (cutout_init(&cutout) == 0 && cutout_take(&cutout, frame, &part, &image) == 0) {
		assert(image.width > 0 && image.width <= CUTOUT_SIDE_MAX);
		assert(image.height > 0 && image.height <= CUTOUT_SIDE_MAX);
		for (size_t i = 0; i < (size_t)image.width * image.height * FACE_COLORS; i++)
			sum += image.pixels[i];
		assert(sum <= 255U * image.width * image.height * FACE_COLORS);
	}
	cutout_finish(&cutout);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct AVFrame *frame;

	av_log_set_level(AV_LOG_QUIET);
	if (size < 1 ||
	    cutout_decode_file((struct bytes){data + 1, size - 1}, PIXELS_MAX, &frame) < 0)
		return 0;
	assert((int64_t)frame->width * frame->height <= PIXELS_MAX);
	look_at(frame, data[0] % PARTS);
	av_frame_free(&frame);
	return 0;
}
