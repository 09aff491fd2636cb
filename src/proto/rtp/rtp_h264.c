#include "proto/rtp/rtp_h264.h"

#include <errno.h>

enum { STAP_A = 24, FU_A = 28, FU_HEAD_SIZE = 2, FU_START = 0x80, FU_END = 0x40 };

/* §5.7.1: size, unit, size, unit, ... */
static int unpack_stap(struct rtp_video *video, struct bytes_reader *reader)
{
	while (bytes_left(reader) > 0) {
		size_t size = bytes_get_be16(reader);
		const uint8_t *nal = bytes_get(reader, size);

		if (!nal || size == 0)
			return -EBADMSG;
		int rc = rtp_video_add_nal(video, nal, size);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* §5.8: the first byte gives F and NRI, the second start, end and the type of the whole unit. */
static int unpack_fu(struct rtp_video *video, struct bytes payload)
{
	if (payload.size < FU_HEAD_SIZE)
		return -EBADMSG;
	uint8_t flags = payload.data[1];
	uint8_t head = (payload.data[0] & 0xe0) | (flags & 0x1f);
	int rc = flags & FU_START ? rtp_video_begin_nal(video, &head, 1) : 0;

	if (rc == 0)
		rc = rtp_video_put_nal(video, payload.data + FU_HEAD_SIZE,
				       payload.size - FU_HEAD_SIZE);
	if (rc == 0 && flags & FU_END)
		rc = rtp_video_end_nal(video);
	return rc;
}

int rtp_h264_unpack(struct rtp_video *video, struct bytes payload)
{
	struct bytes_reader reader = bytes_read(payload.data, payload.size);
	unsigned type = bytes_get_u8(&reader) & 0x1f;

	if (reader.failed)
		return -EBADMSG;
	if (type == FU_A)
		return unpack_fu(video, payload);
	if (video->in_nal)
		return -EBADMSG;
	if (type == STAP_A)
		return unpack_stap(video, &reader);
	if (type == 0 || type > STAP_A)
		return -EBADMSG;
	return rtp_video_add_nal(video, payload.data, payload.size);
}
