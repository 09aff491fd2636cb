/* The clocks. Ward's own time line is CLOCK_BOOTTIME in nanoseconds: it never steps and counts
 * while the box sleeps. Wall time is a claim, kept only for people and the log. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S  UINT64_C(1000000000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)
#define CLOCK_NS_PER_US UINT64_C(1000)

uint64_t clock_boot_ns(void);
uint64_t clock_real_us(void);

#endif
