/* Cutting SDP text into lines and tokens (RFC 8866 §5) without copying it. */
#ifndef PROTO_RTC_SDP_TEXT_H
#define PROTO_RTC_SDP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* A borrowed run of characters, without a NUL at its end. */
struct sdp_span {
	const char *at;
	size_t size;
};

/* One "<type>=<value>" line. */
struct sdp_line {
	char type;
	struct sdp_span value;
};

/* The text must hold no control characters but CR, LF and TAB: what is mirrored into an answer can
 * then never start a line of its own. 0 or -EBADMSG, -EMSGSIZE over `size_max`. */
NODISCARD int sdp_text_check(struct sdp_span text, size_t size_max);

/* Takes the next line off `rest`; lines end in CRLF or LF. False at the end and at a line that is
 * no "<type>=<value>" (then `rest->size` is not 0). Empty lines are skipped. */
bool sdp_text_line(struct sdp_span *rest, struct sdp_line *ret_line);

/* Takes the token before the next `separator` off `rest`; several separators count as one. False
 * if nothing is left. */
bool sdp_text_token(struct sdp_span *rest, char separator, struct sdp_span *ret_token);

/* Takes a decimal number of at most `max` off the front of `rest`. */
bool sdp_text_number(struct sdp_span *rest, uint32_t max, uint32_t *ret_value);

bool sdp_text_equal(struct sdp_span span, const char *string);
bool sdp_text_equal_nocase(struct sdp_span span, const char *string);

/* If `span` starts with `prefix`, takes that off. */
bool sdp_text_skip(struct sdp_span *span, const char *prefix);

#endif
