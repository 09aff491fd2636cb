/* Where in a picture somebody counts. */
#ifndef PROTO_SEE_ZONE_H
#define PROTO_SEE_ZONE_H

#include <stdbool.h>

#include "base/attr.h"
#include "ipc/messages_see.h"
#include "proto/see/box.h"

/* Is anything looked for at all? */
bool zone_wants_any(const struct ipc_see *rule);

/* -EINVAL: a level, number of points or place that no honest sender sends. */
NODISCARD int zone_check(const struct ipc_see *rule);

/* Is the box high enough, and does what it holds stand (the middle of its lower edge) in one of the
 * zones that are looked at, or are there none, and in none that is left out? */
bool zone_admits(const struct ipc_see *rule, const struct box *box);

#endif
