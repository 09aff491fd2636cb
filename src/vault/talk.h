/* Talks: what a person says over an open view, or a program over a connection of its own (WHIP), on
 * its way to the camera's speaker. A talk is a grant of its own, from the receipt of its `talk.open` entry to the last sample, and one camera has one at
 * a time; who asks meanwhile may wait (talk_queue.h).
 *
 *	rtc -- Opus --> vault -- TRACK_TALK --> ward-talk -- TRACK_SPEAKER --> vault --> cam
 *
 * Or nobody speaks, and Ward plays a sound that lasts until its time is over (sound_door.h): a talk as well,
 * which gives way as soon as somebody wants to be heard, and goes on when they have finished.
 *
 * A chime announces the voice, unless the owner turned it off: a sound of Ward's own, with a
 * `speaker` entry of its own, without which it is not made. A process of its own for each talk makes
 * the sound, decodes and encodes: it ends with the talk, and what it held with it. What leaves for the
 * speaker, and what is kept of it: speaker.h. */
#ifndef VAULT_TALK_H
#define VAULT_TALK_H

#include "vault/cameras.h"
#include "vault/feed.h"
#include "vault/grants.h"
#include "vault/played.h"
#include "vault/talk_queue.h"

struct store;

enum {
	TALK_OPEN_MS = 5000, /* for the camera, the process and the chime, then it has failed */
	TALK_IDLE_MS = 10000, /* nothing said for so long: whoever talked has gone */
	TALK_CHIME_AGAIN_MS = 10000, /* who talked so short a time ago needs no second chime */
	TALK_CHIME_MS_MAX = 1000, /* no more of a chime is let out */
	TALK_INTERRUPTIONS_MAX = 20, /* a sound that fails so often has failed */
	TALK_AHEAD_MS = 1000, /* sound that is further ahead of the clock is not taken */
	TALK_ECHO_MS = 2000, /* after a talk the room has died away */
	TALK_PAUSE_MS = 200,  /* so long without sound is silence, and the clock has gone on */
	TALK_BLOCKS_A_SECOND_MAX = 100, /* blocks for the speaker are no shorter */
};

/* Why the speaker sounds: an entry on disk, and the clock that counts what was heard of it. */
struct talk_cause {
	uint64_t log_seq; /* 0: there is none yet */
	uint8_t sid[16];
	uint64_t start_ns;
	uint64_t clock; /* samples since then: handed over, pauses and holes */
};

struct talk_slot {
	struct talks *all;
	struct camera *camera;
	struct grant *grant;        /* who talks, or what is played; NULL: nobody */
	struct grant *held;         /* what was played, while somebody talks */
	bool is_open;               /* the front was told: it is heard */
	struct ipc_channel process; /* ward-talk */
	struct feed feed;
	struct feed_cursor cursor;
	struct loop_timer timer; /* for the opening, then for the pauses */
	uint64_t packets;
	uint64_t said_ns;    /* when the newest packet was said */
	uint64_t slipped_ns; /* by so much the talker's clock has run ahead of ours */
	uint64_t samples; /* handed to the speaker */
	enum speaker_sound sound; /* before the voice, or without one */
	struct talk_cause announced, voice;
	struct talk_cause *cause;    /* one of the two: what sounds now; NULL: nothing may */
	struct log_waiter recorded;  /* the sound's entry */
	struct played played, before; /* of a speaker that counts: this talk, and the one before it */
	struct who last;             /* who talked before, */
	uint64_t last_ns;            /* until when; 0: nobody yet */
	uint32_t last_camera;        /* and where */
	struct talk_queue queue;
};

struct talks {
	struct loop *loop;
	struct grants *grants;
	struct cameras *cameras;
	struct ipc_channel *warden; /* borrowed */
	struct store *store;        /* the same: the black box */
	struct door *door;          /* the same: whose turn it is, it decides anew */
	struct talk_slot *slots;    /* CAMERA_MAX */
};

NODISCARD int talks_init(struct talks *talks, struct loop *loop, struct grants *grants,
			 struct cameras *cameras, struct ipc_channel *warden);
void talks_finish(struct talks *talks);

struct talk_slot *talks_slot(const struct talks *talks, const struct camera *camera);
/* The slot is the grant's from when it is asked for. What is played gives way. */
void talks_reserve(struct talks *talks, struct grant *grant);

/* The talk's entry is durable. The front gets its answer when it is heard. */
__attribute__((nonnull)) void talk_open(struct talks *talks, struct grant *grant,
					const struct log_receipt *receipt);
/* The entry of the sound before the voice is durable: it is made as soon as the speaker is open. */
__attribute__((nonnull)) void talk_announce(struct talk_slot *slot,
					    const struct log_receipt *receipt);
/* The talk cannot go on. */
void talk_fail(struct talk_slot *slot, const char *why);

/* A grant has ended: a talk of its own, or the view that one was said over. */
void talks_ended(struct talks *talks, struct grant *grant);
/* A packet from the viewer of `view` (IPC_TALK_FRAME). */
void talks_take_packet(struct talks *talks, struct grant *view, const struct ipc_message *message);
/* The camera says how its speaker is, or what it has played (IPC_SPEAKER, IPC_PLAYED; -EBADMSG: what
 * it cannot have), or its process is gone. */
NODISCARD int talks_hear_cam(struct talks *talks, struct camera *camera,
			     const struct ipc_message *message);
void talks_speaker(struct talks *talks, struct camera *camera, const struct ipc_speaker *speaker);
void talks_cam_gone(struct talks *talks, struct camera *camera);
/* Nothing more is heard of any speaker. */
void talks_settle(struct talks *talks);
/* The camera is removed; its grants have ended. */
void talks_camera_gone(struct talks *talks, const struct camera *camera);
/* The front is gone: nobody hears that the speaker opens, and nobody waits. */
void talks_front_gone(struct talks *talks);
/* The log has stopped: nobody's turn comes. */
void talks_shut(struct talks *talks);
/* Whoever asked with this number has left. */
void talks_forget(struct talks *talks, uint64_t request);
/* The warden started a process for the camera in slot `number` (takes `fd`). */
void talks_attach(struct talks *talks, uint32_t number, int fd);

#endif
