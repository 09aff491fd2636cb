/* The letters of what is recorded, in addresses and on the command line: v video, w smaller video,
 * m microphone, t what was said to the camera, s what its speaker was given. */
#ifndef IPC_TRACKS_H
#define IPC_TRACKS_H

#include <stdint.h>

#include "base/attr.h"

/* The track of that letter. 0 or -EBADMSG. */
NODISCARD int tracks_find(char letter, uint32_t *ret_track);
/* NUL: it is not recorded. */
char tracks_letter(uint32_t track);
/* "v,m": a set of TRACK_BIT, each once. 0 or -EBADMSG. */
NODISCARD int tracks_parse(const char *list, uint32_t *ret_tracks);

#endif
