/* Talking over a view: the session's second word. */
#ifndef FRONT_TALKING_H
#define FRONT_TALKING_H

#include "front/exchange.h"

/* POST /api/v1/sessions/:sid/talk: 201 {sid, seq} when the camera's speaker is open. */
void talking_start(struct exchange *exchange);

#endif
