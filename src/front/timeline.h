/* When something was recorded of a camera. */
#ifndef FRONT_TIMELINE_H
#define FRONT_TIMELINE_H

#include "front/exchange.h"

void timeline_show(struct exchange *exchange);

#endif
