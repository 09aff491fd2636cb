/* What the speaker's device did with what it was given, by its own clock: run after run, each sample
 * once. What was written waits in a queue until the device says that it has sounded; what never did is
 * a hole that says why. Pure but for the messages: counts and times in, IPC_PLAYED out. */
#ifndef CAM_CAM_ALSA_PLAYED_H
#define CAM_CAM_ALSA_PLAYED_H

#include "ipc/ipc.h"

enum { CAM_ALSA_RUNS_MAX = 64 /* in the device's buffer */ };

/* Zero-initialised. */
struct cam_alsa_played {
	struct ipc_channel *vault;
	uint32_t hz;
	struct cam_alsa_run {
		uint32_t run, samples;
	} runs[CAM_ALSA_RUNS_MAX];
	unsigned count;
	uint64_t waiting;        /* samples in the queue that the device has yet to play */
	uint64_t dry_ns;         /* when it will have played them */
	uint64_t sample;         /* the next of what was handed over that is to be told of */
	uint64_t told_ns;        /* runs do not go back */
	struct ipc_played report; /* is put together; without samples: none is */
};

/* A talk begins: nothing was played, nothing waits. */
void cam_alsa_played_begin(struct cam_alsa_played *played, uint64_t talk, uint32_t hz);
/* Is there room to write more? Always, while the device goes on. */
static inline bool cam_alsa_played_has_room(const struct cam_alsa_played *played)
{
	return played->count + 2 < CAM_ALSA_RUNS_MAX;
}

/* The device took this, RUN_SOUND or RUN_SILENT; RUN_EXCESS was left out before what comes next. */
void cam_alsa_played_write(struct cam_alsa_played *played, uint32_t run, uint32_t samples);
/* `waiting` of what was written have not sounded at `now_ns`. */
void cam_alsa_played_look(struct cam_alsa_played *played, uint64_t waiting, uint64_t now_ns);
/* It has played all, and stood still until now. */
void cam_alsa_played_dry(struct cam_alsa_played *played, uint64_t now_ns);
/* It was stopped, or has gone: what was written, and has not sounded as far as is known, never will;
 * nor will `rest` more that were handed over. `run` says why. */
void cam_alsa_played_lose(struct cam_alsa_played *played, uint32_t run, uint32_t rest,
			  uint64_t now_ns);

#endif
