/* The head of an HTTP/1.1 request, read strictly: RFC 9112. */
#ifndef PROTO_HTTP_REQUEST_H
#define PROTO_HTTP_REQUEST_H

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/http/fields.h"
#include "proto/http/url.h"

enum {
	HTTP_HEAD_MAX = 16 * 1024,
	HTTP_BODY_SIZE_MAX =
		1 << 30, /* a claim over this is nonsense; the front's own limits are lower */
};

enum http_method {
	HTTP_OTHER, /* well formed, but not ours */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_COUNT
};

enum http_framing { HTTP_NO_BODY, HTTP_SIZED_BODY, HTTP_CHUNKED_BODY };

/* Everything is borrowed from the bytes parsed. */
struct http_request {
	enum http_method method;
	struct url_target target;
	struct bytes authority; /* Host, or what an absolute target names */
	struct http_fields fields;
	enum http_framing framing;
	uint64_t body_size; /* HTTP_SIZED_BODY */
	bool keeps_alive;
	bool expects_continue;
};

const char *request_method_name(enum http_method method);
enum http_method request_method_find(struct bytes name);

/* The size of a head that ends within `data` with its empty line, or 0. `from` bytes were searched
 * by an earlier call. */
size_t request_head_size(const uint8_t *data, size_t size, size_t from);

/* Parses a whole head. 0 or a negative errno, which stands for an answer: -EBADMSG 400, -EMSGSIZE
 * 431, -ENOSYS 501 (transfer coding), -EPROTONOSUPPORT 505 (version), -EOPNOTSUPP 417
 * (expectation). After a failure the connection cannot go on. */
NODISCARD int request_parse(const uint8_t *data, size_t size, struct http_request *ret_request);

#endif
