/* Who is watching now, and ending it. */
#ifndef FRONT_SESSIONS_H
#define FRONT_SESSIONS_H

struct exchange;

void sessions_list(struct exchange *exchange);
void sessions_end(struct exchange *exchange);

#endif
