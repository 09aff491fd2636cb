/* Where the log's entries get their times from: the box's clocks, or a test's. */
#ifndef VAULT_LOG_LOG_CLOCK_H
#define VAULT_LOG_LOG_CLOCK_H

#include <stdint.h>

#include "base/attr.h"

struct log_clock {
	uint64_t (*real_us)(void *context);
	uint64_t (*boot_ns)(void *context);
	void *context;
	uint64_t boot_id; /* of the kernel that counts boot_ns: its first 64 bits */
};

/* The box's clocks. Reads /proc/sys/kernel/random/boot_id: call before the sandbox closes. */
NODISCARD int log_clock_system(struct log_clock *ret_clock);

#endif
