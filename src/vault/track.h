/* One track of one camera: what it carries, and its newest frames. Everything comes from a process
 * that parses a stranger's bytes, so everything is checked before it is kept; the frames' own
 * numbers and configs are replaced by the vault's. */
#ifndef VAULT_TRACK_H
#define VAULT_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "proto/media/pieces.h"
#include "vault/feed.h"
#include "vault/gop.h"

enum { TRACK_CONFIG_SIZE_MAX = 4096 /* the tail of IPC_TRACK */ };

struct track {
	struct ipc_track format; /* camera and config are ours; codec CODEC_NONE: no such track */
	uint8_t config[TRACK_CONFIG_SIZE_MAX];
	size_t config_size;
	uint32_t sender_config; /* the sender's number for it */
	struct gop gop;
	struct pieces pieces;
	struct feed_cursor cursor; /* how far the viewers' process has it */
	unsigned wanted;           /* open grants that want it fed */
};

void track_init(struct track *track, uint32_t camera, enum media_track number);
void track_finish(struct track *track);

static inline bool track_is_video(uint32_t number)
{
	return number == TRACK_VIDEO || number == TRACK_SUB;
}

/* The sender is a new process: its numbers start anew, and a key frame must come first. */
void track_restart(struct track *track);

/* 1: the track carries something else now; 0: as before; -EBADMSG: no honest sender says that. */
NODISCARD int track_take_format(struct track *track, const struct ipc_track *format,
				const uint8_t *config, size_t config_size);

/* The number of the frame that is whole now, 0: none, or -EBADMSG. */
NODISCARD int64_t track_take_piece(struct track *track, const struct ipc_frame *piece,
				   const uint8_t *data, size_t size);

/* Takes over what another track is made of (a microphone in another codec). */
void track_set_format(struct track *track, const struct ipc_track *format);

#endif
