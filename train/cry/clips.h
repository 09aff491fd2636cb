/* The sounds that are learned from, as frames of power in memory: each recording of crying as it
 * is, and twice more as a camera somewhere in a room would have heard it; each other one in one of
 * these ways; and generated ones. */
#ifndef TRAIN_CLIPS_H
#define TRAIN_CLIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/hear/mel.h"

enum { CLIPS_GROUPS_MAX = 40, CLIPS_VARIANTS = 3 };

struct clip {
	float (*power)[MEL_BANDS];
	uint32_t frames;
};

/* All clips of one source. */
struct clip_group {
	char name[64];
	bool is_crying;
	struct clip *clips;
	uint32_t count, room;
};

struct clips {
	struct mel mel;
	struct clip_group groups[CLIPS_GROUPS_MAX];
	uint32_t group_count;
};

/* Reads what is for `part` ("train") from the pack of gather.py. 0 or a negative errno. */
NODISCARD int clips_read(struct clips *clips, const char *pack, const char *part);
/* Adds generated sounds, one group a kind. */
NODISCARD int clips_generate(struct clips *clips);

#endif
