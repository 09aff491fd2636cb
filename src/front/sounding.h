/* Sounds of Ward's own, played by a camera's speaker: what plays, playing one, silence. */
#ifndef FRONT_SOUNDING_H
#define FRONT_SOUNDING_H

#include "front/exchange.h"

void sounding_show(struct exchange *exchange);
void sounding_play(struct exchange *exchange);
void sounding_stop(struct exchange *exchange);

#endif
