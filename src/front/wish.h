/* Live pictures and sound out (WHEP, draft-ietf-wish-whep), and a voice in (WHIP, RFC 9725): an offer
 * makes a session, which has an address of its own. The vault decides on each request; rtc answers
 * the offer only under a grant that the vault has opened. */
#ifndef FRONT_WISH_H
#define FRONT_WISH_H

struct exchange;

void wish_view(struct exchange *exchange); /* WHEP */
/* WHIP: 201 when the camera's speaker is open; waits and takes as talking_start does. */
void wish_talk(struct exchange *exchange);

/* A session of either. */
void wish_change(struct exchange *exchange);
void wish_end(struct exchange *exchange);
void wish_describe(struct exchange *exchange);

#endif
