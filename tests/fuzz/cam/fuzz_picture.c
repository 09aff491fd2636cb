/* Pictures of a file: codec (1 byte), size of the setup (1), setup, then one access unit. What comes
 * out must be NAL units that fill it exactly. */
#include <assert.h>

#include "cam/cam_file_picture.h"
#include "cam/cam_file_sound.h"

enum { BUFFER_SIZE = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buffer[BUFFER_SIZE];
	static struct cam_file_picture picture;
	struct bytes_reader reader = bytes_read(data, size);
	enum media_codec codec = bytes_get_u8(&reader) % 2 ? CODEC_H265 : CODEC_H264;
	size_t setup_size = bytes_get_u8(&reader);
	const uint8_t *setup = bytes_get(&reader, setup_size);
	struct cam_file_adts adts;

	if (!setup)
		return 0;
	struct bytes unit = {reader.at, bytes_left(&reader)};

	(void)!cam_file_sound_parse_adts(unit, &adts);
	if (cam_file_picture_init(&picture, codec, (struct bytes){setup, setup_size},
				  bytes_write(buffer, sizeof(buffer))) < 0)
		return 0;
	if (cam_file_picture_convert(&picture, unit) < 0)
		return 0;
	struct bytes_reader out = bytes_read(picture.buffer, picture.size);

	while (bytes_left(&out) > 0)
		bytes_get(&out, bytes_get_be32(&out));
	assert(!out.failed);
	cam_file_picture_size(&picture);
	return 0;
}
