/* Building text into memory the caller owns. Text that does not fit marks the builder as failed;
 * what stands in the buffer always ends in NUL. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct text {
	char *data;
	size_t size, capacity; /* size without the NUL */
	bool failed;
};

/* `capacity` counts the NUL and is at least 1. */
void text_init(struct text *text, char *data, size_t capacity);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *data, size_t size);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_hex(struct text *text, const void *data, size_t size);
void text_add_base64(struct text *text, const void *data, size_t size); /* RFC 4648 §4, padded */

/* Adds outside text in double quotes, control bytes and quotes escaped, cut after 200 bytes. */
void text_add_quoted(struct text *text, const char *data, size_t size);

/* The value of one hexadecimal digit, of either case; -1: it is none. */
int text_hex_digit(int c);

/* Strict decoders: exactly `size` bytes, canonical form. 0 or -EBADMSG. */
NODISCARD int text_parse_hex(const char *string, size_t string_size, void *ret_data, size_t size);
NODISCARD int text_parse_base64(const char *string, size_t string_size, void *ret_data,
				size_t size);

/* Decimal digits only, no sign, no leading zero (but "0" itself), at most `max`. 0 or -EBADMSG. */
NODISCARD int text_parse_u64(const char *string, size_t string_size, uint64_t max,
			     uint64_t *ret_value);

/* Copies as much as fits and always ends in NUL; true if all of it fitted. */
bool text_copy(char *to, size_t to_size, const char *from);

#endif
