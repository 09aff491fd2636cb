/* Three lullabies, as a music box plays them: melodies that have long been nobody's (Brahms' Wiegenlied of
 * 1868, Ah vous dirai-je and Frère Jacques of the 18th century), from a table of notes. Each begins again
 * after a pause. */
#ifndef TRANSCODE_LULLABY_H
#define TRANSCODE_LULLABY_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/messages.h"

enum { LULLABY_HZ = 48000, LULLABY_RINGING = 4 };

/* Zero-initialised. */
struct lullaby {
	uint64_t at;
	uint64_t next_at; /* when the next note is struck */
	unsigned next;    /* which one of the table */
	struct {
		uint64_t at;
		float hz; /* 0: none */
	} ringing[LULLABY_RINGING];
	unsigned newest;
};

bool lullaby_is(enum speaker_sound sound);
/* The next sample, within -1 and 1. */
float lullaby_next(struct lullaby *lullaby, enum speaker_sound sound);

#endif
