#include "proto/rtp/rtp_h265.h"

#include <errno.h>

#include "proto/rtp/h265.h"

enum { AGGREGATION = 48, FRAGMENT = 49, FU_START = 0x80, FU_END = 0x40, DONL_SIZE = 2 };

/* §4.4.2; the order numbers say nothing, since one connection is sent in decoding order. */
static int unpack_aggregation(struct rtp_video *video, struct bytes_reader *reader)
{
	size_t order_size = video->has_donl ? DONL_SIZE : 0;

	while (bytes_left(reader) > 0) {
		bytes_get(reader, order_size);
		size_t size = bytes_get_be16(reader);
		const uint8_t *nal = bytes_get(reader, size);

		if (!nal || size < H265_NAL_HEAD_SIZE)
			return -EBADMSG;
		int rc = rtp_video_add_nal(video, nal, size);

		if (rc < 0)
			return rc;
		order_size = video->has_donl ? 1 : 0; /* DOND from the second on */
	}
	return 0;
}

/* §4.4.3: the type of the whole unit stands in the third byte. */
static int unpack_fragment(struct rtp_video *video, const uint8_t *head,
			   struct bytes_reader *reader)
{
	uint8_t flags = bytes_get_u8(reader);
	uint8_t whole[H265_NAL_HEAD_SIZE] = {
		(uint8_t)((head[0] & 0x81) | (flags & 0x3f) << 1),
		head[1],
	};

	if (flags & FU_START && video->has_donl)
		bytes_get(reader, DONL_SIZE);
	if (reader->failed)
		return -EBADMSG;
	int rc = flags & FU_START ? rtp_video_begin_nal(video, whole, sizeof(whole)) : 0;

	if (rc == 0)
		rc = rtp_video_put_nal(video, reader->at, bytes_left(reader));
	if (rc == 0 && flags & FU_END)
		rc = rtp_video_end_nal(video);
	return rc;
}

static int unpack_single(struct rtp_video *video, const uint8_t *head, struct bytes_reader *reader)
{
	if (video->has_donl)
		bytes_get(reader, DONL_SIZE);
	if (reader->failed)
		return -EBADMSG;
	int rc = rtp_video_begin_nal(video, head, H265_NAL_HEAD_SIZE);

	if (rc == 0)
		rc = rtp_video_put_nal(video, reader->at, bytes_left(reader));
	return rc < 0 ? rc : rtp_video_end_nal(video);
}

int rtp_h265_unpack(struct rtp_video *video, struct bytes payload)
{
	struct bytes_reader reader = bytes_read(payload.data, payload.size);
	const uint8_t *head = bytes_get(&reader, H265_NAL_HEAD_SIZE);

	if (!head)
		return -EBADMSG;
	unsigned type = h265_nal_type(head);

	if (type == FRAGMENT)
		return unpack_fragment(video, head, &reader);
	if (video->in_nal || type > FRAGMENT)
		return -EBADMSG;
	if (type == AGGREGATION)
		return unpack_aggregation(video, &reader);
	return unpack_single(video, head, &reader);
}
