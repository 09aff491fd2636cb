/* Takes what the camera's speaker plays out of what its microphone hears, for listeners only: the
 * recording has the microphone as it came.
 *
 * The speaker's sound is told before it is heard, so its place on the microphone's clock is where
 * that stood when it arrived; from there on its samples are counted. Without a talk nothing is
 * changed and nothing is held. */
#ifndef TRANSCODE_HUSH_H
#define TRANSCODE_HUSH_H

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "transcode/recoder.h"

struct hush;

/* -ENOMEM. */
NODISCARD int hush_create(struct hush **ret_hush);
void hush_destroy(struct hush *hush);
AUTO_DEFINE(hush)

/* What the speaker takes from here on; CODEC_NONE: nothing. -EPROTONOSUPPORT, -EBADMSG, -ENOMEM. */
NODISCARD int hush_take_track(struct hush *hush, const struct ipc_track *speaker,
			      struct bytes config);
/* What it was given; what cannot be decoded is left out. */
void hush_take_speaker(struct hush *hush, struct bytes frame);

/* A block of the microphone, RECODER_BLOCK samples of each channel, is changed in place: a
 * recoder_filter_fn, whose context is the hush. */
void hush_filter(void *context, int16_t *pcm, uint32_t channels, uint64_t pts_ns);

#endif
