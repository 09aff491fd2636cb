/* What every cam sends to the vault: its tracks, their frames in pieces, and its state. All kinds
 * of cam (RTSP, file) speak through one outlet, so that numbering, cutting and the answer to a
 * full socket are the same everywhere.
 *
 * A full socket never blocks a cam and never builds delay: a frame that finds the socket full is
 * dropped whole. Video then stays dropped up to the next key frame; the frame that follows a drop
 * carries FRAME_AFTER_GAP. A frame whose first piece was placed is completed through the channel's
 * queue, so the vault sees pieces without others between; only a frame that would overflow that
 * queue ends early, and then a piece with offset 0 of a higher frame number follows. */
#ifndef CAM_OUTLET_H
#define CAM_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/ipc.h"

enum {
	OUTLET_CONFIG_SIZE_MAX = 4096, /* the tail of IPC_TRACK */
	OUTLET_QUEUE_SIZE_MAX =
		IPC_QUEUE_BYTES_MAX / 2, /* of frames begun, waiting for the vault */
};

/* What a track carries. `config` is as enum media_codec says; borrowed for the call. */
struct outlet_format {
	enum media_codec codec;
	uint32_t clock_hz;
	uint32_t channels;
	uint32_t width, height; /* 0 if unknown */
	const uint8_t *config;
	size_t config_size;
};

/* One frame in decode order: an access unit, or a packet of sound. `data` is borrowed. */
struct outlet_frame {
	uint64_t pts_ns; /* CLOCK_BOOTTIME, presentation */
	bool is_key;     /* may start a decoder; every frame of sound may */
	bool after_gap;  /* the camera or the network lost frames before this one */
	const uint8_t *data;
	size_t size; /* 1..FRAME_SIZE_MAX */
};

struct outlet_track {
	struct ipc_track format; /* .config counts up; codec CODEC_NONE: no track */
	size_t config_size;
	uint8_t config[OUTLET_CONFIG_SIZE_MAX];
	uint64_t frame; /* number of the newest frame, from 1 */
	uint64_t key;   /* number of the newest key frame sent */
	bool wants_key; /* video: nothing is sent up to the next key frame */
	bool has_gap;   /* the next frame sent says FRAME_AFTER_GAP */
};

/* Zero-initialised before use; must stay in place. */
struct outlet {
	struct ipc_channel vault;
	struct outlet_track tracks[TRACK_COUNT];
	/* Hears what the vault says about the camera's speaker; NULL: it has none. */
	ipc_message_fn *speaker;
	struct ipc_cam_state state; /* as last given to outlet_send_state */
	uint64_t frames;            /* sent whole */
	uint64_t dropped;           /* because the vault did not read */
	bool is_calm;               /* as the vault says: nobody watches */
	/* It is or is not, from now on. NULL: this cam goes its own pace. */
	void (*calm_changed)(struct outlet *outlet);
};

/* Takes `fd`, the end of a new pair with the vault (IPC_PEER), in place of an older one. Tracks and
 * state are told again; video waits for a key frame. 0 or a negative errno. */
NODISCARD int outlet_open(struct outlet *outlet, struct loop *loop, int fd);
void outlet_close(struct outlet *outlet);

/* Says what `track` carries from the next frame on; nothing is sent if that is unchanged. Video of
 * a changed codec or config waits for a key frame. -EMSGSIZE if the config is too long. */
NODISCARD int outlet_set_track(struct outlet *outlet, enum media_track track,
			       const struct outlet_format *format);

/* The camera has no such track (any more). */
void outlet_end_track(struct outlet *outlet, enum media_track track);

/* Sends one frame of a track that was set, or drops it as above. The caller's counters of what it
 * lost itself go with outlet_send_state. */
void outlet_send_frame(struct outlet *outlet, enum media_track track,
		       const struct outlet_frame *frame);

/* Sends the state; `state->frames` is filled in here, and the frames dropped here are added to
 * `state->broken`. Call it about once a second and at each change of state or reason. */
void outlet_send_state(struct outlet *outlet, const struct ipc_cam_state *state);

#endif
