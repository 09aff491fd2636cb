/* An exchange that sends recordings: known by its session, so that it stops when the vault says
 * that the play is over, and counted, so that memory stays bounded. */
#ifndef FRONT_PLAYING_H
#define FRONT_PLAYING_H

#include "front/exchange.h"

/* Embedded in the exchange's state. */
struct playing {
	struct exchange *exchange;
	struct playing *next, **at;
	uint8_t sid[16];
	size_t size; /* bytes of it in memory */
};

void playing_begin(struct playing *playing, struct exchange *exchange, const uint8_t sid[16]);
void playing_end(struct playing *playing);

/* So much of a recording is in memory now. */
void playing_keep(struct playing *playing, size_t size);
/* The bytes that came with an IPC_PLAY_DATA. 0, -ENOMEM, or what reading them gave. */
NODISCARD int playing_read(const struct ipc_message *message, uint8_t **ret_data, size_t *ret_size);

/* The vault's word: nothing of that play goes out any more. */
void playing_stop(struct front *front, const struct ipc_play_ended *ended);

#endif
