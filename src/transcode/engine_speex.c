/* libspeexdsp's adaptive filter, then its suppressor for what stays. */
#include "transcode/engine.h"

#include <errno.h>
#include <stdlib.h>

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "transcode/aec.h"

enum {
	TAIL_MS = 200,      /* of the filter */
	ALONE_DB = -40,     /* of what the filter leaves */
	BOTH_DB = -10,      /* and while somebody there speaks, too */
	ROOM_NOISE_DB = -1, /* the room's own stays as it is */
};

struct speex {
	SpeexEchoState *filter;
	SpeexPreprocessState *suppressor;
};

static void speex_destroy(void *engine)
{
	struct speex *speex = engine;

	if (speex->suppressor)
		speex_preprocess_state_destroy(speex->suppressor);
	if (speex->filter)
		speex_echo_state_destroy(speex->filter);
	free(speex);
}

static void set_up(const struct speex *speex, int hz)
{
	int on = 1, noise = ROOM_NOISE_DB, alone = ALONE_DB, both = BOTH_DB;
	SpeexPreprocessState *suppressor = speex->suppressor;

	speex_echo_ctl(speex->filter, SPEEX_ECHO_SET_SAMPLING_RATE, &hz);
	speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_ECHO_STATE, speex->filter);
	/* Without this one its suppression of echoes does nothing either. */
	speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_DENOISE, &on);
	speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise);
	speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, &alone);
	speex_preprocess_ctl(suppressor, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, &both);
}

static int speex_create(uint32_t hz, void **ret_engine)
{
	struct speex *speex = calloc(1, sizeof(*speex));
	int block = (int)hz / AEC_BLOCKS_A_SECOND;

	if (!speex)
		return -ENOMEM;
	speex->filter = speex_echo_state_init(block, (int)hz * TAIL_MS / 1000);
	speex->suppressor = speex_preprocess_state_init(block, (int)hz);
	if (!speex->filter || !speex->suppressor) {
		speex_destroy(speex);
		return -ENOMEM;
	}
	set_up(speex, (int)hz);
	*ret_engine = speex;
	return 0;
}

static void speex_reset(void *engine)
{
	struct speex *speex = engine;

	speex_echo_state_reset(speex->filter);
}

static void speex_learn(void *engine, const int16_t *far, const int16_t *mic)
{
	struct speex *speex = engine;
	int16_t nobody[AEC_BLOCK_MAX];

	speex_echo_cancellation(speex->filter, mic, far, nobody);
}

static void speex_process(void *engine, const int16_t *far, const int16_t *mic, int16_t *ret_out)
{
	struct speex *speex = engine;

	speex_echo_cancellation(speex->filter, mic, far, ret_out);
	speex_preprocess_run(speex->suppressor, ret_out);
}

const struct engine_kind ENGINE_SPEEX = {
	.name = "speexdsp",
	.create = speex_create,
	.destroy = speex_destroy,
	.reset = speex_reset,
	.learn = speex_learn,
	.process = speex_process,
};
