/* Media types: RFC 9110 §8.3.1. */
#ifndef PROTO_HTTP_MEDIA_TYPE_H
#define PROTO_HTTP_MEDIA_TYPE_H

#include <stdbool.h>

#include "base/bytes.h"

/* True if the Content-Type is `type` (lower case "application/sdp"), whatever its parameters. */
bool media_type_is(struct bytes value, const char *type);

/* The type to serve a file under, by the end of its name; "application/octet-stream" if unknown. */
const char *media_type_of_file(const char *name);

/* Text that shrinks: worth a compressed copy. */
bool media_type_shrinks(const char *type);

#endif
