/* A rate limit in eight bytes: the time at which the bucket would be full again. */
#ifndef FRONT_BUCKET_H
#define FRONT_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_rule {
	uint64_t burst;    /* events at once */
	uint64_t every_ns; /* one more after this long */
};

/* Zero-initialised: full. */
struct bucket {
	uint64_t full_at_ns;
};

static inline bool bucket_has(const struct bucket *bucket, const struct bucket_rule *rule,
			      uint64_t now_ns)
{
	uint64_t full_at = bucket->full_at_ns > now_ns ? bucket->full_at_ns : now_ns;

	return full_at - now_ns + rule->every_ns <= rule->burst * rule->every_ns;
}

/* Counts one event; false (and nothing counted) if there were too many. */
static inline bool bucket_take(struct bucket *bucket, const struct bucket_rule *rule,
			       uint64_t now_ns)
{
	if (!bucket_has(bucket, rule, now_ns))
		return false;
	if (bucket->full_at_ns < now_ns)
		bucket->full_at_ns = now_ns;
	bucket->full_at_ns += rule->every_ns;
	return true;
}

#endif
