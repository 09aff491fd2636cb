#include "proto/hear/episode.h"

#include <string.h>

static const uint16_t VOTES_MASK = (1U << EPISODE_VOTES) - 1;

/* The first of the hits that still count. */
static uint64_t first_hit_ns(const struct episode *episode)
{
	for (uint32_t i = EPISODE_VOTES; i-- > 0;)
		if (episode->hits & 1U << i)
			return episode->hit_ns[i];
	return episode->hit_ns[0];
}

static void take_hit(struct episode *episode, float score, float level, uint64_t now_ns)
{
	if (!episode->hits && !episode->is_open)
		episode->level = episode->score = 0;
	episode->hits |= 1;
	episode->last_ns = now_ns;
	episode->level = level > episode->level ? level : episode->level;
	episode->score = score > episode->score ? score : episode->score;
}

enum episode_event episode_vote(struct episode *episode, const struct episode_rule *rule,
				float score, float level, uint64_t now_ns)
{
	episode->hits = (uint16_t)(episode->hits << 1 & VOTES_MASK);
	memmove(episode->hit_ns + 1, episode->hit_ns, sizeof(episode->hit_ns) - sizeof(uint64_t));
	episode->hit_ns[0] = now_ns;
	if (score >= rule->threshold)
		take_hit(episode, score, level, now_ns);
	if (!episode->is_open && __builtin_popcount(episode->hits) >= rule->need) {
		episode->is_open = true;
		episode->start_ns = first_hit_ns(episode);
		return EPISODE_STARTED;
	}
	if (episode->is_open &&
	    now_ns - episode->last_ns >= (uint64_t)EPISODE_END_S * EPISODE_END_NS) {
		episode->is_open = false;
		episode->hits = 0;
		return EPISODE_ENDED;
	}
	return EPISODE_NONE;
}

bool episode_cut(struct episode *episode)
{
	bool was_open = episode->is_open;

	episode->is_open = false;
	episode->hits = 0;
	return was_open;
}
