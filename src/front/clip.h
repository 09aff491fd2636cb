/* A clip to keep: one MP4 file of a play, whose bytes are known before the first one is sent. */
#ifndef FRONT_CLIP_H
#define FRONT_CLIP_H

#include "front/exchange.h"

void clip_send(struct exchange *exchange);

/* Only the entry of it: a device puts together itself what the box cannot open. */
void clip_announce(struct exchange *exchange);

#endif
