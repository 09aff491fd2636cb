/* The eye's look at one camera: what came since its newest key frame, whether anything moves, and
 * who is there. While nothing moves only key frames are decoded; then all, and a few a second are
 * looked at. Work is done in small pieces, when the eye's queue gives it a turn; what came meanwhile
 * makes older pictures void. */
#ifndef EYE_GAZE_H
#define EYE_GAZE_H

#include "eye/faces.h"
#include "eye/network.h"
#include "eye/picture.h"
#include "ipc/messages_see.h"
#include "proto/media/pieces.h"
#include "proto/see/stay.h"

enum {
	GAZE_STORE_MAX = 8 << 20, /* bytes of one group of pictures; of a longer one the end is missed */
	GAZE_FRAMES_MAX = 1024,
	GAZE_DECODED_A_TURN = 8,  /* pictures */
	GAZE_LOOK_MS = 200,       /* between looks while something moves */
	GAZE_MOVES_MS = 2500,     /* it counts as moving so long after it did */
	GAZE_DOUBT_MS = 600,      /* and so long after a large picture alone: then it is looked at */
	GAZE_STILL_MS = 20000,    /* a picture without change is looked at again after this */
	GAZE_CHANGED_CELLS = 2,   /* so many parts of the picture differ: something moved */
	GAZE_AHEAD_MS = 1000,     /* a picture's time may be so far from now */
	GAZE_BEHIND_MS = 30000,
};

struct gaze_frame {
	uint64_t pts_ns;
	uint32_t offset, size;
};

struct gaze {
	struct ipc_see rule; /* camera 0: free */
	struct ipc_track track;
	struct pieces pieces;
	bool keeps; /* the frame in progress goes into the store */
	uint8_t *store;
	uint32_t capacity, used;
	struct gaze_frame frames[GAZE_FRAMES_MAX];
	uint32_t count, decoded; /* since the key frame, of which the decoder has had */
	bool is_following;       /* the decoder has had them one after the other */
	bool has_looked_at_key;
	struct picture_decoder *decoder;
	struct picture picture;
	struct motion_sizes sizes;
	struct motion_grid grid; /* of the picture that was looked at last */
	bool has_grid;
	uint64_t moves_until_ns; /* pictures' times */
	uint64_t looked_ns, newest_ns;
	struct stays stays, animals;
	struct faces_watch watch;
	uint64_t looks, bad; /* pictures that the network saw; that could not be decoded */
};

/* Takes over the rule; the gaze was free or had another. `faces` (may be NULL) outlives it. */
void gaze_begin(struct gaze *gaze, const struct ipc_see *rule, struct faces *faces);
void gaze_end(struct gaze *gaze);

/* The camera's pictures are now these. */
void gaze_take_track(struct gaze *gaze, const struct ipc_track *track, struct bytes config);
/* A piece of a frame. -EBADMSG: it fits no frame. */
NODISCARD int gaze_take_piece(struct gaze *gaze, const struct ipc_frame *piece, struct bytes data,
			      uint64_t now_ns);

/* Is there something to decode or to look at? */
bool gaze_wants_turn(const struct gaze *gaze);
/* Does a piece of it. -EIO: the network failed. */
NODISCARD int gaze_take_turn(struct gaze *gaze, struct network *network);

#endif
