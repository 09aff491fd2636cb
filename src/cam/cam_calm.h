/* When nobody waits for a camera's pictures, what has come is read a few times a second: that costs
 * a fraction of the wake-ups. */
#ifndef CAM_CAM_CALM_H
#define CAM_CAM_CALM_H

#include "base/clock.h"

/* A prime, which wanders through all phases of 40, 33.3 or 20 ms, so that some frames of each
 * second or two are still read as they come. The clock map lives on those. */
enum { CAM_CALM_MS = 97 };

/* The next look. All cams look at the same moments, so that the vault wakes up once for all. */
static inline uint64_t cam_calm_next_ns(uint64_t now_ns)
{
	const uint64_t period_ns = CAM_CALM_MS * CLOCK_NS_PER_MS;

	return (now_ns / period_ns + 1) * period_ns;
}

#endif
