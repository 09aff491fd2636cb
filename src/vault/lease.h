/* The allowance of one grant: bytes and time that entries on disk have authorised. Pure counting:
 * nothing is released past it, and it is renewed before it runs out. */
#ifndef VAULT_LEASE_H
#define VAULT_LEASE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LEASE_FIRST_BYTES = 8000000,
	LEASE_FIRST_S = 10,
	LEASE_TICK_S = 60,
	LEASE_TICK_BYTES_MIN = 8000000,
	LEASE_TICK_BYTES_MAX = 1 << 30,
};

/* What one entry says: `allow <bytes> <seconds>`. */
struct lease_allowance {
	uint64_t bytes;
	uint64_t seconds;
	uint64_t from_ns; /* when the entry was drafted: its seconds count from here */
};

struct lease {
	uint64_t allowed_bytes, used_bytes; /* sums */
	uint64_t start_ns, until_ns;
	uint64_t tick_used_bytes; /* used when the newest allowance began */
	uint64_t tick_ns;         /* when that was */
};

static inline struct lease_allowance lease_first(uint64_t now_ns)
{
	return (struct lease_allowance){LEASE_FIRST_BYTES, LEASE_FIRST_S, now_ns};
}

/* Only what is durable may be added. */
void lease_add(struct lease *lease, const struct lease_allowance *allowance);

/* May `bytes` more flow now? */
bool lease_may(const struct lease *lease, uint64_t now_ns, uint64_t bytes);
/* They flow; lease_may was asked. */
void lease_use(struct lease *lease, uint64_t bytes);

/* Half of the bytes or of the time of the newest allowance is gone. */
bool lease_is_low(const struct lease *lease, uint64_t now_ns);
/* What to ask for next, by what flowed of late; `wanted` bytes are waiting. */
struct lease_allowance lease_next(const struct lease *lease, uint64_t now_ns, uint64_t wanted);

#endif
