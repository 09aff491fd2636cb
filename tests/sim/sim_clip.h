/* A clip out of a reel's recordings, as an export makes it: entry, list, plan, tables; then each
 * sample with the moment at which a player shows it. */
#ifndef SIM_SIM_CLIP_H
#define SIM_SIM_CLIP_H

#include "unit/vault/reel.h"

struct sim_clip_sample {
	uint32_t track; /* enum media_track */
	int64_t wall_ns;
	struct bytes data; /* borrowed during the call */
};

/* Every sample of the tracks (set of TRACK_BIT) that an export of this span holds. */
void sim_clip_each(struct reel *reel, uint32_t tracks, uint64_t from_us, uint64_t to_us,
		   void (*each)(const struct sim_clip_sample *sample));

#endif
