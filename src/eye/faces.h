/* Looks at faces: finds them in the upper part of somebody's box, turns them upright and makes prints
 * of those that are good enough. Whose they are is not known here: the vault has the names. */
#ifndef EYE_FACES_H
#define EYE_FACES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "eye/runtime.h"
#include "ipc/messages_see.h"
#include "proto/see/face.h"
#include "proto/see/print.h"
#include "proto/see/stay.h"

struct AVFrame;
struct faces;

enum {
	FACES_LOOK_MS = 300,   /* between looks at one person */
	FACES_LOOKS_MAX = 40,  /* then */
	FACES_SLOW_MS = 5000,  /* between them */
	FACES_PRINTS_MAX = 12, /* of one stay: more would say nothing new */
};

/* Finds less doubtful ones than the paper's 0.5 would. */
#define FACES_SCORE_MIN 0.6F

struct faces_print {
	struct print print;
	unsigned quality; /* 1 to 1000 */
};

/* EYE_LOOKING; else what is missing, after one line that says so. `runtime` outlives it. */
NODISCARD enum eye_state faces_load(struct runtime *runtime, const char *folder,
				    struct faces **ret_faces);
void faces_destroy(struct faces *faces);
AUTO_DEFINE(faces)

/* The one face that belongs to who is in the box (NULL: the one in the whole picture). -ENOENT: none
 * is good enough; -EMLINK: more than one may be it; -EBADMSG: no picture; -EIO: a network failed. */
NODISCARD int faces_look(struct faces *faces, const struct AVFrame *frame, const struct box *person,
			 struct faces_print *ret_print);
/* The same with a JPEG or PNG file. */
NODISCARD int faces_look_file(struct faces *faces, struct bytes file, struct faces_print *ret_print);

/* The people before one camera whose faces are looked at. Zero-initialised. */
struct faces_watch {
	struct faces *faces; /* NULL: they are not wanted */
	struct {
		uint32_t stay;
		unsigned looks, prints;
		uint64_t next_ns;
	} people[STAY_MAX];
	uint32_t stay; /* whose the newest print is; 0: none that was not fetched */
	uint64_t at_ns;
	struct faces_print print;
};

/* One more picture, that `stays` has seen: at most one look at one of those found in it who were
 * told. -EIO as above. */
NODISCARD int faces_watch_look(struct faces_watch *watch, const struct AVFrame *frame,
			       const struct stays *stays, uint64_t at_ns);
/* The newest print, once. */
bool faces_watch_next(struct faces_watch *watch, uint32_t *ret_stay, struct faces_print *ret_print);

#endif
