/* The fields of a request that Ward reads; all others are checked for form and forgotten. One
 * store for HTTP/1.1 and HTTP/2. */
#ifndef PROTO_HTTP_FIELDS_H
#define PROTO_HTTP_FIELDS_H

#include "base/attr.h"
#include "base/bytes.h"

enum { HTTP_FIELDS_MAX = 64 /* lines of one request, known or not */ };

enum http_field {
	HTTP_ACCEPT_ENCODING,
	HTTP_AUTHORIZATION,
	HTTP_CONNECTION,
	HTTP_CONTENT_LENGTH,
	HTTP_CONTENT_TYPE,
	HTTP_EXPECT,
	HTTP_HOST,
	HTTP_IF_MATCH,
	HTTP_IF_NONE_MATCH,
	HTTP_IF_RANGE,
	HTTP_ORIGIN,
	HTTP_RANGE,
	HTTP_TRANSFER_ENCODING,
	HTTP_WARD_ASK,
	HTTP_FIELD_COUNT
};

/* Borrowed values; data is NULL where the field is absent. */
struct http_fields {
	struct bytes values[HTTP_FIELD_COUNT];
	unsigned lines;
};

/* The field of that name in any case, or HTTP_FIELD_COUNT. */
enum http_field fields_find(struct bytes name);

/* Stores a value. A repeated field that may stand once only is -EBADMSG, one that is a list keeps
 * its first line; too many lines are -EMSGSIZE. */
NODISCARD int fields_add(struct http_fields *fields, struct bytes name, struct bytes value);

static inline bool fields_has(const struct http_fields *fields, enum http_field field)
{
	return fields->values[field].data != NULL;
}

#endif
