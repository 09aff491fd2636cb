/* Server-sent events: what changed, so that the page asks again. */
#ifndef FRONT_EVENTS_H
#define FRONT_EVENTS_H

struct exchange;

void events_follow(struct exchange *exchange);

#endif
