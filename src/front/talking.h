/* Talking over a view: the session's second word. */
#ifndef FRONT_TALKING_H
#define FRONT_TALKING_H

#include "front/exchange.h"

/* POST /api/v1/sessions/:sid/talk: 201 {sid, seq} when the camera's speaker is open; with ?wait=1 while somebody else
 * talks when it is one's turn, with ?take=1 (owners) at once. */
void talking_start(struct exchange *exchange);

/* What each such request may say besides: the device's signature, ?wait and ?take. 0 or -EBADMSG. */
NODISCARD int talking_read(struct exchange *exchange, struct ipc_talk_ask *ret_ask);

#endif
