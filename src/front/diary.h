/* What happened before the cameras, and which recordings are kept: `/api/v1/events` with a span
 * (without one it is the stream of events.h), and a camera's events and clips. */
#ifndef FRONT_DIARY_H
#define FRONT_DIARY_H

#include "front/exchange.h"

/* Is a span asked for? */
bool diary_is_list(const struct exchange *exchange);
/* Events of ?camera (all, if there is none) between ?from and ?to. */
void diary_list_events(struct exchange *exchange);
void diary_begin_event(struct exchange *exchange);
void diary_end_event(struct exchange *exchange);

void diary_list_clips(struct exchange *exchange);
void diary_keep_clip(struct exchange *exchange);
void diary_release_clip(struct exchange *exchange);

#endif
