/* A media file (MP4, Matroska, MPEG transport stream) read through libavformat from an open
 * descriptor. libavformat gets no way to open anything else, and a limit on how long one call may
 * take: the file is a stranger's. */
#ifndef CAM_CAM_FILE_READER_H
#define CAM_CAM_FILE_READER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	CAM_FILE_STREAMS_MAX = 32,
	CAM_FILE_CALL_NS_MAX = 2000000000, /* for one call into libavformat */
};

struct cam_file_reader;

/* What one stream of the file carries. */
struct cam_file_stream {
	bool is_video, is_audio;
	enum media_codec codec; /* CODEC_NONE: not one that Ward carries */
	const char *codec_name; /* as libavcodec calls it */
	struct bytes setup;	/* valid while the reader is */
	uint32_t clock_hz, channels;
};

struct cam_file_packet {
	int stream;
	struct bytes data; /* valid until the next call */
	int64_t pts_ns, dts_ns, duration_ns; /* in the file's own time */
	bool has_time;
};

/* `fd` stays the caller's. -EBADMSG if it is no such file, -ETIMEDOUT, -ENOMEM. */
NODISCARD int cam_file_reader_open(int fd, struct cam_file_reader **ret_reader);
void cam_file_reader_destroy(struct cam_file_reader *reader);
AUTO_DEFINE(cam_file_reader)

int cam_file_reader_count(const struct cam_file_reader *reader);
struct cam_file_stream cam_file_reader_stream(const struct cam_file_reader *reader, int index);

/* When the file's first picture or sound is presented, in its own time; false if it does not say. */
bool cam_file_reader_start(const struct cam_file_reader *reader, int64_t *ret_start_ns);

/* The next packet in decode order: 1, 0 at the end of the file, or a negative errno. */
NODISCARD int cam_file_reader_next(struct cam_file_reader *reader,
				   struct cam_file_packet *ret_packet);

/* Back to the beginning. */
NODISCARD int cam_file_reader_rewind(struct cam_file_reader *reader);

#endif
