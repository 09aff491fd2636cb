/* Hosts and origins: RFC 3986 §3.2, RFC 6454 §6.2. */
#ifndef PROTO_HTTP_AUTHORITY_H
#define PROTO_HTTP_AUTHORITY_H

#include "base/attr.h"
#include "base/bytes.h"

enum { AUTHORITY_MAX = 262 };

/* "host", "host:port", "[::1]:port"; no user name. The host is borrowed with its brackets. */
struct http_authority {
	struct bytes host;
	uint32_t port; /* 0 if none is written */
};

NODISCARD int authority_parse(struct bytes text, struct http_authority *ret_authority);

/* The names under which only this machine's own programs reach it. */
bool authority_is_local_name(const struct http_authority *authority);
/* Such a name, with that port: the answer to DNS rebinding. */
bool authority_is_loopback(const struct http_authority *authority, uint32_t port);

/* True if `origin` is `scheme`://`host`, both as the browser writes them. */
bool authority_is_origin(struct bytes origin, const char *scheme, struct bytes host);

#endif
