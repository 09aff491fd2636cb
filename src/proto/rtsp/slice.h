/* A borrowed run of text inside a message, and the few cuts that text protocols need. Nothing here
 * assumes a NUL, allocates, or looks past the end. */
#ifndef PROTO_RTSP_SLICE_H
#define PROTO_RTSP_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct slice {
	const char *data;
	size_t size;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

static inline struct slice slice_of(const char *string)
{
	return (struct slice){string, strlen(string)};
}

static inline bool slice_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ASCII case does not matter in header names, schemes and parameters. */
bool slice_equals(struct slice slice, const char *string);
bool slice_starts(struct slice slice, const char *prefix);

struct slice slice_trim(struct slice slice);

/* Cuts `slice` at the first `separator`: returns what stands before it and leaves what follows it
 * in `*rest` (empty if there is no separator). Not trimmed. */
struct slice slice_cut(struct slice *rest, char separator);

/* Like slice_cut, but a separator within double quotes does not count. */
struct slice slice_cut_quoted(struct slice *rest, char separator);

/* Takes the next line without its CRLF, LF or CR from `*rest`. False if nothing is left. */
bool slice_cut_line(struct slice *rest, struct slice *ret_line);

/* Takes the next run of non-blanks from `*rest`, skipping blanks before it; empty at the end. */
struct slice slice_cut_word(struct slice *rest);

/* The text without the double quotes around it, if there are any; escapes stay as they are. */
struct slice slice_unquote(struct slice slice);

/* A decimal number at most `max`; surrounding blanks and leading zeros are fine. 0 or -EBADMSG. */
NODISCARD int slice_parse_u32(struct slice slice, uint32_t max, uint32_t *ret_value);
/* One to eight hexadecimal digits. 0 or -EBADMSG. */
NODISCARD int slice_parse_hex32(struct slice slice, uint32_t *ret_value);

/* Copies with a NUL; -EMSGSIZE (nothing copied) if it does not fit. */
NODISCARD int slice_copy(struct slice slice, char *ret_string, size_t capacity);

/* RFC 4648 §4, but lenient, as cameras are: padding may be missing, and decoding ends at the first
 * other byte. Returns the number of bytes, -EMSGSIZE over `capacity`, -EBADMSG for a lone digit. */
NODISCARD int slice_decode_base64(struct slice slice, uint8_t *ret_data, size_t capacity);
/* Pairs of hexadecimal digits; returns the number of bytes, -EBADMSG, -EMSGSIZE. */
NODISCARD int slice_decode_hex(struct slice slice, uint8_t *ret_data, size_t capacity);

#endif
