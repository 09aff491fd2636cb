/* An acoustic echo canceller: takes what a speaker was given out of what a microphone heard. Pure:
 * samples in, samples out.
 *
 * It waits until it has found the speaker's sound in the microphone's (align.h), and until then
 * changes nothing: a camera that cancels its own echo is left alone. From then on an engine
 * (engine.h), behind a reference that is delayed, and resampled as the two clocks drift apart
 * (clocks.h). Found elsewhere thrice: it begins anew there. Delay added: one block, while it is at
 * work. Why this engine: docs/design/echo.md. */
#ifndef TRANSCODE_AEC_H
#define TRANSCODE_AEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "transcode/engine.h"

enum {
	AEC_BLOCKS_A_SECOND = 50,
	AEC_HZ_MAX = 48000,
	AEC_BLOCK_MAX = AEC_HZ_MAX / AEC_BLOCKS_A_SECOND,
	AEC_REST_MS = 1000, /* after the speaker's last sound it passes all on unchanged */
};

struct aec;

/* `hz`: 8000, 16000 or 48000. -ENOMEM, -ENOSYS. */
NODISCARD int aec_create(uint32_t hz, const struct engine_kind *engine, struct aec **ret_aec);
void aec_destroy(struct aec *aec);
AUTO_DEFINE(aec)

/* One block, hz / AEC_BLOCKS_A_SECOND samples each: `far` is what the speaker was given when `mic`
 * was heard. `ret_out` may be `mic`. */
void aec_process(struct aec *aec, const int16_t *far, const int16_t *mic, int16_t *ret_out);

#endif
