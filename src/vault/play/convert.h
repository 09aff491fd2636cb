/* Serves recorded H.265 as H.264, for browsers that have none: each piece is handed to the camera's
 * converter (makers.h) and leaves like any other, through the play's reader, within its allowance.
 * Nothing of it is kept: what is played again is made again. */
#ifndef VAULT_PLAY_CONVERT_H
#define VAULT_PLAY_CONVERT_H

#include "vault/play/plays.h"

enum { CONVERT_WAIT_MS = 10000 /* for a converter that is busy or does not come */ };

/* false: it waits, for the next allowance or for a converter, and is asked again; true: it was
 * served, refused, or is being made. */
bool convert_serve(struct play_ask *read);

/* A converter has written so many bytes; 0: it cannot be made. */
void convert_made(struct plays *plays, uint64_t number, uint64_t size);

#endif
