/* Moments as a person writes them on the command line. */
#ifndef TOOLS_MOMENT_H
#define TOOLS_MOMENT_H

#include <stdint.h>

#include "base/attr.h"

/* "2026-11-22 14:05", "2026-11-22 14:05:30" in the box's own time zone; "14:05" today; RFC 3339
 * with Z or an offset; "now"; "-90s", "-10m", "-2h", "-1d" from now. 0; -EBADMSG: none of these;
 * -ENOENT: the clocks were put forward over it; -ENOTUNIQ: they were put back, so it came twice. */
NODISCARD int moment_parse(const char *text, uint64_t now_us, uint64_t *ret_us);

/* What is to be said about such an error. */
const char *moment_explain(int error);

#endif
