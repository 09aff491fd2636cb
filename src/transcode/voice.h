/* What one person says, from Opus as a browser sends it to what a camera's speaker takes: PCMU,
 * PCMA or AAC, in blocks of 20 ms (AAC: 1024 samples).
 *
 * Sound that was lost on the way is made up for: from the packet after it where that holds a copy
 * (in-band FEC, RFC 6716 §2.1.7), else by the decoder's concealment, up to VOICE_GAP_MS. A longer
 * hole is a pause: nothing is played for it. Delay added: up to one block until it is full. */
#ifndef TRANSCODE_VOICE_H
#define TRANSCODE_VOICE_H

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	VOICE_HZ = 48000,
	VOICE_GAP_MS = 200,
	VOICE_PACKET_SAMPLES = 5760, /* 120 ms, the longest (RFC 6716 §2.1.4) */
	VOICE_FRAME_SIZE_MAX = 8192,
};

struct voice_output {
	struct bytes data; /* valid for the call */
	uint64_t pts_ns;
};

typedef void voice_output_fn(void *context, const struct voice_output *output);

struct voice;

/* Opens every coder once, before the sandbox closes. 0 or a negative errno. */
NODISCARD int voice_warm_up(void);

/* `speaker`: codec, clock_hz and channels of what comes out. -EPROTONOSUPPORT, -ENOMEM. */
NODISCARD int voice_create(const struct ipc_track *speaker, struct voice **ret_voice);
void voice_destroy(struct voice *voice);
AUTO_DEFINE(voice)

/* AAC: AudioSpecificConfig; else empty. */
struct bytes voice_config(const struct voice *voice);

/* Takes one packet whose first sample was said at `pts_ns`, and gives the blocks that are complete
 * with it to `output`. -EBADMSG if it is not Opus: then it counts as lost. */
NODISCARD int voice_feed(struct voice *voice, uint64_t pts_ns, struct bytes packet,
			 voice_output_fn *output, void *context);

/* The same with samples that nobody said: `count` of them, one channel, VOICE_HZ, at most
 * VOICE_PACKET_SAMPLES. -ENOMEM. */
NODISCARD int voice_play(struct voice *voice, uint64_t pts_ns, const int16_t *samples, size_t count,
			 voice_output_fn *output, void *context);
/* How many samples of silence it takes after a sound until all of it has come out. */
size_t voice_lag(const struct voice *voice);
/* What is fed next has nothing to do with what was before. */
void voice_end_run(struct voice *voice);

#endif
