/* More bodies of messages.def: known and unknown faces. Rules as in messages.h. */
#ifndef IPC_MESSAGES_FACE_H
#define IPC_MESSAGES_FACE_H

#include "ipc/messages.h"
#include "ipc/messages_see.h"

enum face_order {
	FACE_LIST,    /* IPC_ROW_FACE each; then IPC_DONE, value: enum eye_state of knowing faces */
	FACE_NAME,    /* id is `name`, with `consent` */
	FACE_ADD,     /* who is in the picture (JPEG or PNG, the tail) is `name`, with `consent` */
	FACE_CORRECT, /* event id of the camera is not whom it says */
	FACE_ERASE,   /* id */
	FACE_ORDER_COUNT
};

/* Changes: IPC_DONE with log_seq; value: the face's id. */
struct ipc_face_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE]; /* FACE_CORRECT */
	uint32_t order;         /* enum face_order */
	uint32_t reserved;
	uint64_t id;
	char name[NAME_SIZE];
	char consent[NAME_SIZE];
};

struct ipc_row_face {
	uint64_t request;
	uint64_t id;
	uint64_t named_us, seen_us; /* wall clock; named_us 0: nobody has said who it is */
	uint64_t log_seq;           /* of the entry that named it */
	uint64_t event;             /* the newest that it was seen in; 0: none */
	uint64_t event_us;          /* when in it */
	uint32_t camera;            /* of the event */
	uint32_t prints, wrong;     /* how many it is known by; that were taken for it wrongly */
	uint32_t reserved;
	char name[NAME_SIZE];
	char consent[NAME_SIZE];
	char camera_name[NAME_SIZE];
};

#endif
