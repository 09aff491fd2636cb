/* What the vault feeds: the newest frames of each camera's tracks. Being here gives nobody a right
 * to a frame; only a release for one grant does. */
#ifndef RTC_FEED_H
#define RTC_FEED_H

#include "rtc/frame.h"

enum { FEED_FRAMES_MAX = 1024 /* kept of one track */ };

struct feed_track {
	struct ipc_track info;
	struct frame_config *config;
	uint64_t next;       /* number after the newest whole frame; 0: none yet */
	uint64_t oldest;     /* lowest number that may be here */
	uint64_t newest_key; /* 0: none here */
	uint64_t bytes;      /* kept */
	struct frame *assembling;
	struct frame *frame[FEED_FRAMES_MAX]; /* by number modulo */
	uint32_t rate_bps;                    /* over the last seconds; 0: not known yet */
	uint64_t rate_from_ns, rate_bytes;
};

struct feed;

NODISCARD int feed_create(struct feed **ret_feed);
void feed_destroy(struct feed *feed);
AUTO_DEFINE(feed)

/* Messages from the vault. -EBADMSG if they make no sense, -EMSGSIZE over CAMERA_MAX cameras or
 * FRAME_SIZE_MAX, -ENOMEM: the vault is another process of ours, so all are fatal. */
NODISCARD int feed_set_track(struct feed *feed, const struct ipc_track *track, struct bytes config);
NODISCARD int feed_add_piece(struct feed *feed, const struct ipc_frame *head, struct bytes piece);

/* Borrowed; NULL if the vault never fed this track, or took it away. */
const struct feed_track *feed_track(const struct feed *feed, uint32_t camera,
				    enum media_track track);

/* A whole frame, borrowed; NULL if it is not here. */
struct frame *feed_frame(const struct feed *feed, uint32_t camera, enum media_track track,
			 uint64_t number);

#endif
