/* A play as HTTP Live Streaming, for players that are no browser. They show the same bearer
 * credential with every request; nothing in an address is worth stealing. */
#ifndef FRONT_HLS_H
#define FRONT_HLS_H

#include "front/exchange.h"

void hls_send_main(struct exchange *exchange);
void hls_send_track(struct exchange *exchange);

#endif
