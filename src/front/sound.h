/* Recorded G.711, which no browser plays, leaves the front as FLAC (proto/flac). Pieces in that form
 * have names of their own: "1795312200-17a.m4s" is made from A-law, "…u…" from µ-law. */
#ifndef FRONT_SOUND_H
#define FRONT_SOUND_H

#include <stdbool.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "proto/flac/flac.h"

/* What a row's codecs name; G711_NONE: browsers take it as it is, or nobody knows it. */
enum g711_law sound_law(const struct ipc_row_init *row);
/* 'a', 'u'; NUL for none. */
char sound_letter(enum g711_law law);
/* ... and back; G711_NONE for other letters. */
enum g711_law sound_law_of(char letter);

/* An init segment, or a fragment, becomes the other one; `data` is on the heap, and another block
 * afterwards. -EBADMSG, -ENOMEM. */
NODISCARD int sound_convert(enum g711_law law, bool is_init, uint8_t **data, size_t *size);

#endif
