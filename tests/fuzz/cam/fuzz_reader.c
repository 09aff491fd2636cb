/* A whole file as hostile as it likes, through libavformat and the conversion behind it. */
#include <sys/mman.h>
#include <unistd.h>

#include "cam/cam_file_picture.h"
#include "cam/cam_file_reader.h"

enum { BUFFER_SIZE = 256 * 1024, PACKETS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_packets(struct cam_file_reader *reader)
{
	static uint8_t buffer[BUFFER_SIZE];
	static struct cam_file_picture picture;
	struct cam_file_packet packet;

	for (int i = 0; i < PACKETS_MAX && cam_file_reader_next(reader, &packet) > 0; i++) {
		struct cam_file_stream stream = cam_file_reader_stream(reader, packet.stream);

		if (stream.is_video && cam_file_picture_init(&picture, stream.codec, stream.setup,
							     bytes_write(buffer, BUFFER_SIZE)) == 0)
			(void)!cam_file_picture_convert(&picture, packet.data);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(cam_file_reader) reader = NULL;
	autoclose int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    cam_file_reader_open(fd, &reader) < 0)
		return 0;
	read_packets(reader);
	if (cam_file_reader_rewind(reader) == 0)
		read_packets(reader);
	return 0;
}
