/* Hears crying in sound at 8 kHz, one channel. Every half second of sound: is there anything loud
 * and harmonic enough in the last two (the gate, which costs next to nothing), how much is it like
 * crying (the network, asked only then), and is that an episode (the vote). Pure, no allocation;
 * given the same samples it says the same on every machine. */
#ifndef PROTO_HEAR_HEAR_H
#define PROTO_HEAR_HEAR_H

#include "proto/hear/alarm.h"
#include "proto/hear/episode.h"
#include "proto/hear/loud.h"
#include "proto/hear/mel.h"
#include "proto/hear/net.h"
#include "proto/hear/own.h"

enum {
	HEAR_HZ = MEL_HZ,
	HEAR_STRIDE = 32, /* frames from one answer to the next: 512 ms */
};

/* When a frame of that number began, on the clock of hear_at. */
static inline uint64_t hear_frame_ns(uint64_t number)
{
	return number * (MEL_HOP * (UINT64_C(1000000000) / HEAR_HZ));
}

enum hear_level {
	HEAR_OFF,
	HEAR_LOW,
	HEAR_NORMAL,
	HEAR_HIGH,
	HEAR_LEVEL_COUNT,
};

extern const struct episode_rule HEAR_RULES[HEAR_LEVEL_COUNT];

/* What all microphones share. */
struct hear_kit {
	struct mel mel;
	struct net net;
	struct net_scratch scratch;
	float patch[NET_FRAMES * MEL_BANDS];
};

/* One answer. */
struct hear_answer {
	float score;  /* 0 if the gate was shut */
	float level;  /* mean square of the loudest 16 ms in the patch that are not the speaker's */
	float voiced; /* share of the loud frames that have a child's pitch */
};

/* Samples on their way to frames, of the microphone or of the speaker. */
struct hear_window {
	float samples[MEL_WINDOW];
	uint32_t filled;
	uint64_t next_ns; /* when the next sample was heard, on Ward's clock */
};

/* What else is listened for, frame by frame: whatever is the speaker's is left out. */
struct hear_watch {
	float noise_limit; /* mean square of a loud noise; 0: none is listened for */
	bool for_alarms;
	struct loud loud;
	struct alarm alarm;
	/* The newest that began or ended, until the caller takes it. In one frame of sound there is
	 * time for one. */
	enum episode_event loud_event, alarm_event;
	uint64_t newest; /* frame: a camera's clock may be set back a little, time is not */
};

/* One microphone. Zero-initialised, but for what is asked of `watch`. */
struct hear {
	struct hear_window mic, speaker;
	struct own own;
	struct hear_watch watch;
	uint32_t frames; /* since the beginning or the last gap; saturates */
	uint32_t next;   /* in the rings */
	uint32_t due;    /* frames until the next answer */
	float ring[NET_FRAMES][MEL_BANDS];
	float level[NET_FRAMES];
	bool voiced[NET_FRAMES];
	bool is_own[NET_FRAMES];   /* the speaker's, mostly */
	struct hear_answer answer; /* the newest */
	struct episode episode;
};

/* 0, or -EBADMSG for weights that are none. */
NODISCARD int hear_prepare(struct hear_kit *kit, struct bytes weights);

/* The next sample that hear_take gets was heard at `pts_ns`, on the clock of hear_speaker. Without
 * a speaker nobody needs to know. */
void hear_at(struct hear *hear, uint64_t pts_ns);
/* What the camera's speaker was given, for `pts_ns` on: it is no crying when it is heard again. It
 * comes before what the microphone heard then. */
void hear_speaker(struct hear *hear, const struct hear_kit *kit, const int16_t *samples,
		  size_t count, uint64_t pts_ns);

/* Takes samples up to the next answer: returns how many, and true in `ret_answered` if hear->answer
 * is new then. */
size_t hear_take(struct hear *hear, struct hear_kit *kit, const int16_t *samples, size_t count,
		 bool *ret_answered);

/* Sound is missing: what comes next is not joined to what was. The episode is left to its vote. */
void hear_gap(struct hear *hear);

#endif
