/* Playing recordings back: a play is opened like a live view, then its pieces are fetched one by
 * one, each in memory here only until its reader has taken it. */
#ifndef FRONT_PLAYS_H
#define FRONT_PLAYS_H

#include "front/exchange.h"

void plays_start(struct exchange *exchange);
void plays_list(struct exchange *exchange);
void plays_send(struct exchange *exchange);
/* What ten minutes are sealed with, for one of the asker's own keys. */
void plays_send_key(struct exchange *exchange);
/* What the log knows of ten seconds, sealed as they are. */
void plays_send_block(struct exchange *exchange);
void plays_send_thumb(struct exchange *exchange);
void plays_end(struct exchange *exchange);

#endif
