/* From one answer each half second to episodes: a vote over the last five seconds begins one, ten
 * seconds without a hit end it. Pure; times are the caller's. */
#ifndef PROTO_HEAR_EPISODE_H
#define PROTO_HEAR_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	EPISODE_VOTES = 10,          /* the last so many answers count */
	EPISODE_END_NS = 1000000000, /* times EPISODE_END_S */
	EPISODE_END_S = 10,
};

/* How sure the household wants to be. */
struct episode_rule {
	float threshold; /* a score from here on is a hit */
	uint8_t need;    /* hits among the last EPISODE_VOTES that begin an episode */
};

enum episode_event {
	EPISODE_NONE,
	EPISODE_STARTED,
	EPISODE_ENDED,
};

/* Zero-initialised. */
struct episode {
	uint16_t hits; /* newest in bit 0 */
	bool is_open;
	uint64_t start_ns, last_ns; /* of the open one: first hit of the vote, newest hit */
	uint64_t hit_ns[EPISODE_VOTES];
	float level; /* the loudest mean square of a hit */
	float score; /* the best score */
};

/* `score` and `level` (mean square) are of the stretch of sound that ends at `now_ns`, one each
 * half second. At EPISODE_STARTED and EPISODE_ENDED start_ns, last_ns, level and score tell about
 * it; they stay until the next call. */
enum episode_event episode_vote(struct episode *episode, const struct episode_rule *rule,
				float score, float level, uint64_t now_ns);

/* The sound ends here (a gap, a camera gone, quiet hours): true if an episode was open and ends
 * with it. */
bool episode_cut(struct episode *episode);

#endif
