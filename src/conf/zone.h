/* Zones of a camera's picture as text: "include 0,40 100,40 100,100 0,100; exclude 70,0 100,0 100,40".
 * Points are per cent of width and height from the upper left corner; at least three make a zone. */
#ifndef CONF_ZONE_H
#define CONF_ZONE_H

#include "base/attr.h"
#include "ipc/messages_see.h"

/* Fills in zones and points of `ret_see` and leaves the rest. Empty text: none. -EBADMSG. */
NODISCARD int zone_parse(const char *text, struct ipc_see *ret_see);

#endif
