/* Talks: what a person says over an open view, on its way to the camera's speaker. A talk is a grant
 * of its own, from the receipt of its `talk.open` entry to the last sample, and one camera has one at
 * a time.
 *
 *	rtc -- Opus --> vault -- TRACK_TALK --> ward-talk -- TRACK_SPEAKER --> vault --> cam
 *
 * Nothing but talk.c lets sound out to a speaker, and only for an open talk whose entry is durable,
 * within its allowance, and never more of it than time has passed. The bytes that the cam was handed
 * are recorded, and no others, with what the speaker's clock did meanwhile (`spk`, store/block.h). A
 * process of its own for each talk decodes and encodes: it ends with the talk, and what it held with
 * it. */
#ifndef VAULT_TALK_H
#define VAULT_TALK_H

#include "vault/cameras.h"
#include "vault/feed.h"
#include "vault/grants.h"

struct store;

enum {
	TALK_OPEN_MS = 5000, /* for the camera and the process, then it has failed */
	TALK_IDLE_MS = 10000, /* nothing said for so long: whoever talked has gone */
	TALK_AHEAD_MS = 1000, /* sound that is further ahead of the clock is not taken */
	TALK_ECHO_MS = 2000, /* after a talk the room has died away */
	TALK_PAUSE_MS = 200,  /* so long without sound is silence, and the clock has gone on */
	TALK_BLOCKS_A_SECOND_MAX = 100, /* blocks for the speaker are no shorter */
};

struct talk_slot {
	struct talks *all;
	struct camera *camera;
	struct grant *grant;        /* who talks; NULL: nobody */
	bool is_open;               /* the front was told: it is heard */
	struct ipc_channel process; /* ward-talk */
	struct feed feed;
	struct feed_cursor cursor;
	struct loop_timer timer; /* for the opening, then for the pauses */
	uint64_t packets, start_ns;
	uint64_t samples; /* handed to the speaker */
	uint64_t clock;   /* of the speaker, counted from the opening: samples, pauses and holes */
};

struct talks {
	struct loop *loop;
	struct grants *grants;
	struct cameras *cameras;
	struct ipc_channel *warden; /* borrowed */
	struct store *store;        /* the same: the black box */
	struct talk_slot *slots;    /* CAMERA_MAX */
};

NODISCARD int talks_init(struct talks *talks, struct loop *loop, struct grants *grants,
			 struct cameras *cameras, struct ipc_channel *warden);
void talks_finish(struct talks *talks);

/* Does somebody talk there, or is about to? */
bool talks_is_taken(const struct talks *talks, const struct camera *camera);
/* The slot is the grant's from when it is asked for. */
void talks_reserve(struct talks *talks, struct grant *grant);

/* The talk's entry is durable. The front gets its answer when the speaker is open. */
__attribute__((nonnull)) void talk_open(struct talks *talks, struct grant *grant,
					const struct log_receipt *receipt);

/* A grant has ended: a talk of its own, or the view that one was said over. */
void talks_ended(struct talks *talks, struct grant *grant);
/* A packet from the viewer of `view` (IPC_TALK_FRAME). */
void talks_take_packet(struct talks *talks, struct grant *view, const struct ipc_message *message);
/* The camera says how its speaker is, or its process is gone. */
void talks_speaker(struct talks *talks, struct camera *camera, const struct ipc_speaker *speaker);
void talks_cam_gone(struct talks *talks, struct camera *camera);
/* The front is gone: nobody hears that the speaker opens. */
void talks_front_gone(struct talks *talks);
/* The warden started a process for the camera in slot `number` (takes `fd`). */
void talks_attach(struct talks *talks, uint32_t number, int fd);

#endif
