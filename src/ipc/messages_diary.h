/* More bodies of messages.def: the diary, that is what happened before the cameras, and clips, the parts of
 * recordings that are kept. Rules as in messages.h. */
#ifndef IPC_MESSAGES_DIARY_H
#define IPC_MESSAGES_DIARY_H

#include "ipc/messages.h"

/* What an event is. The numbers stand in the database and never change. */
enum diary_kind {
	DIARY_NONE,
	DIARY_MARK, /* somebody or some program says so; no more is known */
	DIARY_MOTION,
	DIARY_PERSON,
	DIARY_FACE,
	DIARY_ANIMAL,
	DIARY_CRY,
	DIARY_SPEECH,
	DIARY_NOISE,
	DIARY_SMOKE,
	DIARY_DOORBELL,
	DIARY_DOOR,
	DIARY_ALARM,
	DIARY_KIND_COUNT
};

enum diary_order {
	DIARY_LIST,   /* IPC_ROW_DIARY each, newest first, that overlap the span; then IPC_DONE */
	DIARY_BEGIN,  /* an event; IPC_DONE, value: its id */
	DIARY_END,    /* an event that lasts, by id */
	CLIP_LIST,    /* as DIARY_LIST */
	CLIP_KEEP,    /* a span that retention leaves alone; IPC_DONE with log_seq, value: its id */
	CLIP_RELEASE, /* by id; IPC_DONE with log_seq */
	SPOKEN_LIST,  /* who spoke through the camera's speaker: IPC_ROW_SPOKEN each, newest first */
	DIARY_ORDER_COUNT
};

enum { DIARY_NOTE_MAX = 200, DIARY_ROWS_MAX = 1000 /* in one answer */ };

/* Tail: an event's note, a clip's name. */
struct ipc_diary_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE]; /* lists: empty: every one that the asker may know of */
	uint32_t order;         /* enum diary_order */
	uint32_t kind;          /* DIARY_BEGIN: enum diary_kind */
	uint64_t from_us, to_us; /* wall clock. DIARY_BEGIN, DIARY_END: 0: now; DIARY_BEGIN's end: it lasts */
	uint64_t id;
};

/* An event, or a clip. Tail: the note, or the name. */
struct ipc_row_diary {
	uint64_t request;
	uint64_t id;
	uint64_t from_us, to_us; /* 0: it lasts */
	uint32_t camera;
	uint32_t kind;  /* enum diary_kind; DIARY_NONE: a clip */
	uint32_t score; /* thousandths + 1; 0: nobody measured */
	uint8_t picture_box[4]; /* left, top, right, bottom, hundredths: what it is about */
	uint64_t picture_us;    /* the moment that shows it best; 0: none is known */
	uint64_t face;          /* whose it was; 0: not known */
	char camera_name[NAME_SIZE];
	char source[NAME_SIZE];
	char who[NAME_SIZE]; /* the face's name; empty: nobody has said who it is */
};

/* A talk, as far as its camera's speaker was given something. */
struct ipc_row_spoken {
	uint64_t request;
	uint64_t from_us, to_us;     /* wall clock: from the first sound to the last */
	uint64_t sound_us, lost_us;  /* given to the speaker; said, and did not get through */
	uint64_t log_seq;            /* of its `talk.open`, or `speaker`; 0: the asker may not know, or an older log's */
	uint32_t camera;
	uint32_t is_mine;
	uint32_t sound; /* enum speaker_sound */
	uint32_t reserved;
	uint8_t sid[16];
	char user[NAME_SIZE];   /* "someone" for who may not know; empty: forgotten */
	char device[NAME_SIZE]; /* or the token's name */
};

#endif
