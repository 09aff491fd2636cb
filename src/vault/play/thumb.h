/* Serves thumbnails of a play: out of the store's cache, or made anew of a key frame. Each is what
 * was recorded, so it leaves like any other piece: through the play's reader, within its allowance.
 */
#ifndef VAULT_PLAY_THUMB_H
#define VAULT_PLAY_THUMB_H

#include "vault/play/plays.h"

enum { THUMB_WAIT_MS = 4000 /* for a maker that does not come */ };

/* false: it waits, for the next allowance or for a maker, and is asked again; true: it was served,
 * refused, or is being made. */
bool thumb_serve(struct play_ask *read);

/* A maker's picture is there, or cannot be made. */
void thumb_made(struct plays *plays, uint64_t number, struct bytes jpeg);

#endif
