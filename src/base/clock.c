#include "base/clock.h"

#include <assert.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
	struct timespec now;
	int error = clock_gettime(id, &now);

	assert(error == 0);
	return now;
}

uint64_t clock_boot_ns(void)
{
	struct timespec now = read_clock(CLOCK_BOOTTIME);

	return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_real_us(void)
{
	struct timespec now = read_clock(CLOCK_REALTIME);

	if (now.tv_sec < 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
