/* The bodies of the messages to and from the eye. */
#ifndef IPC_MESSAGES_SEE_H
#define IPC_MESSAGES_SEE_H

#include <stdint.h>

#include "ipc/messages.h"

enum {
	SEE_ZONES_MAX = 8,
	SEE_POINTS_MAX = 48, /* of all zones together */
	SEE_SCALE = 10000,   /* units of a picture's width, or height */
	SEEN_PATH_MAX = 12,
	ZONE_NAME_SIZE = 32,
	FACE_PRINT_SIZE = 512,
	FACE_PICTURE_MAX = 45000, /* bytes of a picture that is sent in */
};

/* How readily somebody is seen. The words stand in conf/option.c. */
enum see_level { SEE_OFF, SEE_LOW, SEE_NORMAL, SEE_HIGH, SEE_LEVEL_COUNT };

struct ipc_point {
	uint16_t x, y; /* SEE_SCALE to the picture */
};

/* What is looked for before one camera. The zones' points follow each other. */
struct ipc_see {
	uint32_t camera; /* from the warden: the slot; to the eye: the vault's id */
	uint32_t person; /* enum see_level */
	uint32_t least_height; /* of a person, in hundredths of the picture's */
	uint32_t dwell_ms;     /* before it is told */
	uint32_t sizes[SEE_ZONES_MAX]; /* points of each zone, 0: no more zones */
	uint32_t excludes;             /* a set: bit N, zone N is left out; else it is looked at */
	uint32_t faces;                /* 1: whose face it is is looked at, too */
	uint32_t animals;              /* enum see_level */
	uint32_t reserved;
	struct ipc_point points[SEE_POINTS_MAX];
};

/* What an owner draws, or asks for: of `rule` zones, least height and dwelling. */
struct ipc_zones_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE];
	uint32_t is_change;
	uint32_t reserved;
	struct ipc_see rule;
	char names[SEE_ZONES_MAX][ZONE_NAME_SIZE];
};

/* What counts now. */
struct ipc_row_zones {
	uint64_t request;
	uint64_t log_seq;  /* of the entry that it was drawn with; 0: none */
	uint32_t is_fixed; /* the configuration says it, and it cannot be changed */
	uint32_t reserved;
	struct ipc_see rule;
	char names[SEE_ZONES_MAX][ZONE_NAME_SIZE];
};

/* Hundredths of the picture's width and height. */
struct ipc_seen_box {
	uint8_t left, top, right, bottom;
};

/* Who, or what, stays. */
enum seen_kind { SEEN_PERSON, SEEN_CAT, SEEN_DOG, SEEN_KIND_COUNT };

/* A stay begins, or is over; then with what was known of it at the end. */
struct ipc_seen {
	uint64_t at_ns;   /* on Ward's clock */
	uint64_t best_ns; /* the same: of its best picture so far */
	uint32_t camera;
	uint32_t stay; /* the eye's number for it */
	uint32_t is_end;
	uint32_t score; /* the best of it, thousandths + 1 */
	uint32_t model; /* place in the table of models */
	uint32_t boxes; /* how many of `path`, in even steps from its beginning to its end */
	struct ipc_seen_box path[SEEN_PATH_MAX];
	struct ipc_seen_box best; /* where it is in that picture */
	uint32_t kind; /* enum seen_kind, as far as it is known by now */
};

/* IPC_FACE: a print of the face of somebody who stays. Tail: its PRINT_SIZE numbers. */
struct ipc_face {
	uint64_t at_ns; /* on Ward's clock */
	uint32_t camera;
	uint32_t stay;
	uint32_t quality; /* 1 to 1000 */
	uint32_t reserved;
};

/* IPC_FACE_LOOK: a picture of a face, to the eye, in the tail; and its answer, with a print in the
 * tail if there is one good face in it. */
struct ipc_face_look {
	uint64_t number; /* the vault's */
	uint32_t quality; /* 1 to 1000; 0: no good face */
	int32_t error;    /* -ENOENT: no face good enough, -EMLINK: more than one, -EBADMSG: no picture */
};

/* IPC_EYE_STATE's and IPC_FACES_STATE's number. */
enum eye_state {
	EYE_OFF, /* no camera asks for it */
	EYE_STARTING,
	EYE_LOOKING,
	EYE_NO_RUNTIME,  /* the library is not installed */
	EYE_BAD_RUNTIME, /* it is not the one that Ward knows, or cannot be loaded */
	EYE_NO_MODEL,
	EYE_BAD_MODEL,
	EYE_STATE_COUNT
};

#endif
