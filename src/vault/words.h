/* The words that the log and the database use for the enums of the messages. */
#ifndef VAULT_WORDS_H
#define VAULT_WORDS_H

#include <stdint.h>

#include "ipc/messages.h"

const char *words_role(enum role role);
const char *words_end(enum view_end end);
/* "view,listen,play"; "-" for the empty set. */
enum { WORDS_VERBS_SIZE = 64 };
void words_verbs(uint32_t verbs, char ret_text[WORDS_VERBS_SIZE]);
/* The log's tracks (set of enum entry_track) for a set of TRACK_BIT. */
unsigned words_tracks(uint32_t tracks);
/* ... and for a set of verbs. */
unsigned words_verb_tracks(uint32_t verbs);

/* "192.0.2.1:443", "[2001:db8::1]:443"; a mapped IPv4 address is written as IPv4. */
enum { WORDS_ORIGIN_SIZE = 64 };
void words_origin(const struct ipc_origin *origin, char ret_text[WORDS_ORIGIN_SIZE]);

#endif
