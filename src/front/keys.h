/* Who can open recordings: the household's own keys, and what the box keeps itself. */
#ifndef FRONT_KEYS_H
#define FRONT_KEYS_H

#include "front/exchange.h"

void keys_show(struct exchange *exchange);
/* A change, which the device has signed (Ward-Ask). */
void keys_change(struct exchange *exchange);

#endif
