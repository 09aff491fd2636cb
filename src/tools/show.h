/* Words for people, JSON for programs. */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include <jansson.h>

#include "base/attr.h"
#include "ipc/messages.h"

enum { SHOW_TIME_SIZE = 32 };

/* "2026-01-31 21:04:05" in local time. */
const char *show_time(uint64_t real_us, char room[SHOW_TIME_SIZE]);

const char *show_role(uint32_t role);
const char *show_codec(uint32_t codec);
const char *show_cam_state(uint32_t state);
/* What the eye does, as a word, and as a sentence about what to do. */
const char *show_eye_state(uint32_t state);
const char *show_eye_sentence(uint32_t state);

/* "view,listen". */
/* The log's letters of a set of tracks: "v,m". */
const char *show_tracks(uint32_t tracks);

/* "view,listen" → a set of enum verb; "1h" → seconds. -EINVAL. */
NODISCARD int show_parse_verbs(const char *text, uint32_t *ret_verbs);
NODISCARD int show_parse_duration(const char *text, uint64_t *ret_s);
NODISCARD int show_parse_role(const char *text, uint32_t *ret_role);

/* Prints the value on standard output, with a line end, and lets it go. */
void show_json(json_t *value);

#endif
