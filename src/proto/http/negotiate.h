/* Conditions and codings of a request: RFC 9110 §12.5.3, §13.1. */
#ifndef PROTO_HTTP_NEGOTIATE_H
#define PROTO_HTTP_NEGOTIATE_H

#include <stdbool.h>

#include "base/bytes.h"

/* True if an Accept-Encoding allows gzip (not with q=0). */
bool negotiate_takes_gzip(struct bytes accept_encoding);

/* True if an If-None-Match names `etag` (quoted, strong; weak comparison) or is `*`. */
bool negotiate_has_etag(struct bytes if_none_match, const char *etag);

#endif
