#include "proto/rtp/rtp_video.h"

#include <errno.h>

enum { NAL_PREFIX_SIZE = 4 };

void rtp_video_init(struct rtp_video *video, nal_inspect_fn *inspect, rtp_video_unpack_fn *unpack,
		    uint8_t *buffer, size_t capacity)
{
	*video = (struct rtp_video){
		.inspect = inspect,
		.unpack = unpack,
		.buffer = buffer,
		.capacity = capacity,
		.wants_key = true,
		.was_lost = true,
	};
}

static void keep_params(struct rtp_video *video, const struct nal_info *info, const uint8_t *nal,
			size_t size)
{
	if (nal_params_put(&video->params, info, nal, size) == 1)
		video->params_version++;
}

void rtp_video_add_params(struct rtp_video *video, const uint8_t *nal, size_t size)
{
	struct nal_info info = video->inspect(nal, size);

	if (info.class == NAL_PARAMETERS)
		keep_params(video, &info, nal, size);
}

static int put(struct rtp_video *video, const void *data, size_t size)
{
	if (size > video->capacity - video->size)
		return -EMSGSIZE;
	if (size)
		memcpy(video->buffer + video->size, data, size);
	video->size += size;
	return 0;
}

int rtp_video_begin_nal(struct rtp_video *video, const void *head, size_t head_size)
{
	static const uint8_t prefix[NAL_PREFIX_SIZE];

	if (video->in_nal)
		return -EBADMSG;
	video->nal_at = video->size;
	int rc = put(video, prefix, sizeof(prefix));

	if (rc == 0)
		rc = put(video, head, head_size);
	video->in_nal = rc == 0;
	return rc;
}

int rtp_video_put_nal(struct rtp_video *video, const void *data, size_t size)
{
	return video->in_nal ? put(video, data, size) : -EBADMSG;
}

/* A slice that cannot be the first, right after a picture of the same time came out: this camera
 * sets the marker on every slice, so only a new timestamp ends its pictures. */
static bool is_torn(const struct rtp_video *video, const struct nal_info *info)
{
	return !info->starts_picture && !video->picture.has_slice && video->has_last &&
	       video->picture.timestamp == video->last_timestamp;
}

static void add_slice(struct rtp_video *video, const struct nal_info *info)
{
	struct rtp_picture *picture = &video->picture;

	if (is_torn(video, info)) {
		video->ignores_marker = true;
		picture->is_broken = true;
	}
	picture->has_slice = true;
	picture->has_key = picture->has_key || info->is_key;
	picture->has_inter = picture->has_inter || !info->is_intra;
}

int rtp_video_end_nal(struct rtp_video *video)
{
	struct rtp_picture *picture = &video->picture;
	const uint8_t *nal = video->buffer + video->nal_at + NAL_PREFIX_SIZE;
	size_t size = video->size - video->nal_at - NAL_PREFIX_SIZE;

	if (!video->in_nal)
		return -EBADMSG;
	struct nal_info info = video->inspect(nal, size);
	struct bytes_writer prefix = bytes_write(video->buffer + video->nal_at, NAL_PREFIX_SIZE);

	video->in_nal = false;
	bytes_put_be32(&prefix, (uint32_t)size);
	if (picture->is_uncertain && !info.starts_picture)
		picture->is_broken = true;
	picture->is_uncertain = false;
	if (info.class == NAL_SLICE)
		add_slice(video, &info);
	if (info.class == NAL_PARAMETERS)
		keep_params(video, &info, nal, size);
	picture->has_recovery = picture->has_recovery || info.is_recovery;
	if (info.class != NAL_SLICE && info.class != NAL_EXTRA)
		video->size = video->nal_at;
	return 0;
}

int rtp_video_add_nal(struct rtp_video *video, const void *data, size_t size)
{
	int rc = rtp_video_begin_nal(video, data, size);

	return rc < 0 ? rc : rtp_video_end_nal(video);
}

static bool is_decodable(const struct rtp_video *video, bool is_key)
{
	if (video->wants_key && !is_key)
		return false;
	return nal_params_find(&video->params, NAL_RANK_SPS) &&
	       nal_params_find(&video->params, NAL_RANK_PPS);
}

static void break_stream(struct rtp_video *video)
{
	video->wants_key = true;
	video->has_gap = true;
}

/* Closes the picture; true if it comes out. */
static bool finish_picture(struct rtp_video *video, struct rtp_frame *ret_frame)
{
	struct rtp_picture picture = video->picture;
	bool is_key = picture.has_key || (picture.has_recovery && !picture.has_inter);
	bool is_broken = picture.is_broken || video->in_nal;
	size_t size = video->size;

	video->picture = (struct rtp_picture){0};
	video->in_nal = false;
	video->size = 0;
	if (is_broken) {
		video->broken++;
		break_stream(video);
		return false;
	}
	if (!picture.has_slice)
		return false;
	video->has_last = true;
	video->last_timestamp = picture.timestamp;
	if (!is_decodable(video, is_key)) {
		video->dropped++;
		return false;
	}
	*ret_frame = (struct rtp_frame){
		.timestamp = picture.timestamp,
		.is_key = is_key,
		.after_gap = video->has_gap,
		.data = video->buffer,
		.size = size,
	};
	video->wants_key = false;
	video->has_gap = false;
	return true;
}

static void lose_picture(struct rtp_video *video)
{
	if (video->picture.is_open)
		video->broken++;
	video->picture = (struct rtp_picture){0};
	video->in_nal = false;
	video->size = 0;
	video->was_lost = true;
	break_stream(video);
}

void rtp_video_push(struct rtp_video *video, const struct rtp_packet *packet, bool after_gap)
{
	video->packet = *packet;
	video->has_packet = true;
	video->packet_after_gap = after_gap;
}

bool rtp_video_next(struct rtp_video *video, struct rtp_frame *ret_frame)
{
	struct rtp_picture *picture = &video->picture;
	const struct rtp_packet *packet = &video->packet;

	if (!video->has_packet)
		return false;
	if (video->packet_after_gap)
		lose_picture(video);
	video->packet_after_gap = false;
	if (picture->is_open && picture->timestamp != packet->timestamp &&
	    finish_picture(video, ret_frame))
		return true;
	video->has_packet = false;
	if (packet->payload.size == 0)
		return false; /* padding, or a hole punched through a router */
	if (!picture->is_open) {
		*picture = (struct rtp_picture){
			.is_open = true,
			.is_uncertain = video->was_lost,
			.timestamp = packet->timestamp,
		};
		video->was_lost = false;
	}
	if (!picture->is_broken && video->unpack(video, packet->payload) < 0)
		picture->is_broken = true;
	return packet->marker && !video->ignores_marker && finish_picture(video, ret_frame);
}
