/* Live pictures and sound: draft-ietf-wish-whep. The vault decides on each request; rtc answers
 * the offer only under a grant that the vault has opened. */
#ifndef FRONT_WHEP_H
#define FRONT_WHEP_H

struct exchange;

void whep_start(struct exchange *exchange);
void whep_change(struct exchange *exchange);
void whep_end(struct exchange *exchange);
void whep_describe(struct exchange *exchange);

#endif
