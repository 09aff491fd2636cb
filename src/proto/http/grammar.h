/* The character classes of HTTP: RFC 9110 §5.6.2 and §5.5. */
#ifndef PROTO_HTTP_GRAMMAR_H
#define PROTO_HTTP_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* One or more token characters. */
bool grammar_is_token(struct bytes text);

/* A field's value: visible characters, space, tab, bytes from 0x80; nothing that ends a line. */
bool grammar_is_field_value(struct bytes text);

/* Equal without regard to the case of ASCII letters. */
bool grammar_same_word(struct bytes text, const char *word);
bool grammar_same(struct bytes text, const char *string);

/* Without leading and trailing spaces and tabs. */
struct bytes grammar_trim(struct bytes text);

/* Cuts the part before `separator` off `rest` and trims it. False when nothing is left. */
bool grammar_next_item(struct bytes *rest, char separator, struct bytes *ret_item);

/* True if the comma separated list has the word (RFC 9110 §5.6.1), in any case. */
bool grammar_list_has(struct bytes list, const char *word);

static inline struct bytes grammar_bytes(const char *string)
{
	return (struct bytes){(const uint8_t *)string, strlen(string)};
}

#endif
