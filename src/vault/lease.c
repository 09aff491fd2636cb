#include "vault/lease.h"

#include <assert.h>

#include "base/clock.h"

void lease_add(struct lease *lease, const struct lease_allowance *allowance)
{
	uint64_t until_ns = allowance->from_ns + allowance->seconds * CLOCK_NS_PER_S;

	if (lease->start_ns == 0)
		lease->start_ns = allowance->from_ns;
	lease->allowed_bytes += allowance->bytes;
	if (until_ns > lease->until_ns)
		lease->until_ns = until_ns;
	lease->tick_used_bytes = lease->used_bytes;
	lease->tick_ns = allowance->from_ns;
}

bool lease_may(const struct lease *lease, uint64_t now_ns, uint64_t bytes)
{
	return now_ns < lease->until_ns && bytes <= lease->allowed_bytes - lease->used_bytes;
}

void lease_use(struct lease *lease, uint64_t bytes)
{
	assert(bytes <= lease->allowed_bytes - lease->used_bytes);
	lease->used_bytes += bytes;
}

bool lease_is_low(const struct lease *lease, uint64_t now_ns)
{
	uint64_t left = lease->allowed_bytes - lease->used_bytes;
	uint64_t granted = lease->allowed_bytes - lease->tick_used_bytes;

	return left < granted / 2 || left < LEASE_TICK_BYTES_MIN / 2 ||
	       now_ns >= lease->tick_ns + (lease->until_ns - lease->tick_ns) / 2;
}

struct lease_allowance lease_next(const struct lease *lease, uint64_t now_ns, uint64_t wanted)
{
	uint64_t used = lease->used_bytes - lease->tick_used_bytes;
	uint64_t passed_ms = (now_ns - lease->tick_ns) / CLOCK_NS_PER_MS + 1000;
	/* Twice what the last while would need, so that a tick a half-life is the usual pace. */
	uint64_t bytes = 2 * (used / passed_ms) * LEASE_TICK_S * 1000 + 2 * wanted;

	if (bytes < LEASE_TICK_BYTES_MIN)
		bytes = LEASE_TICK_BYTES_MIN;
	if (bytes > LEASE_TICK_BYTES_MAX)
		bytes = LEASE_TICK_BYTES_MAX;
	return (struct lease_allowance){bytes, LEASE_TICK_S, now_ns};
}
