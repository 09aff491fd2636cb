/* One microphone, from what the camera sends to Opus: 48 kHz, one or two channels, 20 ms a frame.
 *
 * Delay added to the sound: a block is complete when its last sample is in (up to 20 ms, for AAC
 * one frame of 21.3 ms more often than not), then the encoder looks 6.5 ms back; the latter is
 * taken off the times, so lips stay in sync. At 48 kHz nothing is resampled. */
#ifndef TRANSCODE_RECODER_H
#define TRANSCODE_RECODER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	RECODER_HZ = 48000,
	RECODER_BLOCK = 960, /* samples of one frame, of one channel */
	RECODER_FRAME_SIZE_MAX = 1500,
};

struct recoder_input {
	struct bytes data;
	uint64_t pts_ns; /* of its first sample */
	bool after_gap;
};

/* An Opus packet. `data` is valid for the call. */
struct recoder_output {
	struct bytes data;
	uint64_t pts_ns;
	bool after_gap;
};

typedef void recoder_output_fn(void *context, const struct recoder_output *output);

/* Changes a block of the microphone in place, before it is encoded: RECODER_BLOCK samples of each of
 * `channels`, of which the first was heard at `pts_ns`. */
typedef void recoder_filter_fn(void *context, int16_t *pcm, uint32_t channels, uint64_t pts_ns);

struct recoder;

/* Warms up the libraries, before the sandbox closes. */
NODISCARD int recoder_warm_up(void);

/* `track` and `config` as they were fed. -EPROTONOSUPPORT, -EBADMSG, -ENOMEM. */
NODISCARD int recoder_create(const struct ipc_track *track, struct bytes config,
			     struct recoder **ret_recoder);
void recoder_destroy(struct recoder *recoder);
AUTO_DEFINE(recoder)

/* From here on every block goes through `filter`. */
void recoder_set_filter(struct recoder *recoder, recoder_filter_fn *filter, void *context);

/* 1 or 2. */
uint32_t recoder_channels(const struct recoder *recoder);

/* Takes one frame and gives the blocks that are complete with it to `output`. -EBADMSG if the frame
 * is not decodable: it is skipped, and the next block says after_gap. */
NODISCARD int recoder_feed(struct recoder *recoder, const struct recoder_input *input,
			   recoder_output_fn *output, void *context);

#endif
