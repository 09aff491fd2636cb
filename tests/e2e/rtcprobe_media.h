/* Recorded media for rtcprobe: an H.264 elementary stream and sound, as frames of Ward's shape. */
#ifndef E2E_RTCPROBE_MEDIA_H
#define E2E_RTCPROBE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"

struct probe_frame {
	uint8_t *data; /* NAL units after u32 sizes; sound: a packet */
	uint32_t size;
	bool is_key;
};

struct probe_track {
	uint32_t codec; /* enum media_codec */
	uint8_t config[1024];
	uint32_t config_size;
	uint32_t count, capacity;
	struct probe_frame *frame;
};

/* Reads an Annex B file. 0 or a negative errno. */
NODISCARD int probe_read_h264(const char *path, struct probe_track *ret_track);

/* Ogg with Opus in 20 ms packets (*.ogg, *.opus), or raw A-law at 8 kHz (all else). */
NODISCARD int probe_read_sound(const char *path, struct probe_track *ret_track);

void probe_track_finish(struct probe_track *track);

#endif
