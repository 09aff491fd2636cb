/* Sends what is asked of plays: one piece in a turn of the loop, in the order of asking, but a play
 * that waits for its next allowance holds up no other. A piece leaves in a file in memory that
 * rides along: it is the front's from then on, however slowly it is read. */
#ifndef VAULT_PLAY_SERVE_H
#define VAULT_PLAY_SERVE_H

#include "vault/play/plays.h"

/* Queues the question, or answers a list at once; the play is open and the asker's own. */
enum refusal serve_ask(struct play *play, const struct ipc_play_read *ask);

/* Whoever waits for a piece of the play is refused. */
void serve_refuse(struct play *play);
/* Something may go on: later in this turn or in the next. */
void serve_go_on(struct plays *plays);
/* The front is gone: nobody waits. */
void serve_forget(struct plays *plays);
/* Whoever asked for this piece has left: it is not sent, nor made if nobody has begun to. */
void serve_cancel(struct plays *plays, const struct ipc_channel *asker, uint64_t request);

void serve_due(struct loop_timer *timer);

/* ---- for thumbnails and conversions (thumb.h, convert.h), pieces that must first be made ---- */

enum refusal serve_refusal_of(int error);
void serve_refuse_one(const struct play *play, uint64_t request, enum refusal refusal);
/* It is answered: its place in the queue is free. */
void serve_free(struct play_ask *read);
/* A file in memory that holds the bytes, read from its start. */
NODISCARD int serve_make_file(struct bytes bytes, int *ret_fd);
/* Writes the bytes to an empty file; it is read from its start. 0 or a negative errno. */
NODISCARD int serve_fill_file(int fd, struct bytes bytes);
/* The one place that lets recordings out: within the allowance that durable entries give, for which
 * lease_may was asked. `piece` is what it shows; NULL: nothing of its time. Sets body->size. */
NODISCARD int serve_release(struct play *play, struct ipc_play_data *body,
			    const struct block_piece *piece, struct bytes plain);

#endif
