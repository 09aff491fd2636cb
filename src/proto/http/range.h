/* Which bytes of an answer are asked for: RFC 9110 §14.2. */
#ifndef PROTO_HTTP_RANGE_H
#define PROTO_HTTP_RANGE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

/* Half open: from <= byte < to. */
struct http_range {
	uint64_t from, to;
};

/* One range of a body of `size` bytes. 0; -ERANGE: it lies behind the end (416); -EBADMSG: no such
 * form, or several ranges, which may be answered with the whole. */
NODISCARD int range_parse(struct bytes value, uint64_t size, struct http_range *ret_range);

#endif
