/* Where in a camera's picture people count: what an owner draws. */
#ifndef FRONT_ZONES_H
#define FRONT_ZONES_H

#include "front/exchange.h"

void zones_show(struct exchange *exchange);
void zones_change(struct exchange *exchange);

#endif
