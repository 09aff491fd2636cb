#include "rtc/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define RATE_WINDOW_NS (2 * CLOCK_NS_PER_S)

/* A cap of the memory that one track can hold, should the vault not say what to forget. */
enum { FEED_BYTES_MAX = GOP_SIZE_MAX + FRAME_SIZE_MAX };

struct feed_camera {
	uint32_t camera;
	bool is_used;
	struct feed_track *track[TRACK_COUNT];
};

struct feed {
	struct feed_camera camera[CAMERA_MAX];
};

static void track_drop(struct feed_track *track, uint64_t number)
{
	struct frame **slot = &track->frame[number % FEED_FRAMES_MAX];

	if (!*slot || (*slot)->number != number)
		return;
	track->bytes -= (*slot)->size;
	if (track->newest_key == number)
		track->newest_key = 0;
	frame_unref(take(*slot));
}

static void track_drop_below(struct feed_track *track, uint64_t number)
{
	if (number > track->next)
		number = track->next;
	if (number <= track->oldest)
		return;
	if (number - track->oldest > FEED_FRAMES_MAX) {
		for (size_t i = 0; i < FEED_FRAMES_MAX; i++)
			if (track->frame[i] && track->frame[i]->number < number)
				track_drop(track, track->frame[i]->number);
		track->oldest = number;
	}
	while (track->oldest < number)
		track_drop(track, track->oldest++);
}

static void track_clear(struct feed_track *track)
{
	for (size_t i = 0; i < FEED_FRAMES_MAX; i++)
		if (track->frame[i])
			frame_unref(take(track->frame[i]));
	frame_unref(take(track->assembling));
	frame_config_unref(take(track->config));
	*track = (struct feed_track){0};
}

int feed_create(struct feed **ret_feed)
{
	*ret_feed = calloc(1, sizeof(**ret_feed));
	return *ret_feed ? 0 : -ENOMEM;
}

static void camera_clear(struct feed_camera *camera)
{
	for (size_t i = 0; i < TRACK_COUNT; i++) {
		if (!camera->track[i])
			continue;
		track_clear(camera->track[i]);
		free(take(camera->track[i]));
	}
	camera->is_used = false;
}

void feed_destroy(struct feed *feed)
{
	if (!feed)
		return;
	for (size_t i = 0; i < CAMERA_MAX; i++)
		camera_clear(&feed->camera[i]);
	free(feed);
}

static struct feed_camera *feed_camera(struct feed *feed, uint32_t id)
{
	struct feed_camera *unused = NULL;

	for (size_t i = 0; i < CAMERA_MAX; i++) {
		struct feed_camera *camera = &feed->camera[i];

		if (camera->is_used && camera->camera == id)
			return camera;
		if (!camera->is_used && !unused)
			unused = camera;
	}
	return unused;
}

/* Frees the camera's place when its last track is gone. */
static void camera_remove_track(struct feed_camera *camera, uint32_t track)
{
	if (camera->track[track]) {
		track_clear(camera->track[track]);
		free(take(camera->track[track]));
	}
	for (size_t i = 0; i < TRACK_COUNT; i++)
		if (camera->track[i])
			return;
	camera->is_used = false;
}

int feed_set_track(struct feed *feed, const struct ipc_track *info, struct bytes config)
{
	struct feed_camera *camera = feed_camera(feed, info->camera);
	struct frame_config *new_config;

	if (!camera)
		return -EMSGSIZE;
	if (info->track >= TRACK_COUNT || info->codec >= CODEC_COUNT)
		return -EBADMSG;
	if (info->codec == CODEC_NONE) {
		camera_remove_track(camera, info->track);
		return 0;
	}
	struct feed_track *track = camera->track[info->track];

	if (!track)
		track = camera->track[info->track] = calloc(1, sizeof(*track));
	if (!track || frame_config_create(config, &new_config) < 0)
		return -ENOMEM;
	camera->is_used = true;
	camera->camera = info->camera;
	/* Frames of another codec are of no use to anybody. */
	if (track->info.codec != info->codec)
		track_clear(track);
	frame_config_unref(track->config);
	track->config = new_config;
	track->info = *info;
	return 0;
}

static enum packer_kind codec_kind(uint32_t codec)
{
	if (codec == CODEC_H264)
		return PACKER_H264;
	return codec == CODEC_H265 ? PACKER_H265 : PACKER_WHOLE;
}

static void track_measure(struct feed_track *track, const struct frame *frame)
{
	uint64_t passed_ns = frame->pts_ns - track->rate_from_ns;

	/* After a pause in the feed the time that passed says nothing. */
	if (track->rate_from_ns == 0 || frame->pts_ns < track->rate_from_ns ||
	    passed_ns > 2 * RATE_WINDOW_NS) {
		track->rate_from_ns = frame->pts_ns;
		track->rate_bytes = 0;
	} else if (passed_ns >= RATE_WINDOW_NS) {
		track->rate_bps =
			(uint32_t)(track->rate_bytes * 8 * 1000 / (passed_ns / CLOCK_NS_PER_MS));
		track->rate_from_ns = frame->pts_ns;
		track->rate_bytes = 0;
	}
	track->rate_bytes += frame->size;
}

static void track_keep(struct feed_track *track, struct frame *frame)
{
	/* A number that went back means that the vault counts anew. */
	if (frame->number < track->next)
		track_drop_below(track, track->next);
	if (track->next == 0 || frame->number < track->next)
		track->oldest = frame->number;
	track->next = frame->number + 1;
	track_drop_below(track, track->next > FEED_FRAMES_MAX ? track->next - FEED_FRAMES_MAX : 0);
	track->frame[frame->number % FEED_FRAMES_MAX] = frame;
	track->bytes += frame->size;
	if (frame->is_key)
		track->newest_key = frame->number;
	while (track->bytes > FEED_BYTES_MAX && track->oldest < frame->number)
		track_drop(track, track->oldest++);
	track_measure(track, frame);
}

int feed_add_piece(struct feed *feed, const struct ipc_frame *head, struct bytes piece)
{
	struct feed_camera *camera = feed_camera(feed, head->camera);
	struct feed_track *track;

	if (!camera || head->track >= TRACK_COUNT || !(track = camera->track[head->track]))
		return -EBADMSG;
	if (head->size > FRAME_SIZE_MAX)
		return -EMSGSIZE;
	if (head->offset == 0) {
		frame_unref(take(track->assembling));
		int r = frame_create(head, codec_kind(track->info.codec), track->config,
				     &track->assembling);

		if (r < 0)
			return r;
	}
	struct frame *frame = track->assembling;

	if (!frame || frame->number != head->frame || frame->size != head->size ||
	    frame_append(frame, head->offset, piece) < 0)
		return -EBADMSG;
	if (!frame_is_whole(frame))
		return 0;
	track_keep(track, take(track->assembling));
	track_drop_below(track, head->keep_from);
	return 0;
}

const struct feed_track *feed_track(const struct feed *feed, uint32_t camera,
				    enum media_track track)
{
	for (size_t i = 0; i < CAMERA_MAX; i++)
		if (feed->camera[i].is_used && feed->camera[i].camera == camera)
			return feed->camera[i].track[track];
	return NULL;
}

struct frame *feed_frame(const struct feed *feed, uint32_t camera, enum media_track track,
			 uint64_t number)
{
	const struct feed_track *from = feed_track(feed, camera, track);
	struct frame *frame = from ? from->frame[number % FEED_FRAMES_MAX] : NULL;

	return frame && frame->number == number ? frame : NULL;
}
