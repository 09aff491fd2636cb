/* Request targets, queries and percent encoding: RFC 3986 §2.1, §3.3, §3.4. */
#ifndef PROTO_HTTP_URL_H
#define PROTO_HTTP_URL_H

#include "base/attr.h"
#include "base/bytes.h"

enum { URL_TARGET_MAX = 2048, URL_SEGMENTS_MAX = 16 };

/* A target in origin form, split at its first '?'. Both parts stay encoded and borrowed. */
struct url_target {
	struct bytes path;
	struct bytes query;
};

/* Refuses (-EBADMSG) what two readers could take differently: no leading slash, fragments, bytes
 * outside RFC 3986, broken percent codes, encoded slashes and controls, `//`, `.` and `..`. */
NODISCARD int url_parse_target(struct bytes text, struct url_target *ret_target);

/* Decodes percent codes and ends the text in NUL. Broken codes and decoded controls are -EBADMSG,
 * no room is -EMSGSIZE. ret_text is undefined on failure. */
NODISCARD int url_decode(struct bytes text, char *ret_text, size_t size);

/* The first value of `name` in a query, decoded; a '+' stays a plus. -ENOENT if there is none. */
NODISCARD int url_query(struct bytes query, const char *name, char *ret_text, size_t size);

/* Matches a path against "/whep/:camera/:sid": a `:name` takes one segment that is not empty, a
 * last `*` takes the rest, even nothing. Fills up to `count` values in the order of the pattern,
 * still encoded. */
bool url_match(const char *pattern, struct bytes path, struct bytes *ret_values, size_t count);

/* Adds the text with everything but RFC 3986's unreserved characters encoded. */
void url_encode(struct bytes_writer *writer, const char *text);

#endif
