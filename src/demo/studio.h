/* The camera itself: takes a picture 15 times a second and sound all the time, codes both, and
 * hands them on. It rests while nobody looks. */
#ifndef DEMO_STUDIO_H
#define DEMO_STUDIO_H

#include <stdbool.h>

#include "base/bytes.h"
#include "demo/picture_coder.h"
#include "demo/sound_coder.h"
#include "loop/loop.h"

enum studio_track { STUDIO_MAIN, STUDIO_SUB, STUDIO_SOUND, STUDIO_TRACK_COUNT };

struct studio;

/* One coded frame. `taken_ns` (CLOCK_BOOTTIME) is when its first light or sound was taken. */
struct studio_frame {
	enum studio_track track;
	struct bytes data; /* valid for the call */
	uint64_t taken_ns;
	bool is_key;
};

typedef void studio_frame_fn(void *context, const struct studio_frame *frame);

NODISCARD int studio_create(struct loop *loop, enum sound_kind sound, struct studio **ret_studio);
void studio_destroy(struct studio *studio);
AUTO_DEFINE(studio)

void studio_set_output(struct studio *studio, studio_frame_fn *output, void *context);

/* Says which tracks somebody watches (a set of 1 << studio_track). A picture that is newly watched
 * begins with a key frame. */
void studio_watch(struct studio *studio, uint32_t tracks);
/* The next picture of the track is a key frame: somebody joined. */
void studio_want_key(struct studio *studio, enum studio_track track);

/* A packet for the speaker (speaker.h): the microphone hears it, the picture says so. */
void studio_play(struct studio *studio, struct bytes packet);

struct bytes studio_config(const struct studio *studio, enum studio_track track);
const struct sound_format *studio_sound_format(const struct studio *studio);

#endif
