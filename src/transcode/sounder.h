/* Makes one of Ward's own sounds at the pace at which it is heard: a block of 20 ms each 20 ms, through
 * the same coder as a voice. */
#ifndef TRANSCODE_SOUNDER_H
#define TRANSCODE_SOUNDER_H

#include <stdbool.h>

#include "loop/loop.h"
#include "transcode/tone.h"
#include "transcode/voice.h"

struct sounder_listener {
	voice_output_fn *output;
	void (*made)(void *context); /* all of it was given to `output` */
	void *context;
};

/* Zero-initialised. */
struct sounder {
	struct loop *loop;
	struct voice *voice; /* borrowed while it sounds */
	struct sounder_listener listener;
	struct tone tone;
	struct loop_timer timer;
	uint64_t next_ns, tail;
};

void sounder_start(struct sounder *sounder, struct voice *voice, const struct ipc_sound *sound,
		   const struct sounder_listener *listener);
void sounder_stop(struct sounder *sounder);

#endif
