/* `Authorization: Bearer`, RFC 6750 §2.1, in Ward's two forms: 64 hex digits are a login, "ward_"
 * and 64 hex digits a token. */
#ifndef PROTO_HTTP_BEARER_H
#define PROTO_HTTP_BEARER_H

#include "base/attr.h"
#include "base/bytes.h"

struct http_bearer {
	bool is_token;
	uint8_t secret[32];
};

/* 0 or -EBADMSG. */
NODISCARD int bearer_parse(struct bytes value, struct http_bearer *ret_bearer);

#endif
