/* More bodies of messages.def: sounds of Ward's own that a person has a camera's speaker play. Rules as in
 * messages.h. */
#ifndef IPC_MESSAGES_SOUND_H
#define IPC_MESSAGES_SOUND_H

#include "ipc/messages.h"

enum sound_order {
	SOUND_SHOW, /* what plays: IPC_ROW_SOUND, if something does; then IPC_DONE */
	SOUND_PLAY, /* IPC_DONE with log_seq, id = sid of it, once the speaker is open */
	SOUND_STOP, /* whoever began it; IPC_DONE, value: 1 if something played */
	SOUND_ORDER_COUNT
};

enum { SOUND_SECONDS_MAX = 12 * 3600, SOUND_VOLUME_MAX = 100 };

/* SOUND_PLAY: a device signs the canonical text of proto/log/ask.h. */
struct ipc_sound_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE];
	uint32_t order; /* enum sound_order */
	uint32_t reserved;
	struct ipc_sound sound; /* SOUND_PLAY; seconds 0: until it is stopped, SOUND_SECONDS_MAX at most */
	struct ipc_proof proof;
};

struct ipc_row_sound {
	uint64_t request;
	uint64_t log_seq;            /* of its `talk.open`; 0: the asker may not know */
	uint64_t since_us, until_us; /* wall clock */
	uint32_t sound;              /* enum speaker_sound */
	uint32_t volume;
	uint32_t is_mine;
	uint32_t waits; /* somebody talks, or the camera is away: it goes on after */
	uint8_t sid[16];
	char user[NAME_SIZE];   /* "someone" for who may not know */
	char device[NAME_SIZE]; /* or the token's name */
};

#endif
