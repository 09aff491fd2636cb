/* What takes an echo out of a microphone's sound, once the reference lies where the echo begins:
 * several can, aec.h uses one. Which, and why: docs/design/echo.md. */
#ifndef TRANSCODE_ENGINE_H
#define TRANSCODE_ENGINE_H

#include <stdint.h>

#include "base/attr.h"

/* Blocks are of hz / AEC_BLOCKS_A_SECOND samples. */
struct engine_kind {
	const char *name;
	/* -ENOMEM, -ENOSYS. */
	int (*create)(uint32_t hz, void **ret_engine);
	void (*destroy)(void *engine);
	/* Another echo: nothing of what was learnt is true any more. */
	void (*reset)(void *engine);
	/* Hears a block, and gives nothing out. */
	void (*learn)(void *engine, const int16_t *far, const int16_t *mic);
	/* Gives out the block before this one. */
	void (*process)(void *engine, const int16_t *far, const int16_t *mic, int16_t *ret_out);
};

extern const struct engine_kind ENGINE_KALMAN, ENGINE_SPEEX;

#endif
